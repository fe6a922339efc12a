"""A terminal dashboard for the models of an Ollama server."""

__version__ = "0.1.0"
