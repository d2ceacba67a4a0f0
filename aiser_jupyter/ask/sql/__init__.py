"""Plans as SQL of one dialect."""
