"""From a brief or an executed notebook to a Document, and from a Document to files."""
