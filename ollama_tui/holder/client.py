"""Downloads that the holder runs, so that they go on when this program ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from typing import Self

from ollama_tui.core.connection import read_only_refusal
from ollama_tui.core.downloads import closed
from ollama_tui.core.errors import Interrupted, InvalidInput, OllamaTuiError
from ollama_tui.core.history import EndedPull
from ollama_tui.core.journal import Journal, UnfinishedPull
from ollama_tui.core.names import name_key, parse_name
from ollama_tui.core.pulls import Pull
from ollama_tui.holder.link import Gone, Link, Links, Signs, Told
from ollama_tui.holder.logout import Logout
from ollama_tui.holder.protocol import Snapshot, Target, pull_from_json, understood

_LOOK_SECONDS = 0.5
_RESTS = 10
"""So often in a row two files are looked at, where no holder is, before one is sought again."""
_TRIES = 6
_NEVER = (0, 0)
"""What was seen last, before anything was."""


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
        self.pulls: tuple[Pull, ...] = ()
        """Each download as it was last seen."""
        self.history: tuple[EndedPull, ...] = ()
        """Those that ended, the newest first."""
        self.caveat = ""
        """What ends them all the same, fit to be shown; empty if nothing is known to."""
        self.trouble = ""
        """Why what was seen may not be as it is; empty if it is."""
        self.is_closed = True
        """Whether nothing can begin: before the block is entered, and once it ends."""
        self._newest = _NEVER
        self._stirred = asyncio.Event()
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
        async with aclosing(self._looks()) as looks:
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
        request = self._request("lease", name, insecure=insecure)
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

    async def _looks(self) -> AsyncGenerator[None, None]:
        while True:
            rests, signs = 1, self._links.signs()
            try:
                async with aclosing(self._watched()) as looks:
                    async for _ in looks:
                        yield
            except Gone:
                await self._look_on_disk()
                # The next holder counts anew, and may have the number of this process.
                self.trouble, self._newest = "", _NEVER
                rests = _RESTS
                yield
            except OllamaTuiError as error:
                # It hangs or is another version's: what was seen last is all that is known.
                self.trouble = str(error)
                if self._newest == _NEVER:
                    await self._look_on_disk()
                yield
            await self._rest(rests, signs)

    async def _rest(self, rests: int, signs: Signs) -> None:
        """Wait until something was asked of the holder, there are other signs, or it is time."""
        for _ in range(rests):
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._stirred.wait()
            if self._stirred.is_set() or self._links.signs() != signs:
                break
        self._stirred.clear()

    async def _watched(self) -> AsyncGenerator[None, None]:
        async with (
            self._links.opened(starts=False) as link,
            aclosing(link.lines(self._request("watch"))) as lines,
        ):
            async for told in lines:
                self._take(link, told)
                yield
        raise Gone

    async def _look_on_disk(self) -> None:
        record = await asyncio.to_thread(self._journal.read, self._target.server)
        before = {name_key(pull.name): pull for pull in self.pulls}
        pulls = tuple(filter(None, map(self._remembered, record.unfinished)))
        self.pulls = tuple(
            pull.no_less_than(before[name_key(pull.name)])
            if name_key(pull.name) in before
            else pull
            for pull in pulls
        )
        self.history = record.history

    def _remembered(self, one: UnfinishedPull) -> Pull | None:
        try:
            return one.pull(str(parse_name(one.name)), 0.0)
        except InvalidInput:
            return None

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
            await self._look_on_disk()
            if any(name_key(pull.name) == name_key(name) for pull in self.pulls):
                await self._change(deed, name)

    async def _change(self, deed: str, name: str, *, starts: bool = True, **more: object) -> Told:
        self._refuse_if_read_only()
        request = self._request(deed, name, **more)
        try:
            link, told = await self._links.ask(request, starts=starts)
        except Gone as error:
            if not starts:
                raise
            raise Interrupted("what holds downloads ended again and again", "") from error
        self._take(link, told)
        self._stirred.set()
        return told

    def _take(self, link: Link, told: Told) -> None:
        snapshot = understood(Snapshot.from_json, told.get("ok"))
        pid, number = self._newest
        # Answers and watches come over connections of their own, so one may overtake the other.
        if link.pid == pid and snapshot.number <= number:
            return
        self._newest, self.trouble = (link.pid, snapshot.number), ""
        self.pulls = snapshot.pulls
        if snapshot.history is not None:
            self.history = snapshot.history
        self.caveat = "" if link.outlives_logout else Logout.ENDS.words

    def _request(self, deed: str, name: str = "", **more: object) -> Told:
        return {"do": deed, "server": self._target.to_json(), "name": name, **more}

    def _refuse_if_closed(self) -> None:
        if self.is_closed:
            raise closed()

    def _refuse_if_read_only(self) -> None:
        if self._read_only:
            raise read_only_refusal()
