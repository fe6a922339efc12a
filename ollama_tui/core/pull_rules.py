"""How many downloads run at once, and when one that broke off is asked for again."""

from __future__ import annotations

from dataclasses import dataclass

from ollama_tui.core import units
from ollama_tui.core.errors import (
    Interrupted,
    NotOllama,
    OllamaTuiError,
    RegistryBusy,
    ServerFailed,
    Unreachable,
)
from ollama_tui.core.pulls import Pull, PullState

_TRIES_FOR_OTHERS = 6
_LONGEST_AWAY = 4.0
_TO_BE_FOUND = 3.0
"""As many times the usual patience has a registry that is asked what the model consists of."""


class Stalled(Interrupted):
    """Nothing has arrived for too long."""


class BrokenOff(Interrupted):
    """The download joined one that the server was still winding down: ask again."""


@dataclass(frozen=True, slots=True)
class PullRules:
    """How downloads go about it."""

    at_once: int = 2
    """How many run side by side; the server itself knows no limit."""
    stall_seconds: float = 22.0
    """Without growth, after which a download is asked for again.

    At 30 s the server itself starts stalled parts anew and drops what they held
    (server/download.go).
    """
    first_pause: float = 1.0
    """Seconds before it is asked for again."""
    longest_pause: float = 30.0
    """Seconds to which the pauses grow while nothing arrives between them."""

    pace_seconds: float = 0.0
    """To wait between two looks into a stream that keeps up; each look costs the same."""

    def pause(self, fruitless: int, *, is_away: bool = False) -> float:
        """Seconds to wait before the next try.

        Args:
            fruitless: how many tries in a row brought nothing.
            is_away: whether no server answered, whom it costs little to ask again.
        """
        longest = min(self.longest_pause, _LONGEST_AWAY) if is_away else self.longest_pause
        return min(longest, self.first_pause * 2.0 ** min(fruitless - 1, 16))

    def refuse_stall(self, pull: Pull, now: float) -> None:
        """Raise `Stalled` if a download that should grow has not for too long."""
        if self.can_stall(pull) and now - pull.grew > self.stall_seconds:
            raise stalled(pull)

    def can_stall(self, pull: Pull) -> bool:
        """Whether it should grow: it was found, and is not being verified."""
        return pull.is_found and pull.state is not PullState.VERIFYING

    def patience(self, pull: Pull) -> float | None:
        """Seconds to wait for the next line of its stream; None for ever.

        Ollama writes its first line at once and then one each 60 ms, so silence means that nobody
        is there; only while it waits for a registry's answer it has nothing to say.
        """
        if pull.state is PullState.VERIFYING:
            return None
        return self.stall_seconds if pull.is_found else _TO_BE_FOUND * self.stall_seconds


def stalled(pull: Pull) -> Stalled:
    """What is told of a download that does not grow."""
    if not pull.is_found:
        return Stalled("the server said nothing any more", "Pull again.")
    return Stalled(f"stalled at {units.share(pull.share or 0.0)}", "Pull again.")


def may_mend(error: OllamaTuiError, pull: Pull, fruitless: int, *, is_kept: bool) -> bool:
    """Whether asking again may help.

    Args:
        error: how it broke off.
        pull: how far it was.
        fruitless: how many tries in a row brought nothing, this one included.
        is_kept: whether it goes on without anybody; who leases it decides for himself.
    """
    if isinstance(error, BrokenOff):
        return is_kept or fruitless < _TRIES_FOR_OTHERS
    if not is_kept or isinstance(error, NotOllama):
        return False
    if isinstance(error, RegistryBusy):
        return True
    # What fails before the first layer was most likely asked wrongly, unless nobody answered.
    return (pull.is_found or isinstance(error, Stalled)) and isinstance(
        error, Interrupted | Unreachable | ServerFailed
    )
