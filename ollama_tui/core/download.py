"""One download: how far it is, and who wants it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from ollama_tui.core.names import ModelName
from ollama_tui.core.pulls import Pull, PullState


@dataclass(frozen=True, slots=True)
class PullRequest:
    """What the server is asked for."""

    name: str
    """As the user wrote it."""
    insecure: bool
    """Whether the registry is spoken to over plain HTTP."""
    can_be_sized: bool
    """Whether the registry can be asked what the model is made of."""


class Download:
    """A pull that advances, and the claims on it."""

    def __init__(
        self,
        name: ModelName,
        asked: PullRequest,
        clock: Callable[[], float],
        tell: Callable[[], None],
    ) -> None:
        """Nothing runs yet.

        Args:
            name: the whole name.
            asked: what the server is asked for.
            clock: seconds that never go backwards.
            tell: is called after each change.
        """
        self.name = name
        self.asked = asked
        self.pull = Pull(str(name), clock(), PullState.WAITING, is_sizing=asked.can_be_sized)
        self.task: asyncio.Task[None] | None = None
        """What runs it."""
        self.is_kept = False
        """Whether it goes on when nobody has a lease of it."""
        self.leases = 0
        self._clock = clock
        self._tell = tell

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return not self.pull.state.has_ended

    @property
    def is_wanted(self) -> bool:
        """Whether anybody has a claim on it."""
        return self.is_kept or self.leases > 0

    def seen(self) -> Pull:
        """The pull as it is at this moment."""
        return self.pull.at(self._clock())

    def become(self, pull: Pull) -> None:
        """Be that far, unless it has ended."""
        if self.runs:
            self.pull = pull
            self._tell()

    @property
    def waits(self) -> bool:
        """Whether it waits for its turn."""
        return self.pull.state is PullState.WAITING

    def end(self) -> None:
        """Cancel it; those who follow it are told."""
        self.stop(self.pull.cancelled(self._clock()))

    def stop(self, pull: Pull) -> None:
        """Be that, and let the server go."""
        # A task that has not begun yet would be cancelled without a trace.
        self.become(pull)
        if self.task is not None:
            self.task.cancel()
