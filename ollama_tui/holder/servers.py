"""The downloads of every server that somebody has asked about, run in the holder."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import Self

from ollama_tui.core.connection import Connection
from ollama_tui.core.end_command import run_end_command
from ollama_tui.core.history import EndedPull
from ollama_tui.core.hosts import without_secrets
from ollama_tui.core.journal import Journal, Record
from ollama_tui.core.local_downloads import LocalDownloads
from ollama_tui.core.pull_rules import PullRules
from ollama_tui.core.registries import Registries
from ollama_tui.holder.protocol import Target

PACE_SECONDS = 0.5
_ENDED_SECONDS = 60.0
"""How long one that arrived or was cancelled stays in the list, for those who follow it."""


class _Memory:
    """A server's part of the journal."""

    def __init__(self, journal: Journal, server: str) -> None:
        self._journal, self._server = journal, server

    def read(self) -> Record:
        return self._journal.read(self._server)

    def write(self, record: Record) -> None:
        self._journal.write(self._server, record)


class Servers:
    """The downloads of each server."""

    def __init__(self, journal: Journal) -> None:
        """Nothing is read yet.

        Args:
            journal: what outlasts the holder.
        """
        self._journal = journal
        self._group = asyncio.TaskGroup()
        self._ending = asyncio.Event()
        self._targets: dict[str, Target] = {}
        self._downloads: dict[str, asyncio.Future[LocalDownloads]] = {}

    async def __aenter__(self) -> Self:
        """Be ready for downloads, until the block is left."""
        await self._group.__aenter__()
        return self

    async def __aexit__(self, *exception: object) -> None:
        """Note how far all are, and let the servers go, which keep what arrived."""
        await self.remember()
        self._ending.set()
        await self._group.__aexit__(None, None, None)

    @property
    def are_busy(self) -> bool:
        """Whether any download runs, or waits for its turn or its next try."""
        return any(downloads.are_busy for downloads in self._ready())

    async def of(self, target: Target, *, adopts: bool) -> LocalDownloads:
        """The downloads of a server.

        Args:
            target: the server, and how whoever asks would go about it.
            adopts: whether they go about it so from now on; who only looks changes nothing.
        """
        before = self._targets.get(target.server)
        if before is None or adopts:
            self._targets[target.server] = target
        if before is None:
            ready = asyncio.get_running_loop().create_future()
            self._downloads[target.server] = ready
            self._group.create_task(self._keep(target, ready))
        downloads = await asyncio.shield(self._downloads[target.server])
        if adopts and before is not None and before != target:
            downloads.adopt(_connection(target), target.insecure_registries, _rules(target))
        return downloads

    async def remember(self) -> None:
        """Note how far all are."""
        for downloads in self._ready():
            await downloads.remember()

    async def forget_ended(self) -> None:
        """Drop those that arrived or were cancelled a while ago."""
        for downloads in self._ready():
            for pull in downloads.pulls:
                if pull.state.is_over and time.monotonic() - (pull.ended or 0.0) > _ENDED_SECONDS:
                    await downloads.forget(pull.name)

    def _ready(self) -> list[LocalDownloads]:
        return [ready.result() for ready in self._downloads.values() if ready.done()]

    async def _keep(self, target: Target, ready: asyncio.Future[LocalDownloads]) -> None:
        async with LocalDownloads(
            _connection(target),
            target.insecure_registries,
            # The seconds of the machine, which all its programs share.
            time.monotonic,
            Registries() if target.preflight else None,
            _rules(target),
            _Memory(self._journal, target.server),
            partial(self._tell_end, target.server),
        ) as downloads:
            ready.set_result(downloads)
            await self._ending.wait()

    def _tell_end(self, server: str, ended: EndedPull) -> None:
        target = self._targets[server]
        if target.on_end:
            run_end_command(target.on_end, ended, without_secrets(target.url))


def _connection(target: Target) -> Connection:
    return Connection(target.url, key=target.key)


def _rules(target: Target) -> PullRules:
    return PullRules(target.parallel_downloads, target.stall_seconds, pace_seconds=PACE_SECONDS)
