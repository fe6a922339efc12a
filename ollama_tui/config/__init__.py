"""What can be set, where it is read, and where the program's own files are."""

from ollama_tui.config.paths import Paths, default_paths, demo_paths
from ollama_tui.config.settings import Origin, Settings, load_settings
from ollama_tui.config.themes import THEMES

__all__ = [
    "THEMES",
    "Origin",
    "Paths",
    "Settings",
    "default_paths",
    "demo_paths",
    "load_settings",
]
