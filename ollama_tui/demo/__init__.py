"""An in-memory Ollama server: the demo, and the server that the tests talk to."""
