"""What is seen of the holder's downloads: over a connection, or on disk without a holder."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

from ollama_tui.core.errors import InvalidInput, OllamaTuiError
from ollama_tui.core.history import EndedPull
from ollama_tui.core.journal import Journal, UnfinishedPull
from ollama_tui.core.names import name_key, parse_name
from ollama_tui.core.pulls import Pull
from ollama_tui.holder.link import Gone, Link, Links, Signs, Told
from ollama_tui.holder.logout import Logout
from ollama_tui.holder.protocol import Snapshot, Target, understood

_LOOK_SECONDS = 0.5
_RESTS = 10
"""So often in a row two files are looked at, where no holder is, before one is sought again."""
_NEVER = (0, 0)
"""What was seen last, before anything was."""


class Sight:
    """The downloads of one server as they were last seen."""

    def __init__(self, links: Links, journal: Journal, target: Target) -> None:
        """See nothing yet.

        Args:
            links: find the holder.
            journal: what the holder keeps on disk; it is only read here.
            target: the server.
        """
        self._links, self._journal, self._target = links, journal, target
        self.pulls: tuple[Pull, ...] = ()
        self.history: tuple[EndedPull, ...] = ()
        """Those that ended, the newest first."""
        self.caveat = ""
        """What ends them all the same, fit to be shown; empty if nothing is known to."""
        self.trouble = ""
        """Why what was seen may not be as it is; empty if it is."""
        self._newest = _NEVER
        self._stirred = asyncio.Event()

    def stir(self) -> None:
        """Look again at once: something was asked of the holder."""
        self._stirred.set()

    async def looks(self) -> AsyncGenerator[None, None]:
        """Look again and again, and give a sign after each look."""
        while True:
            rests, signs = 1, self._links.signs()
            try:
                async with aclosing(self._watched()) as looks:
                    async for _ in looks:
                        yield
            except Gone:
                await self.look_on_disk()
                # The next holder counts anew, and may have the number of this process.
                self.trouble, self._newest = "", _NEVER
                rests = _RESTS
                yield
            except OllamaTuiError as error:
                # It hangs or is another version's: what was seen last is all that is known.
                self.trouble = str(error)
                if self._newest == _NEVER:
                    await self.look_on_disk()
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
            aclosing(link.lines(self._target.request("watch"))) as lines,
        ):
            async for told in lines:
                self.take(link, told)
                yield
        raise Gone

    async def look_on_disk(self) -> None:
        """See what is remembered, as there is no holder to ask."""
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

    def take(self, link: Link, told: Told) -> None:
        """See what an answer tells, unless a later one came before it."""
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
