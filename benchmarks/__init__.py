"""What this program costs beside a bare Textual table of the same rows, and Ollama's client."""
