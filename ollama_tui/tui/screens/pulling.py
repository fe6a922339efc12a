"""The dialog that shows a download; it can be closed while the download goes on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import getters
from textual.binding import Binding, BindingType
from textual.reactive import var
from textual.widget import Widget

from ollama_tui.core import units
from ollama_tui.core.pulls import Pull, PullState
from ollama_tui.tui.lines import Line, bar, fitted, line, spread, wrapped
from ollama_tui.tui.screens.dialog import Dialog
from ollama_tui.tui.widgets.canvas import Canvas
from ollama_tui.tui.widgets.download_list import amount, pace, pull_ink, retry

if TYPE_CHECKING:
    from ollama_tui.tui.app import OllamaTuiApp

_SHARE = 7


class PullProgressBar(Canvas):
    """A download as a bar with its share, its bytes, its speed and the time left."""

    pull: var[Pull | None] = var(None)

    def picture(self, width: int, height: int) -> Sequence[Line]:
        """The bar, a blank line, the figures; for a failure, why."""
        pull = self.pull
        if pull is None:
            return ()
        share = units.share(pull.share) if pull.share is not None else ""
        first = (
            *bar(pull.share, width - _SHARE, pull_ink(pull)),
            *fitted(line(share), _SHARE, right=True),
        )
        if pull.state is PullState.FAILED:
            return (first, (), *wrapped(f"Failed: {pull.failure}", width, "broken"))
        if pull.is_retried:
            return (first, (), fitted(retry(pull), width))
        return (first, (), spread(amount(pull), pace(pull), width))


class PullingScreen(Dialog[bool]):
    """Follows one download; gives True if it is to be cancelled."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "cancel", show=False),
        Binding("q,enter", "leave", show=False),
    ]

    progress = getters.query_one(PullProgressBar)

    if TYPE_CHECKING:
        app = getters.app(OllamaTuiApp)

    def __init__(self, name: str) -> None:
        """Follow the download of that name."""
        super().__init__(f"Pulling {name}", (("esc", "close, it goes on"), ("x", "cancel")))
        self._name_of_pull = name

    def body(self) -> Iterable[Widget]:
        """The bar."""
        progress = PullProgressBar()
        progress.styles.height = 3
        yield progress

    def on_mount(self) -> None:
        """Follow the store's downloads."""
        self.watch(self.app, "pulls", self._show)

    def action_cancel(self) -> None:
        """Ask to cancel it."""
        self.dismiss(True)

    def _show(self, pulls: tuple[Pull, ...]) -> None:
        pull = next((pull for pull in pulls if pull.name == self._name_of_pull), None)
        if pull is None:
            # It has ended, and the notice says how.
            if self.is_current:
                self.dismiss(None)
            return
        self.progress.pull = pull
        if pull.state is PullState.FAILED:
            self.progress.styles.height = 6
            self.show_keys((("esc", "close"),))
