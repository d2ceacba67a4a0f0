"""The grammar of business questions: from phrases to a plan."""
