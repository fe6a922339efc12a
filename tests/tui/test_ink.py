from __future__ import annotations

import pytest
from rich.cells import cell_len
from rich.color import ColorType
from textual.theme import BUILTIN_THEMES

from ollama_tui.core.text import ASCII
from ollama_tui.tui.ink import Inks, inks_of

WORDS = ("quiet", "loud", "yours", "alive", "costs", "broken", "line", "found")
ANSI = {
    "secondary": "ansi_cyan",
    "success": "ansi_green",
    "warning": "ansi_yellow",
    "error": "ansi_red",
    "block-cursor-foreground": "ansi_black",
    "block-cursor-background": "ansi_cyan",
    "foreground": "ansi_default",
    "background": "ansi_default",
    "foreground-disabled": "ansi_bright_black",
}


def ansi(*, has_color: bool = True) -> Inks:
    """The inks of the terminal's own sixteen colours."""
    return inks_of(ANSI, is_ansi=True, has_color=has_color)


@pytest.mark.parametrize("word", WORDS)
def test_each_ink_differs_from_plain_text(word: str) -> None:
    assert ansi().style(word) != ansi().style("")


@pytest.mark.parametrize("word", WORDS)
def test_the_sixteen_colours_are_the_terminals_own(word: str) -> None:
    color = ansi().style(word).color

    assert color is None or color.type in (ColorType.STANDARD, ColorType.DEFAULT)


def test_plain_text_has_the_terminals_own_ground() -> None:
    assert ansi().style("").bgcolor is None


def test_inks_add_up() -> None:
    both = ansi().style("loud yours")

    assert both.bold
    assert both.color == ansi().style("yours").color


def test_the_cursor_covers_the_colours_beneath_it() -> None:
    assert ansi().style("broken cursor").color == ansi().style("cursor").color
    assert ansi().style("cursor").bgcolor is not None


def test_without_colours_the_cursor_is_reverse_video() -> None:
    assert ansi(has_color=False).style("cursor").reverse


def test_an_unknown_ink_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        ansi().style("pink")


def test_one_theme_has_one_set_of_inks() -> None:
    assert ansi() is ansi()
    assert ansi() is not ansi(has_color=False)


@pytest.mark.parametrize("name", sorted(BUILTIN_THEMES))
def test_each_theme_of_textual_has_all_inks(name: str) -> None:
    theme = BUILTIN_THEMES[name]
    variables = theme.to_color_system().generate() | theme.variables
    inks = inks_of(variables, is_ansi=theme.ansi, has_color=True)

    for word in (*WORDS, "cursor"):
        inks.style(word)


def test_each_sign_has_an_ascii_one_of_the_same_width() -> None:
    for number, sign in ASCII.items():
        assert isinstance(sign, str)
        assert sign.isascii()
        assert cell_len(chr(number)) == cell_len(sign) == 1
