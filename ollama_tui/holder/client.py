"""Downloads that the holder runs, so that they go on when this program ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from typing import Self

from ollama_tui.core.connection import read_only_refusal
from ollama_tui.core.downloads import closed
from ollama_tui.core.errors import Interrupted
from ollama_tui.core.history import EndedPull
from ollama_tui.core.journal import Journal
from ollama_tui.core.names import name_key, parse_name
from ollama_tui.core.pulls import Pull
from ollama_tui.holder.link import Gone, Link, Links, Told
from ollama_tui.holder.protocol import Target, pull_from_json, understood
from ollama_tui.holder.sight import Sight

_TRIES = 6


class HeldDownloads:
    """The downloads of one server, in the holder; without a holder, those on disk."""

    outlive = True

    def __init__(
        self,
        links: Links,
        journal: Journal,
        target: Target,
        *,
        read_only: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is started, opened or read yet.

        Args:
            links: find the holder.
            journal: what the holder keeps on disk; it is only read here.
            target: the server.
            read_only: whether everything that changes something is refused.
            clock: the seconds of the machine, which all its programs share.
        """
        self._links, self._journal, self._target = links, journal, target
        self._read_only, self._clock = read_only, clock
        self._sight = Sight(links, journal, target)
        self.is_closed = True
        """Whether nothing can begin: before the block is entered, and once it ends."""
        self._leases: set[Link] = set()

    async def __aenter__(self) -> Self:
        """Be ready for downloads, until the block is left."""
        self.is_closed = False
        return self

    async def __aexit__(self, *exception: object) -> None:
        """Give up all claims; what is kept goes on."""
        self.close()

    def close(self) -> None:
        """Give up all claims, which those who follow are told, and start nothing any more."""
        self.is_closed = True
        for lease in self._leases:
            lease.writer.close()

    @property
    def pulls(self) -> tuple[Pull, ...]:
        """Each download as it was last seen."""
        return self._sight.pulls

    @property
    def history(self) -> tuple[EndedPull, ...]:
        """Those that ended, the newest first."""
        return self._sight.history

    @property
    def caveat(self) -> str:
        """What ends them all the same, fit to be shown; empty if nothing is known to."""
        return self._sight.caveat

    @property
    def trouble(self) -> str:
        """Why what was seen may not be as it is; empty if it is."""
        return self._sight.trouble

    async def start(self, name: str, *, insecure: bool = False) -> Pull:
        """Pull a model when its turn comes, or join or resume its download; it is kept."""
        parse_name(name)
        self._refuse_if_closed()
        told = await self._change("start", name, insecure=insecure)
        return understood(pull_from_json, told.get("pull"))

    async def pause(self, name: str) -> None:
        """Close a download's stream until it is resumed."""
        # Without a holder nothing runs that could be paused.
        with suppress(Gone):
            await self._change("pause", name, starts=False)

    async def resume(self, name: str) -> None:
        """Go on with a download that is paused, unfinished or failed, when its turn comes."""
        await self._change_known("resume", name)

    async def cancel(self, name: str) -> None:
        """Close a download's stream, whoever wants it."""
        await self._change_known("cancel", name)

    async def forget(self, name: str) -> None:
        """Drop a download that has ended from the list."""
        await self._change_known("forget", name)

    async def renamed(self, name: str, new_name: str) -> None:
        """Let the history tell what a model is called since it was renamed."""
        # For what no history tells of, no holder is worth starting.
        record = await asyncio.to_thread(self._journal.read, self._target.server)
        known = (*self.history, *record.history)
        if any(one.renamed(name, new_name) != one for one in known):
            await self._change("renamed", name, new_name=new_name)

    async def watch(self) -> AsyncGenerator[tuple[Pull, ...], None]:
        """The downloads now, and again after each change; changes may be told as one."""
        seen: tuple[object, ...] = ()
        async with aclosing(self._sight.looks()) as looks:
            async for _ in looks:
                if (self.pulls, self.history, self.trouble) != seen:
                    seen = self.pulls, self.history, self.trouble
                    yield self.pulls

    async def follow(self, name: str) -> AsyncGenerator[Pull, None]:
        """One download now, and again after each change, until it has ended or is forgotten."""
        key, since = name_key(name), time.time()
        async with aclosing(self.watch()) as changes:
            async for _ in changes:
                pull = self._found(key, since)
                if pull is None:
                    return
                yield pull
                if pull.state.has_ended:
                    return

    async def lease(self, name: str, *, insecure: bool = False) -> AsyncGenerator[Pull, None]:
        """Want a model until the iterator is closed: its download now, and as it goes on."""
        parse_name(name)
        self._refuse_if_closed()
        self._refuse_if_read_only()
        last: Pull | None = None
        for _ in range(_TRIES):
            with suppress(Gone):
                async with aclosing(self._leased(name, insecure=insecure)) as pulls:
                    async for pull in pulls:
                        last = pull if last is None else pull.no_less_than(last)
                        yield last
            if last is not None and last.state.has_ended:
                return
            if self.is_closed:
                if last is not None:
                    yield last.cancelled(self._clock())
                return
        raise Interrupted("what held the download ended again and again", "Pull again.")

    async def _leased(self, name: str, *, insecure: bool) -> AsyncGenerator[Pull, None]:
        request = self._target.request("lease", name, insecure=insecure)
        async with self._links.opened(starts=True) as link:
            self._leases.add(link)
            try:
                async with aclosing(link.lines(request)) as lines:
                    async for told in lines:
                        if "end" in told:
                            return
                        yield understood(pull_from_json, told.get("ok"))
            finally:
                self._leases.discard(link)

    def _found(self, key: str, since: float) -> Pull | None:
        for pull in self.pulls:
            if name_key(pull.name) == key:
                return pull
        # Its end may have come while nobody was connected.
        for ended in self.history:
            if name_key(ended.name) == key and ended.ended_at >= since:
                return ended.pull(self._clock(), time.time())
        return None

    async def _change_known(self, deed: str, name: str) -> None:
        try:
            await self._change(deed, name, starts=False)
        except Gone:
            # Only for what is remembered a holder is worth starting.
            await self._sight.look_on_disk()
            if any(name_key(pull.name) == name_key(name) for pull in self.pulls):
                await self._change(deed, name)

    async def _change(self, deed: str, name: str, *, starts: bool = True, **more: object) -> Told:
        self._refuse_if_read_only()
        request = self._target.request(deed, name, **more)
        try:
            link, told = await self._links.ask(request, starts=starts)
        except Gone as error:
            if not starts:
                raise
            raise Interrupted("what holds downloads ended again and again", "") from error
        self._sight.take(link, told)
        self._sight.stir()
        return told

    def _refuse_if_closed(self) -> None:
        if self.is_closed:
            raise closed()

    def _refuse_if_read_only(self) -> None:
        if self._read_only:
            raise read_only_refusal()
