"""A question brought to the words that the grammar reads."""
