"""The widgets of the notebook."""
