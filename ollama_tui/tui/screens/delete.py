"""The dialogs that ask before models are deleted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import ClassVar

from textual import getters, on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from ollama_tui.tui.lines import Line, line, quiet, wrapped
from ollama_tui.tui.screens.asking import NO, AskingScreen, Offer
from ollama_tui.tui.screens.dialog import AROUND, Dialog, Lines
from ollama_tui.tui.widgets.pager import Pager


class When(Enum):
    """When models are deleted."""

    LATER = "later"
    """After some seconds, in which it can be undone."""
    AT_ONCE = "at once"


_KEEP: Offer[When] = ("n", NO, None)
_SCROLL, _CLOSE = ("↑↓", "scroll"), ("esc", "close")


class _AboutModels(Dialog[When]):
    """The models, which scroll where there is no room for all, and why one should not wait."""

    IS_DESTRUCTIVE = True
    BELOW: ClassVar[int]
    """Lines under both."""

    pager = getters.query_one(Pager)

    def __init__(
        self, question: str, facts: Sequence[Line], keys: Sequence[tuple[str, str]], hurry: str
    ) -> None:
        """Ask.

        Args:
            question: it holds the name or the number.
            facts: what one should know of each model.
            keys: key and verb, for the lower border.
            hurry: why it is better not to wait; empty: it is not.
        """
        super().__init__(question, keys)
        self._facts, self._hurry, self._all_keys = facts, hurry, keys
        self._why = Lines(())

    def body(self) -> Iterable[Widget]:
        """The facts, then why one should not wait."""
        yield Pager()
        yield self._why

    def on_mount(self) -> None:
        """Show them."""
        self._arrange()
        self.pager.show(self._facts)

    def on_resize(self) -> None:
        """Keep room for what is below."""
        self._arrange()

    def _arrange(self) -> None:
        screen = self.app.size
        why = hurried(self._hurry, screen.width)
        room = max(1, screen.height - AROUND - self.BELOW - len(why))
        self.pager.styles.height = min(max(1, len(self._facts)), room)
        self._why.show(((), *why))
        scrolls = (_SCROLL,) if len(self._facts) > room else ()
        self.show_keys((*scrolls, *self._all_keys))


class DeleteScreen(_AboutModels, AskingScreen[When]):
    """Asks with buttons, of which the safe one is chosen; gives when, or None."""

    BELOW = 2

    def __init__(
        self, question: str, facts: Sequence[Line], *, can_undo: bool, hurry: str = ""
    ) -> None:
        """Ask.

        Args:
            question: it holds the name or the number.
            facts: what one should know of each model.
            can_undo: whether there is a time in which it can be undone.
            hurry: why it is better not to wait for that; empty: it is not.
        """
        super().__init__(question, facts, (_CLOSE,), hurry)
        self.offers = _offers(can_undo=can_undo, hurries=bool(hurry))

    def body(self) -> Iterable[Widget]:
        """What is to be known, then the buttons."""
        yield from super().body()
        yield self.buttons

    def on_mount(self) -> None:
        """Let the keys that move scroll."""
        self.pager.focus()


class DeleteManyScreen(_AboutModels):
    """Asks for the number of models, where a mere letter would be too little; gives when."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "scroll(1)", show=False),
        Binding("up", "scroll(-1)", show=False),
        Binding("pagedown", "scroll_page(1)", show=False),
        Binding("pageup", "scroll_page(-1)", show=False),
    ]
    BELOW = 4

    field = getters.query_one(Input)
    message = getters.query_one("#message", Lines)

    def __init__(
        self, question: str, facts: Sequence[Line], count: int, *, can_undo: bool, hurry: str = ""
    ) -> None:
        """Ask.

        Args:
            question: it holds the name or the number.
            facts: what one should know of each model.
            count: what has to be typed.
            can_undo: whether there is a time in which it can be undone.
            hurry: why it is better not to wait for that; empty: it is not.
        """
        super().__init__(question, facts, (("↵", "delete"), _CLOSE), hurry)
        self._can_undo = can_undo
        self._typed = str(count)

    def body(self) -> Iterable[Widget]:
        """What is to be known, what is to be typed, and a line about it."""
        yield from super().body()
        at_once = " at once" if self._hurry else ""
        field = Input(placeholder=f"type {self._typed} to delete{at_once}", select_on_focus=False)
        field.cursor_blink = False
        yield field
        yield Lines((line(quiet(self._other_way if self._can_undo else "")),), id="message")

    @property
    def _other_way(self) -> str:
        if self._hurry:
            return f"{self._typed}u deletes later, with undo"
        return f"{self._typed}! deletes at once, without undo"

    def on_mount(self) -> None:
        """Let the number be typed."""
        self.field.focus()

    def action_scroll(self, rows: int) -> None:
        """Scroll the models beside the typing."""
        self.pager.action_move(rows)

    def action_scroll_page(self, pages: int) -> None:
        """Scroll the models by as many as are in sight."""
        self.pager.action_move_page(pages)

    @on(Input.Submitted)
    def submit(self, event: Input.Submitted) -> None:
        """Delete if the number is right."""
        typed = event.value.strip()
        at_once = self._hurry or not self._can_undo
        moments = {self._typed: When.AT_ONCE if at_once else When.LATER}
        if self._can_undo:
            sign, other = ("u", When.LATER) if self._hurry else ("!", When.AT_ONCE)
            moments[f"{self._typed}{sign}"] = other
        if typed in moments:
            self.dismiss(moments[typed])
        else:
            self.message.show((line((f"Type {self._typed}, or esc to keep.", "broken")),))


def _offers(*, can_undo: bool, hurries: bool) -> Sequence[Offer[When]]:
    if not can_undo:
        return (_KEEP, ("y", "delete", When.AT_ONCE))
    if hurries:
        return (_KEEP, ("y", "at once", When.AT_ONCE), ("u", "later", When.LATER))
    return (_KEEP, ("y", "delete", When.LATER), ("o", "at once", When.AT_ONCE))


def hurried(why: str, width: int) -> list[Line]:
    """Why one should not wait, and a blank line; nothing if there is no reason."""
    return [*wrapped(why, max(10, min(62, width - 10)), "costs"), ()] if why else []
