"""The themes that can be named, without Textual, which takes too long to ask."""

from __future__ import annotations

THEMES = ("ansi-dark", "ansi-light")
"""Those of 16 colours; T changes between them."""
ALL_THEMES = (
    *THEMES,
    *("atom-one-dark", "atom-one-light", "catppuccin-frappe", "catppuccin-latte"),
    *("catppuccin-macchiato", "catppuccin-mocha", "dracula", "flexoki", "gruvbox", "monokai"),
    *("nord", "rose-pine", "rose-pine-dawn", "rose-pine-moon", "solarized-dark"),
    *("solarized-light", "textual-dark", "textual-light", "tokyo-night"),
)
"""The same and the others of Textual."""
