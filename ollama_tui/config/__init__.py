"""What can be set, where it is read, and where the program's own files are."""

from ollama_tui.config.paths import Paths, default_paths, demo_paths
from ollama_tui.config.settings import THEMES, Origin, Settings, load_settings

__all__ = [
    "THEMES",
    "Origin",
    "Paths",
    "Settings",
    "default_paths",
    "demo_paths",
    "load_settings",
]
