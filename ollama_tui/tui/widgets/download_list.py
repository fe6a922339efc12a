"""The downloads: how much has arrived, how fast, and when it will be here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.reactive import var

from ollama_tui.core import units
from ollama_tui.core.pull_state import PullState
from ollama_tui.tui.lines import Line, bar, cut, fitted, line, loud, quiet, spread, with_tail
from ollama_tui.tui.lines import width as cells_of
from ollama_tui.tui.widgets.row_list import RowList

if TYPE_CHECKING:
    from ollama_tui.core.pulls import Pull

_WIDE = 110
_SHARE = 5
_GAP = ("  ", "")


class DownloadList(RowList):
    """A row a download."""

    pulls: var[tuple[Pull, ...]] = var(())
    again: var[str] = var("")
    """The key that pulls again what failed; empty: none does."""

    def __init__(self, *, id: str | None = None) -> None:
        """Show no downloads yet."""
        super().__init__(id=id)
        self._chosen: str | None = None

    def heading(self) -> Line:
        """The panel's title: how many are on their way, how fast together, and what failed."""
        failed = sum(pull.state.has_ended for pull in self.pulls)
        going = len(self.pulls) - failed
        facts = [str(going)] if going else []
        if speed := sum(pull.rate or 0 for pull in self.pulls):
            facts += [units.rate(speed), _time_for_all(self.pulls, speed)]
        if failed:
            facts.append(f"{failed} failed")
        together = " · ".join(fact for fact in facts if fact)
        return line(quiet("4 "), loud("Downloads"), quiet(f"  {together}" if together else ""))

    def row(self, index: int, width: int) -> Sequence[Line]:
        """A download's name, bar and figures."""
        pull = self.pulls[index]
        if pull.state is PullState.FAILED:
            return self._failed_row(pull, width)
        is_wide = width >= _WIDE
        name_width, amount_width, rest_width = (22, 16, 22) if is_wide else (17, 13, 17)
        # A longer name may have what the bar can spare.
        longest = max(cell_len(other.name) for other in self.pulls if not other.state.has_ended)
        name_width = max(name_width, min(longest, width // 3 if is_wide else width // 4))
        bar_width = width - name_width - _SHARE - amount_width - rest_width - 8
        if pull.is_retried:
            return (_retried_row(pull, name_width, width),)
        cells: list[Line] = [fitted(line(with_tail(pull.name, name_width)), name_width)]
        if bar_width >= 4:
            cells.append(bar(pull.share, bar_width, pull_ink(pull)))
        share = line(units.share(pull.share)) if pull.share is not None else ()
        cells.append(fitted(share, _SHARE, right=True))
        cells.append(fitted(amount(pull, is_short=not is_wide), amount_width, right=True))
        cells.append(fitted(pace(pull, is_short=not is_wide), rest_width, right=True))
        row: list[tuple[str, str]] = []
        for cell in cells:
            row += [_GAP, *cell] if row else cell
        return (tuple(row),)

    def row_height(self, index: int) -> int:
        """One line more for why it failed."""
        return lines_of_pull(self.pulls[index])

    def watch_pulls(self) -> None:
        """Show how far they are; the cursor rests on what runs until the user has chosen."""
        self.put_rows(tuple(pull.name for pull in self.pulls))
        if self.pulls and not self._is_in_use:
            active = [at for at, pull in enumerate(self.pulls) if pull.state.is_active]
            super()._go(active[0] if active else 0)

    @property
    def _is_in_use(self) -> bool:
        if self.is_attached and self.screen.focused is self:
            return True
        return any(one.name == self._chosen and not one.state.has_ended for one in self.pulls)

    def _go(self, index: int) -> None:
        super()._go(index)
        self._chosen = self.selected

    def _failed_row(self, pull: Pull, width: int) -> Sequence[Line]:
        again = line(quiet(f" · {self.again} pulls it again")) if self.again else ()
        words = (*line(("failed", "broken")), *again)
        name = with_tail(pull.name, max(8, width - cells_of(words) - 2))
        return spread(line(name), words, width), cut(line("  ", pull.failure), width)


def _retried_row(pull: Pull, name_width: int, width: int) -> Line:
    name = fitted(line(with_tail(pull.name, name_width)), name_width)
    share = fitted(line(units.share(pull.share) if pull.share else ""), _SHARE, right=True)
    words = fitted(retry(pull), width - name_width - _SHARE - 4)
    return (*name, _GAP, *share, _GAP, *words)


def lines_of_pull(pull: Pull) -> int:
    """How many lines the row of a download takes."""
    return 2 if pull.state is PullState.FAILED else 1


def _time_for_all(pulls: Sequence[Pull], speed: float) -> str:
    awaited = [pull for pull in pulls if pull.is_awaited]
    if len(awaited) < 2 or not all(pull.total for pull in awaited):
        return ""
    return units.time_left(sum(pull.total - pull.completed for pull in awaited) / speed)


def pull_ink(pull: Pull) -> str:
    """The colour of a download's bar."""
    return "costs" if pull.state is PullState.STALLED else "yours"


def amount(pull: Pull, *, is_short: bool = False) -> Line:
    """What has arrived of what is known: `26.0 of 42.5 GB`, small ones in MB."""
    if not pull.total:
        return ()
    done, total, unit = units.arrived(pull.completed, pull.total)
    if is_short:
        return line(f"{done}/{total}", quiet(f" {unit}"))
    return line(done, quiet(" of "), total, quiet(f" {unit}"))


def retry(pull: Pull) -> Line:
    """Why it broke off, and that it is asked for again."""
    return line((units.trying_again(pull.note, pull.attempt), "costs"))


def pace(pull: Pull, *, is_short: bool = False) -> Line:
    """How fast and how long yet, or the word for what it does instead."""
    match pull.state:
        case PullState.STALLED:
            return line(("stalled: nothing comes" if not is_short else "stalled", "costs"))
        case PullState.VERIFYING:
            return line(quiet(pull.status.removesuffix(" digest")))
        case PullState.STARTING:
            return line(quiet("asking…"))
        case PullState.WAITING:
            return line(quiet("waits its turn" if not is_short else "waits"))
        case PullState.UNFINISHED:
            return line(("unfinished", "costs"))
        case PullState.RETRYING | PullState.PAUSED | PullState.CANCELLED | PullState.DONE:
            return line(quiet(pull.state.value))
        case PullState.PULLING | PullState.FAILED:
            if pull.rate is None:
                return ()
            left = units.time_left(pull.seconds_left)
            if is_short:
                left = left.removesuffix(" left")
            return line(units.rate(pull.rate), quiet(f"{'':2}{left}") if left else "")
