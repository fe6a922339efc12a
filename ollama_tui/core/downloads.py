"""Downloads: the one object that every front asks, wherever the pulls run."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from ollama_tui.core.errors import Closed

if TYPE_CHECKING:
    from ollama_tui.core.history import EndedPull
    from ollama_tui.core.pulls import Pull


def closed() -> Closed:
    """Why no download can begin while `is_closed`."""
    return Closed("no download can begin: the program ends, or never got ready for them")


class Downloads(Protocol):
    """The downloads of one server; the same name twice is one download.

    One that is started is kept: it ends when it has arrived, fails or is cancelled. One that is
    only leased ends with its last lease, too. Calls are idempotent, and those that name a
    download which there is not do nothing.
    """

    @property
    def outlive(self) -> bool:
        """Whether they go on when this program ends."""

    @property
    def caveat(self) -> str:
        """What ends them all the same, fit to be shown; empty if nothing is known to."""

    @property
    def trouble(self) -> str:
        """Why what was seen may not be as it is, fit to be shown; empty if it is."""

    @property
    def is_closed(self) -> bool:
        """Whether nothing can begin: before the block is entered, and once it ends."""

    @property
    def pulls(self) -> tuple[Pull, ...]:
        """Each download as it was last seen, in the order in which they were asked for."""

    @property
    def history(self) -> tuple[EndedPull, ...]:
        """Those that ended, the newest first."""

    async def __aenter__(self) -> Self:
        """Be ready for downloads, until the block is left."""

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give up all claims, and let go of what was opened."""

    def close(self) -> None:
        """Give up all claims, which those who follow are told, and start nothing any more."""

    async def start(self, name: str, *, insecure: bool = False) -> Pull:
        """Pull a model when its turn comes, or join or resume its download; it is kept.

        Raises:
            InvalidInput: when the server would refuse the name; nothing is sent.
            StateUnwritable: when it could not be remembered; nothing is sent.
            Closed: when the block was not entered, or ends.
        """

    async def pause(self, name: str) -> None:
        """Close a download's stream until it is resumed; the server keeps what arrived."""

    async def resume(self, name: str) -> None:
        """Go on with a download that is paused, unfinished or failed, when its turn comes."""

    async def cancel(self, name: str) -> None:
        """Close a download's stream, whoever wants it; the server keeps what arrived."""

    async def forget(self, name: str) -> None:
        """Drop a download that has ended from the list."""

    async def renamed(self, name: str, new_name: str) -> None:
        """Let the history tell what a model is called since it was renamed."""

    def watch(self) -> AsyncGenerator[tuple[Pull, ...], None]:
        """The downloads now, and again after each change; changes may be told as one."""

    def follow(self, name: str) -> AsyncGenerator[Pull, None]:
        """One download now, and again after each change, until it has ended or is forgotten."""

    def lease(self, name: str, *, insecure: bool = False) -> AsyncGenerator[Pull, None]:
        """Want a model until the iterator is closed: its download now, and as it goes on.

        It is told at least once a second, until it has ended. With its last lease a download
        ends, unless it is kept.

        Raises:
            InvalidInput: when the server would refuse the name; nothing is sent.
            Closed: when the block was not entered, or ends.
        """
