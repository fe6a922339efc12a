"""Downloads that have ended, as values that can be kept in a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import Enum

from ollama_tui.core.layers import kept_digests
from ollama_tui.core.names import same_model
from ollama_tui.core.pulls import Pull, PullState
from ollama_tui.core.text import clean

_MOST_BYTES = 10**24
"""More than any server tells of; what is far beyond cannot be counted with."""
_MOST_SECONDS = 250_000_000_000.0
"""A moment in the year 9892: dates beyond 9999 cannot be shown."""


class Outcome(Enum):
    """How a download ended."""

    FINISHED = "finished"
    CANCELLED = "cancelled"
    FAILED = "failed"


_OUTCOMES = {
    PullState.DONE: Outcome.FINISHED,
    PullState.CANCELLED: Outcome.CANCELLED,
    PullState.FAILED: Outcome.FAILED,
}


@dataclass(frozen=True, slots=True)
class EndedPull:
    """A download that has ended: how, when, and what it took."""

    name: str
    outcome: Outcome
    ended_at: float
    """Seconds since 1970."""
    total: int
    """Bytes of the model; 0 if that never became known."""
    fetched: int
    """Bytes that arrived."""
    seconds: float
    """Seconds from its start to its end."""
    failure: str = ""
    """Why it failed, fit to be shown; empty if it did not."""
    new_name: str = ""
    """What the model is called since it was renamed; empty if it was not."""
    digests: tuple[str, ...] = ()
    """Of its largest layers, by which parts on the disk are known; none if it arrived."""

    @classmethod
    def of(cls, pull: Pull, now: float, wall: float) -> EndedPull:
        """What is kept of a download that has ended.

        Args:
            pull: One that has ended.
            now: This moment, in seconds on the download's own clock.
            wall: This moment, in seconds since 1970.
        """
        ended = now if pull.ended is None else pull.ended
        return cls(
            name=pull.name,
            outcome=_OUTCOMES[pull.state],
            ended_at=wall - (now - ended),
            total=pull.total,
            fetched=pull.fetched,
            seconds=max(0.0, ended - pull.started),
            failure=pull.failure,
            digests=() if pull.state is PullState.DONE else pull.digests,
        )

    @classmethod
    def from_json(cls, found: object) -> EndedPull | None:
        """The download that a file tells of; None if it cannot be read."""
        if not isinstance(found, dict):
            return None
        try:
            return cls(
                name=_name(found),
                outcome=Outcome(_text(found, "outcome")),
                ended_at=_seconds(found, "ended_at"),
                total=_bytes(found, "total"),
                fetched=_bytes(found, "fetched"),
                seconds=_seconds(found, "seconds"),
                failure=_text(found, "failure"),
                new_name=_text(found, "new_name"),
                digests=kept_digests(found.get("digests")),
            )
        except ValueError:
            return None

    def pull(self, now: float, wall: float) -> Pull:
        """The download as it was at its end.

        Args:
            now: this moment, in seconds on the clock that the download is to have.
            wall: this moment, in seconds since 1970.
        """
        ended = now - (wall - self.ended_at)
        states = {outcome: state for state, outcome in _OUTCOMES.items()}
        return Pull(
            self.name,
            ended - self.seconds,
            states[self.outcome],
            total=self.total,
            completed=self.total if self.outcome is Outcome.FINISHED else 0,
            fetched=self.fetched,
            failure=self.failure,
            digests=self.digests,
            ended=ended,
        )

    def renamed(self, old: str, new: str) -> EndedPull:
        """This download after a model was renamed, which may be the one that it brought."""
        is_it = same_model(self.new_name or self.name, old)
        return replace(self, new_name=new) if is_it and self.outcome is Outcome.FINISHED else self

    @property
    def shown_name(self) -> str:
        """What was asked for, and what that is called by now."""
        return f"{self.name}, now {self.new_name}" if self.new_name else self.name

    @property
    def rate(self) -> float | None:
        """Bytes a second; None if nothing arrived or it took less than a second."""
        return self.fetched / self.seconds if self.fetched and self.seconds >= 1 else None

    def to_json(self) -> dict[str, object]:
        """What `from_json` reads again."""
        return {**asdict(self), "outcome": self.outcome.value}


def _name(found: Mapping[str, object]) -> str:
    if name := _text(found, "name"):
        return name
    raise ValueError("name")


def _text(found: Mapping[str, object], key: str) -> str:
    value = found.get(key, "")
    if not isinstance(value, str):
        raise ValueError(key)
    return clean(value)


def _bytes(found: Mapping[str, object], key: str) -> int:
    value = found.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST_BYTES:
        raise ValueError(key)
    return value


def _seconds(found: Mapping[str, object], key: str) -> float:
    value = found.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(key)
    # Python's JSON reads infinity and NaN too; neither is between two numbers.
    if not 0 <= value <= _MOST_SECONDS:
        raise ValueError(key)
    return float(value)
