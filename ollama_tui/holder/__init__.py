"""The small background process that keeps downloads alive when the terminal has closed."""
