"""Inks as styles: four levels and five colours, taken from the theme's tokens."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from rich.style import Style
from textual.color import Color

_TOKENS = {
    "yours": "secondary",
    "alive": "success",
    "costs": "warning",
    "broken": "error",
}
_ATTRIBUTES = {
    "quiet": Style(dim=True),
    "loud": Style(bold=True),
    "found": Style(bold=True, underline=True),
}


class Inks:
    """The style of each ink under one theme."""

    def __init__(self, tokens: Mapping[str, str], *, is_ansi: bool, has_color: bool) -> None:
        """Take the colours from a theme.

        Args:
            tokens: the theme's variables, such as `success`.
            is_ansi: whether the theme's colours are the terminal's own sixteen.
            has_color: False under NO_COLOR, where the cursor bar is reverse video.
        """
        self._base = Style() if is_ansi else _style(tokens, "foreground", "background")
        self._words = dict(_ATTRIBUTES)
        for ink, token in _TOKENS.items():
            self._words[ink] = _style(tokens, token)
        self._words["line"] = Style(color="bright_black")
        self._cursor = (
            _style(tokens, "block-cursor-foreground", "block-cursor-background")
            if has_color
            else Style(reverse=True)
        )
        self._known: dict[str, Style] = {}

    def style(self, ink: str) -> Style:
        """The style of an ink of one or more words; `cursor` covers its colours."""
        found = self._known.get(ink)
        if found is None:
            words = ink.split()
            found = sum((self._words[word] for word in words if word != "cursor"), self._base)
            if "cursor" in words:
                found += self._cursor
            self._known[ink] = found
        return found


@lru_cache(maxsize=8)
def _inks(tokens: tuple[tuple[str, str], ...], is_ansi: bool, has_color: bool) -> Inks:
    return Inks(dict(tokens), is_ansi=is_ansi, has_color=has_color)


def inks_of(variables: Mapping[str, str], *, is_ansi: bool, has_color: bool) -> Inks:
    """The inks under a theme's variables; the same object for the same theme."""
    names = (*_TOKENS.values(), "foreground", "background")
    names = (*names, "block-cursor-foreground", "block-cursor-background")
    return _inks(tuple((name, variables.get(name, "")) for name in names), is_ansi, has_color)


def _style(tokens: Mapping[str, str], foreground: str, background: str = "") -> Style:
    return Style(
        color=_color(tokens.get(foreground, "")), bgcolor=_color(tokens.get(background, ""))
    )


def _color(text: str) -> str | None:
    # A theme's variable may carry a share of opacity behind the colour; `auto` is up to what
    # is beneath.
    if not text or text.startswith("auto"):
        return None
    return Color.parse(text.split()[0]).rich_color.name
