"""What the program knows of Ollama, without a terminal and without a web server."""
