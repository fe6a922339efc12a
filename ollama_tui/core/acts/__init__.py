"""What can be done: the one source of keys, key bar, help, palette and the README's list."""

from ollama_tui.core.acts.act import Act, Panel, Situation
from ollama_tui.core.acts.table import ACTS, MOVES

__all__ = ["ACTS", "MOVES", "Act", "Panel", "Situation"]
