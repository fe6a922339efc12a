"""The dialog that lists every key that works."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import events, getters
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from ollama_tui.core.acts import Act
from ollama_tui.core.keys import key_sign
from ollama_tui.tui.lines import Line, fitted, line, loud, quiet
from ollama_tui.tui.screens.dialog import Dialog, Lines
from ollama_tui.tui.widgets.pager import Pager

_KEY, _WORDS = 10, 25
_LEFT = ("Models", "Running", "Downloads", "Program")
_LEGEND = line(
    ("✓", "yours"), quiet(" marked   "), ("●", "alive"), quiet(" loaded   "),
    ("◐", "costs"), quiet(" not all on GPU   "), ("★", "yours"), quiet(" current"),
)  # fmt: skip


class HelpScreen(Dialog[None]):
    """Two columns of keys by group; `/` finds."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,question_mark,enter,f1", "leave", show=False),
        Binding("slash", "find", show=False),
    ]

    WIDTH = 80

    keys_shown = getters.query_one(Pager)

    def __init__(self, acts: Sequence[Act]) -> None:
        """Show the keys of these acts."""
        super().__init__("Keys", (("/", "find"), ("esc", "close")))
        self._acts = tuple(act for act in acts if act.keys)
        self._wanted: str | None = None

    def body(self) -> Iterable[Widget]:
        """The keys, then what the marks mean."""
        yield Pager()
        yield Lines(((), _LEGEND))

    def on_mount(self) -> None:
        """Show all of them."""
        self._show()
        self.keys_shown.focus()

    def on_resize(self) -> None:
        """Use one column where two do not fit."""
        self._show()

    def on_key(self, event: events.Key) -> None:
        """Take the letters of what is looked for."""
        if self._wanted is None:
            return
        if event.key == "backspace":
            self._wanted = self._wanted[:-1]
        elif event.is_printable and event.character:
            self._wanted += event.character
        else:
            return
        self._show()
        event.stop()
        event.prevent_default()

    def action_find(self) -> None:
        """Let the keys go into what is looked for."""
        self._wanted = ""
        self._show()

    def action_leave(self) -> None:
        """Drop what is looked for, else close."""
        if self._wanted is None:
            self.dismiss(None)
        else:
            self._wanted = None
            self._show()

    def _show(self) -> None:
        wanted = (self._wanted or "").casefold()
        acts = [act for act in self._acts if wanted in f"{act.title} {act.word}".casefold()]
        title = "Keys" if self._wanted is None else f"Keys  /{self._wanted}"
        is_wide = self.app.size.width >= 80
        box = self.query_one(".dialog")
        box.border_title = Content(title)
        box.styles.padding = (1 if self.app.size.height >= 30 else 0, 2)
        lines = two_columns(acts) if is_wide else one_column(acts)
        # Below them are the legend and the frame.
        room = self.app.size.height - (6 if self.app.size.height < 30 else 8)
        self.keys_shown.styles.height = max(1, min(len(lines), room))
        self.keys_shown.show(lines)


def one_column(acts: Iterable[Act], only: Sequence[str] | None = None) -> list[Line]:
    """Keys and what they do, a group under the other."""
    groups: dict[str, list[Act]] = {}
    for act in acts:
        if only is None or act.group in only:
            groups.setdefault(act.group, []).append(act)
    rows: list[Line] = []
    for group, members in groups.items():
        rows += [(), line((group, "loud yours"))] if rows else [line((group, "loud yours"))]
        for words, keys in _by_line(members).items():
            rows.append((*fitted(line(loud(keys)), _KEY), *line(words)))
    return rows


def _by_line(acts: Sequence[Act]) -> dict[str, str]:
    lines: dict[str, list[Act]] = {}
    for act in acts:
        lines.setdefault(act.help_line or act.title, []).append(act)
    return {words: _signs(members) for words, members in lines.items()}


def _signs(acts: Sequence[Act]) -> str:
    """The first key of each, then the second ones, as far as there is room."""
    keys = [act.keys[:1] for act in acts] + [act.keys[1:2] for act in acts]
    shown = ""
    for key in (key_sign(key) for pair in keys for key in pair):
        longer = f"{shown} {key}".strip()
        shown = longer if len(longer) < _KEY else shown
    return shown


def two_columns(acts: Sequence[Act]) -> list[Line]:
    """Keys by group in two columns."""
    others = [act.group for act in acts if act.group not in _LEFT]
    left, right = one_column(acts, _LEFT), one_column(acts, others)
    height = max(len(left), len(right))
    pairs = zip(
        left + [()] * (height - len(left)), right + [()] * (height - len(right)), strict=True
    )
    return [(*fitted(one, _KEY + _WORDS), *other) for one, other in pairs]
