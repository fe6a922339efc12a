"""The dashboard: a Textual application over the core."""
