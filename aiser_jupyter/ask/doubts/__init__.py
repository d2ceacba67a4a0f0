"""What must hold between a question and its query, and what is believed of a query that breaks it."""
