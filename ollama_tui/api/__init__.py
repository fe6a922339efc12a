"""The models of an Ollama server over HTTP: a router to mount, and an application of its own.

It needs the extra `api`.
"""

from __future__ import annotations

from ollama_tui.api.application import create_app
from ollama_tui.api.routes import create_router

__all__ = ["create_app", "create_router"]
