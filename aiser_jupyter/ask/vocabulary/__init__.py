"""What words stand for, whatever the schema: synonyms, nouns and verbs of business, countries, letters that stand for a word."""
