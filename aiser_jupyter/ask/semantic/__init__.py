"""The semantic model and the verified queries on the ground of a schema."""
