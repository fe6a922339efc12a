"""Downloads that run in this process, and end with it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import AsyncExitStack, aclosing, suppress
from typing import Protocol, Self

from ollama_tui.core.connection import Connection
from ollama_tui.core.download import Download, PullRequest
from ollama_tui.core.errors import Closed, InvalidInput, StateUnwritable
from ollama_tui.core.history import EndedPull
from ollama_tui.core.journal import HISTORY_LENGTH, Record, UnfinishedPull
from ollama_tui.core.names import ModelName, name_key, parse_name
from ollama_tui.core.pull_rules import PullRules
from ollama_tui.core.puller import Puller
from ollama_tui.core.pulls import Pull
from ollama_tui.core.registries import Registries, can_be_asked

_RULES = PullRules()
_log = logging.getLogger(__name__)
_LOOK_SECONDS = 1.0


class Memory(Protocol):
    """Keeps what must not be forgotten when this process ends."""

    def read(self) -> Record:
        """What was kept last."""

    def write(self, record: Record) -> None:
        """Keep that in its place.

        Raises:
            StateUnwritable: when that cannot be done.
        """


class LocalDownloads:
    """The downloads of one server, side by side."""

    outlive = False
    caveat = ""

    def __init__(
        self,
        connection: Connection,
        insecure_registries: Collection[str] = (),
        clock: Callable[[], float] = time.monotonic,
        registries: Registries | None = None,
        rules: PullRules = _RULES,
        memory: Memory | None = None,
        tell_end: Callable[[EndedPull], None] | None = None,
    ) -> None:
        """Nothing is started or imported yet; what is remembered waits to be resumed.

        Args:
            connection: the server.
            insecure_registries: hosts that are spoken to over plain HTTP, as Docker does it.
            clock: seconds that never go backwards.
            registries: are asked how large the whole model is; None: nobody is asked.
            rules: how many run side by side, but for those that are leased, and how patient
                they are.
            memory: what outlasts this process; None: nothing does.
            tell_end: is called, in a thread, when one that is kept has ended.
        """
        self._connection = connection
        self._insecure_registries = insecure_registries
        self._clock = clock
        self._asks_registries = registries is not None
        self._at_once = rules.at_once
        self._memory = memory
        self._writing = asyncio.Lock()
        self._tell_end = tell_end
        self.history: tuple[EndedPull, ...] = ()
        """Those that ended, the newest first."""
        self._puller = Puller(connection, registries, rules, clock)
        self._downloads: dict[str, Download] = {}
        self._held = AsyncExitStack()
        self._group: asyncio.TaskGroup | None = None
        self.is_closed = True
        """Whether nothing can begin: before the block is entered, and once it ends."""
        self._changed = asyncio.Event()
        self._recall()

    async def __aenter__(self) -> Self:
        """Be ready to start downloads, until the block is left."""
        self._group = await self._held.enter_async_context(asyncio.TaskGroup())
        self.is_closed = False
        return self

    async def __aexit__(self, *exception: object) -> None:
        """Cancel what still runs; the server keeps what arrived."""
        self.close()
        await self._held.aclose()
        await self._puller.aclose()

    def adopt(
        self, connection: Connection, insecure_registries: Collection[str], rules: PullRules
    ) -> None:
        """Reach the server so from the next try on, and go about it by these rules."""
        self._connection, self._at_once = connection, rules.at_once
        self._insecure_registries = insecure_registries
        self._puller.adopt(connection, rules)
        self._fill()

    def close(self) -> None:
        """Cancel what runs, which those who follow are told, and start nothing any more."""
        self.is_closed = True
        for download in self._downloads.values():
            download.end()

    @property
    def pulls(self) -> tuple[Pull, ...]:
        """Each download as it is now, in the order in which they were asked for."""
        return tuple(download.seen() for download in self._downloads.values())

    @property
    def are_busy(self) -> bool:
        """Whether any runs, or waits for its turn or its next try."""
        return any(download.pull.is_awaited for download in self._downloads.values())

    async def start(self, name: str, *, insecure: bool = False) -> Pull:
        """Pull a model when its turn comes, or join or resume its download; it is kept."""
        known = self._downloads.get(parse_name(name).key)
        if known is None or not (known.runs and known.is_kept):
            # Saved before anything is done: then a full disk is an error and nothing else.
            await self._save(UnfinishedPull(name.strip(), insecure))
        download = self._asked_for(name, insecure=insecure)
        download.is_kept = True
        was_held = download.pull.state.is_held
        self._queue(download)
        begun = download.pull
        if was_held:
            await self.remember()
        return begun

    async def pause(self, name: str) -> None:
        """Close a download's stream until it is resumed."""
        download = self._downloads.get(name_key(name))
        if download is not None and download.runs and not download.pull.state.is_held:
            await self._stop(download, download.pull.paused())
            await self.remember()

    async def resume(self, name: str) -> None:
        """Go on with a download that is paused or unfinished, when its turn comes."""
        download = self._downloads.get(name_key(name))
        if download is not None and download.pull.state.is_held:
            self._queue(download)
            await self.remember()

    async def cancel(self, name: str) -> None:
        """Close a download's stream, whoever wants it."""
        download = self._downloads.get(name_key(name))
        if download is not None and download.runs:
            try:
                await self._stop(download, download.pull.cancelled(self._clock()))
            finally:
                # It is cancelled even if this process is told to end meanwhile.
                await self._note_end(download)

    async def forget(self, name: str) -> None:
        """Drop a download that has ended from the list."""
        download = self._downloads.get(name_key(name))
        if download is not None and not download.runs:
            self._drop(download)
            await self.remember()

    async def remember(self) -> None:
        """Keep how far all are; where that cannot be done, it is logged and tried next time."""
        try:
            await self._save()
        except StateUnwritable as error:
            _log.error("%s", error)

    async def watch(self) -> AsyncGenerator[tuple[Pull, ...], None]:
        """The downloads now, and again after each change; changes may be told as one."""
        while True:
            before = self.pulls, self.history
            yield before[0]
            while (self.pulls, self.history) == before:
                await self.next_look()

    async def follow(self, name: str) -> AsyncGenerator[Pull, None]:
        """One download now, and again after each change, until it has ended or is forgotten."""
        key = name_key(name)
        async with aclosing(self.watch()) as changes:
            async for _ in changes:
                if key not in self._downloads:
                    return
                pull = self._downloads[key].seen()
                yield pull
                if pull.state.has_ended:
                    return

    async def next_look(self) -> None:
        """Wait until something may have changed, a second at most."""
        # A stream that falls silent tells nothing; that it stalls is seen by the clock.
        # Before Python 3.12 `wait_for` loses a cancellation that meets a change.
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_SECONDS):
                await self._changed.wait()

    async def lease(self, name: str, *, insecure: bool = False) -> AsyncGenerator[Pull, None]:
        """Want a model until the iterator is closed: its download now, and as it goes on.

        It is told at least once a second, until it has ended. With its last lease a download
        ends, unless it is kept.

        Raises:
            InvalidInput: when the server would refuse the name; nothing is sent.
            Closed: when the block was not entered, or ends.
        """
        download = self._asked_for(name, insecure=insecure)
        download.leases += 1
        if not download.pull.state.is_active:
            self._launch(download)
        try:
            while True:
                pull = download.seen()
                yield pull
                if pull.state.has_ended:
                    return
                if pull == download.seen():
                    await self.next_look()
        finally:
            # A claim is given up by whoever is being cancelled, so nothing may be waited for.
            download.leases -= 1
            if not download.is_wanted:
                download.end()
                self._drop(download)
                self._fill()

    def _asked_for(self, name: str, *, insecure: bool) -> Download:
        parsed = parse_name(name)
        known = self._downloads.get(parsed.key)
        if known is not None and known.runs:
            return known
        if self.is_closed:
            raise Closed("no download can begin: the program ends, or never got ready for them")
        download = self._new(parsed, name.strip(), insecure=insecure)
        self._downloads.pop(parsed.key, None)
        self._downloads[parsed.key] = download
        self._tell()
        return download

    def _new(self, parsed: ModelName, name: str, *, insecure: bool) -> Download:
        insecure = insecure or parsed.is_plain_http(self._insecure_registries)
        is_sized = self._asks_registries and can_be_asked(parsed, self._connection.url)
        asked = PullRequest(name, insecure, is_sized)
        return Download(parsed, asked, self._clock, self._tell)

    def _queue(self, download: Download) -> None:
        if download.pull.state.is_held:
            download.become(download.pull.waiting())
        self._fill()

    def _fill(self) -> None:
        active = sum(download.pull.state.is_active for download in self._downloads.values())
        waiting = [download for download in self._downloads.values() if download.waits]
        leased = [download for download in waiting if download.leases]
        queue = [download for download in waiting if not download.leases]
        room = max(0, self._at_once - active - len(leased))
        for download in (*leased, *queue[:room]):
            self._launch(download)

    def _launch(self, download: Download) -> None:
        if self._group is not None and not self.is_closed:
            download.become(download.pull.begun(self._clock()))
            download.task = self._group.create_task(self._run(download))

    async def _stop(self, download: Download, pull: Pull) -> None:
        download.stop(pull)
        try:
            if download.task is not None:
                await asyncio.wait([download.task])
        finally:
            self._fill()

    async def _run(self, download: Download) -> None:
        try:
            await self._puller.pull(download)
        except Exception:  # noqa: BLE001 - a fault in one download must not end the others.
            _log.exception("download of %s", download.name)
            words = "this download met a fault of ollama-tui itself; its log tells more"
            download.become(download.pull.failed(words, self._clock()))
        self._fill()
        await self._note_end(download)

    async def _note_end(self, download: Download) -> None:
        if self.is_closed or download.runs or not download.is_kept:
            return
        ended = EndedPull.of(download.pull, self._clock(), time.time())
        self.history = (ended, *self.history)[:HISTORY_LENGTH]
        self._tell()
        await self.remember()
        if self._tell_end is not None:
            await asyncio.to_thread(self._tell_end, ended)

    def _recall(self) -> None:
        record = Record() if self._memory is None else self._memory.read()
        self.history = record.history
        for one in record.unfinished:
            with suppress(InvalidInput):
                parsed = parse_name(one.name)
                download = self._new(parsed, one.name, insecure=one.insecure)
                download.is_kept = True
                download.pull = one.pull(str(parsed), self._clock())
                self._downloads[parsed.key] = download

    async def _save(self, asked: UnfinishedPull | None = None) -> None:
        # What the end of the program cancels was not cancelled by anybody: it is unfinished.
        if self._memory is None or self.is_closed:
            return
        async with self._writing:
            await asyncio.to_thread(self._memory.write, self._record(asked))

    def _record(self, asked: UnfinishedPull | None) -> Record:
        kept = {
            key: UnfinishedPull.of(download.asked.name, download.asked.insecure, download.pull)
            for key, download in self._downloads.items()
            if download.is_kept and download.is_unfinished
        }
        if asked is not None:
            kept[name_key(asked.name)] = asked
        return Record(tuple(kept.values()), self.history)

    def _drop(self, download: Download) -> None:
        key = download.name.key
        # A later download of the same name is another one.
        if self._downloads.get(key) is download:
            del self._downloads[key]
            self._tell()

    def _tell(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
