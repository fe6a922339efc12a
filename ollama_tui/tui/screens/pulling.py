"""The dialog that shows a download; it can be closed while the download goes on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum, auto
from typing import TYPE_CHECKING, ClassVar

from textual import getters
from textual.binding import Binding, BindingType
from textual.reactive import var
from textual.widget import Widget

from ollama_tui.core import units
from ollama_tui.core.forecast import Forecast
from ollama_tui.core.memory.consequence import consequence
from ollama_tui.core.memory.fit import Fit, least_fit
from ollama_tui.core.pulls import Pull, PullState
from ollama_tui.tui.fitting import room_of
from ollama_tui.tui.lines import DOT, Line, bar, cut, fitted, joined, line, quiet, spread, wrapped
from ollama_tui.tui.screens.dialog import Dialog
from ollama_tui.tui.widgets.canvas import Canvas
from ollama_tui.tui.widgets.download_list import amount, pace, pull_ink, retry

if TYPE_CHECKING:
    from ollama_tui.tui.app import OllamaTuiApp

_SHARE = 7
_LABEL = 7


class PullProgressBar(Canvas):
    """A download as a bar with its share, its bytes, its speed and the time left."""

    pull: var[Pull | None] = var(None)
    """None before it has begun."""
    forecast: var[Forecast | None] = var(None)
    """What was to be fetched when it was asked for; None if nobody knows."""
    least: var[Fit | None] = var(None)
    """How at least its weights would go into memory; None if they are not known."""

    def picture(self, width: int, height: int) -> Sequence[Line]:
        """The bar, a blank line, the figures; for a failure, why; then what is to be fetched."""
        ahead: tuple[Line, ...] = ()
        if self.forecast is not None:
            rows = (*forecast_lines(self.forecast), *memory_lines(self.least))
            ahead = ((), *(cut(row, width) for row in rows))
        if self.pull is None:
            return (line(quiet("asking the registry how large it is…")), (), (), *ahead)
        if self.pull.state is PullState.FAILED:
            failure = wrapped(f"Failed: {self.pull.failure}", width, "broken")
            return (self._bar(self.pull, width), (), *failure)
        silent = [cut(of, width) for of in silence_lines(self.pull)]
        return (self._bar(self.pull, width), (), self._figures(self.pull, width), *silent, *ahead)

    def _bar(self, pull: Pull, width: int) -> Line:
        share = units.share(pull.share) if pull.share is not None else ""
        full = bar(pull.share, width - _SHARE, pull_ink(pull))
        return (*full, *fitted(line(share), _SHARE, right=True))

    def _figures(self, pull: Pull, width: int) -> Line:
        if pull.is_retried:
            return fitted(retry(pull), width)
        return spread(amount(pull), pace(pull), width)


class Wish(Enum):
    """What is to be done to a download that was shown."""

    CANCEL = auto()
    AGAIN = auto()


class PullingScreen(Dialog[Wish]):
    """Follows one download; gives what is to be done to it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "cancel", show=False),
        Binding("P", "pull_again", show=False),
        Binding("q,enter", "leave", show=False),
    ]

    progress = getters.query_one(PullProgressBar)

    if TYPE_CHECKING:
        app = getters.app(OllamaTuiApp)

    def __init__(self, name: str, *, is_there: bool = True, can_act: bool = True) -> None:
        """Follow the download of that name.

        Args:
            name: the download's.
            is_there: whether it is among the downloads; else it is waited for.
            can_act: whether it is offered to cancel it, and to pull it again where it failed.
        """
        self._can_act = can_act
        super().__init__(f"Pulling {name}", self._keys_for(None))
        self.pulled = name
        self._is_there = is_there

    def body(self) -> Iterable[Widget]:
        """The bar."""
        progress = PullProgressBar()
        progress.styles.height = 3
        yield progress

    def on_mount(self) -> None:
        """Follow the store's downloads."""
        self.watch(self.app, "forecasts", self._show_forecast)
        self.watch(self.app, "pulls", self._show)

    def begin(self) -> None:
        """Show the download however it is: it may have failed at once."""
        self._is_there = True
        if self.is_mounted:
            self._show(self.app.pulls)

    def action_cancel(self) -> None:
        """Ask to cancel it."""
        self.dismiss(Wish.CANCEL)

    def action_pull_again(self) -> None:
        """Ask for it again, if it failed."""
        if self._can_act and self._has_failed:
            self.dismiss(Wish.AGAIN)

    @property
    def _has_failed(self) -> bool:
        pull = self.progress.pull
        return pull is not None and pull.state is PullState.FAILED

    def _show_forecast(self, forecasts: Mapping[str, Forecast]) -> None:
        if self.pulled in forecasts:
            forecast = self.progress.forecast = forecasts[self.pulled]
            self.progress.least = least_of(self.app, self.pulled, forecast)
            self._fit_progress()

    def _show(self, pulls: tuple[Pull, ...]) -> None:
        pull = next((pull for pull in pulls if pull.name == self.pulled), None)
        if pull is not None and pull.state.has_ended and not self._is_there:
            # That was another time.
            return
        if pull is None:
            # It has ended, and the notice says how.
            if self._is_there and self.is_current:
                self.dismiss(None)
            return
        self._is_there = True
        self.progress.pull = pull
        self._fit_progress()
        if (keys := self._keys_for(pull.state)) != self._keys:
            self.show_keys(keys)

    def _keys_for(self, state: PullState | None) -> tuple[tuple[str, str], ...]:
        has_failed, is_held = state is PullState.FAILED, state is not None and state.is_held
        close = ("esc", "close" if has_failed or is_held else "close, it goes on")
        act = ("P", "pull it again") if has_failed else ("x", "cancel")
        return (close, act) if self._can_act else (close,)

    def _fit_progress(self) -> None:
        forecast = self.progress.forecast
        memory = memory_lines(self.progress.least)
        lines = 0 if forecast is None else 1 + len(forecast_lines(forecast)) + len(memory)
        if self.progress.pull is not None:
            lines += len(silence_lines(self.progress.pull))
        self.progress.styles.height = 6 if self._has_failed else 3 + lines


def silence_lines(pull: Pull) -> tuple[Line, ...]:
    """What to look at where nothing arrives: Ollama tries on and tells nobody why."""
    if pull.state is not PullState.STALLED and not (pull.is_retried and "stalled" in pull.note):
        return ()
    return (line(quiet("The server does not say why; its own log may.")),)


def least_of(app: OllamaTuiApp, name: str, forecast: Forecast) -> Fit | None:
    """How at least its weights would go into memory; None if they are not known."""
    return least_fit(name, forecast.weights, room_of(app)) if forecast.weights else None


def forecast_lines(forecast: Forecast) -> tuple[Line, ...]:
    """What will be fetched, and the room that there is for it, where that is known."""
    fetch = line(units.space(forecast.to_fetch) if forecast.to_fetch else "nothing")
    lines = [(*_label("fetch"), *fetch, DOT, *_here(forecast))]
    if forecast.free is not None and forecast.left is not None:
        free = f"{units.space(forecast.free)} free"
        # What comes first is seen on a narrow screen, too.
        room = (
            line((f"{units.space(forecast.shortage)} too few", "broken"), DOT, quiet(free))
            if forecast.lacks_space
            else line(free, DOT, quiet(f"{units.space(forecast.left)} after it"))
        )
        lines.append((*_label("disk"), *room))
    return tuple(lines)


def memory_lines(least: Fit | None) -> tuple[Line, ...]:
    """What its weights will take of the memory, as far as a manifest tells."""
    if least is None:
        return ()
    free = f"{units.memory(least.free)} free" if least.free is not None else ""
    takes = joined((line(f"at least {units.memory(least.total)} of weights"), line(free)))
    words = consequence(least).removeprefix(f"{free}: ")
    does = ((*_label(""), (words, "costs")),) if words else ()
    return (
        (*_label("memory"), *takes),
        *does,
        (*_label(""), quiet("its context comes on top")),
    )


def _here(forecast: Forecast) -> Line:
    here = forecast.total - forecast.to_fetch
    if not forecast.to_fetch:
        return line(quiet(f"all {units.space(forecast.total)} of it are here"))
    if forecast.is_new:
        return line(quiet(f"{'almost ' if here else ''}nothing of it is here yet"))
    return line(quiet(f"{units.space(here)} of it are here already"))


def _label(word: str) -> Line:
    return fitted(line(quiet(word)), _LABEL)
