"""The magics: %sql, %ask and %aiser."""
