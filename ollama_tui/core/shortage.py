"""Whether room is needed on the disk of the models, so that a delete should not wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ollama_tui.core.errors import NoSpace
from ollama_tui.core.pulls import Pull, PullState
from ollama_tui.core.units import space

if TYPE_CHECKING:
    from ollama_tui.core.forecast import Forecast
    from ollama_tui.core.library import Library

_FULL_SHARE = 0.05
_FULL_BYTES = 10 * 10**9
"""Less than a model of middle size takes."""


@dataclass(frozen=True, slots=True)
class Disk:
    """The disk on which a server keeps its models."""

    free: int
    """Bytes that the server may still write."""
    total: int

    @property
    def is_nearly_full(self) -> bool:
        """Whether less than 10 GB are free, and less than a twentieth of it."""
        return self.free < _FULL_BYTES and self.free < _FULL_SHARE * self.total


def why_room_is_needed(
    pulls: Sequence[Pull],
    forecasts: Mapping[str, Forecast],
    library: Library,
    disk: Disk | None,
) -> str:
    """Why a delete is meant to make room now, in a few words; empty if it need not be.

    Args:
        pulls: the downloads.
        forecasts: what was to be fetched, by name, also where the user then did not pull it.
        library: what is installed.
        disk: None: nobody knows it.
    """
    if disk is None:
        full = (pull.name for pull in pulls if _found_no_space(pull))
        return next((f"{name} stopped: the server's disk is full" for name in full), "")
    needs = {pull.name: _need(pull, forecasts) for pull in pulls if _is_wanted(pull)}
    needs = {name: need for name, need in needs.items() if need}
    left = disk.free - sum(needs.values())
    if left < 0:
        return _lack(tuple(needs), -left)
    names = {pull.name for pull in pulls}
    for name, forecast in reversed(list(forecasts.items())):
        if name not in names and library.get(name) is None and forecast.to_store > left:
            return _lack((name,), forecast.to_store - left)
    return f"{space(disk.free)} are free on the disk of the models" if disk.is_nearly_full else ""


def _lack(names: Sequence[str], size: int) -> str:
    if len(names) > 1:
        return f"{len(names)} downloads lack {space(size)}"
    return f"{names[0]} lacks {space(size)}"


def _found_no_space(pull: Pull) -> bool:
    return pull.state is PullState.FAILED and issubclass(pull.failure_kind, NoSpace)


def _is_wanted(pull: Pull) -> bool:
    return not pull.state.has_ended or _found_no_space(pull)


def _need(pull: Pull, forecasts: Mapping[str, Forecast]) -> int:
    """Bytes that a download will take of the disk yet, as far as they are known."""
    if pull.total:
        return max(0, pull.total - pull.completed)
    forecast = forecasts.get(pull.name)
    return forecast.to_store if forecast is not None else 0
