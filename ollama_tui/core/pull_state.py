"""What a download is doing, in one word."""

from __future__ import annotations

from enum import Enum


class PullState(Enum):
    """What a download is doing."""

    WAITING = "waiting"
    """For its turn."""
    PAUSED = "paused"
    """By the user; the server keeps what arrived."""
    UNFINISHED = "unfinished"
    """What ran it is gone; it can be resumed."""
    STARTING = "starting"
    PULLING = "pulling"
    STALLED = "stalled"
    RETRYING = "retrying"
    """It broke off and will be asked for again."""
    VERIFYING = "verifying"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come."""
        return self.is_over or self is PullState.FAILED

    @property
    def is_over(self) -> bool:
        """Whether it arrived or was given up, so that nothing is left to do."""
        return self in (PullState.DONE, PullState.CANCELLED)

    @property
    def is_active(self) -> bool:
        """Whether the server is asked for it, or soon again."""
        return not self.has_ended and self is not PullState.WAITING and not self.is_held

    @property
    def is_held(self) -> bool:
        """Whether nothing comes until it is resumed."""
        return self in (PullState.PAUSED, PullState.UNFINISHED)
