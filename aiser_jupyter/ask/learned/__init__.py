"""The reading that was learned from Spider: skeletons, the encoder that foretells them, and how sure a candidate is."""
