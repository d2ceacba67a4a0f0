"""Numbers and dates in words, by what they mean."""
