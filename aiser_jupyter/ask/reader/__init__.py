"""A second reader of business questions: it reads from the bottom up, and offers a plan only where every word has a place."""
