"""A language model as a second reader of questions; it proposes, the guard and the database decide."""
