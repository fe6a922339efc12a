"""A server whose models take long to arrive, in a process of its own; it tells of each pull.

`python -m benchmarks.pull_server COUNT` prints its address, and then a line for each request.
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Thread
from time import perf_counter
from typing import IO

from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.listener import listen
from ollama_tui.demo.manifests import manifest
from ollama_tui.demo.registry import Registry
from ollama_tui.demo.registry_routes import registry_answer
from ollama_tui.demo.synthetic import synthetic_emulator
from ollama_tui.demo.wire import Answer, Request

_INSTALLED = 20
_SIZE = 75 * 10**9
_RATE = 84e6
"""Bytes a second of each download: it outlasts what is measured."""


@dataclass(frozen=True, slots=True)
class PullServer:
    """A server that runs, and the registry at the same address."""

    url: str
    names: tuple[str, ...]
    """The models that can be pulled."""
    pulled_at: dict[str, float] = field(default_factory=dict)
    """When it got the request for each, by `time.perf_counter`, one clock for all processes."""


@contextmanager
def pull_server(models: int) -> Iterator[PullServer]:
    """A server from which so many models can be pulled, for as long as it is needed."""
    command = [sys.executable, "-m", "benchmarks.pull_server", str(models)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None:
                raise RuntimeError("the server has no output")
            url, names = process.stdout.readline().strip(), process.stdout.readline().split()
            server = PullServer(url, tuple(names))
            Thread(target=_note, args=(process.stdout, server.pulled_at), daemon=True).start()
            yield server
        finally:
            process.terminate()


def _note(told: IO[str], pulled_at: dict[str, float]) -> None:
    for line in told:
        moment, name = line.split()
        pulled_at.setdefault(name, float(moment))


class _Slow(Emulator):
    """Says when it is asked for a pull, and answers for its registry."""

    async def answer(self, request: Request) -> Answer:
        """Answer as a server does, or as its registry."""
        if request.path == "/api/pull":
            print(perf_counter(), json.loads(request.body)["model"], flush=True)
        host = request.headers.get("host", "")
        return registry_answer(self.registry, host, request) or await super().answer(request)


async def _serve(models: int) -> None:
    port = _free_port()
    # A name with this host makes whoever looks ahead ask here, and over plain HTTP.
    names = [f"127.0.0.1:{port}/library/large-{number}:70b" for number in range(models)]
    registry = Registry({name: manifest(name, _SIZE) for name in names}, rate=_RATE)
    emulator = _Slow(synthetic_emulator(_INSTALLED).store.models, registry)
    async with listen(emulator, port) as url:
        print(url, " ".join(names), sep="\n", flush=True)
        await asyncio.Event().wait()


def _free_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(int(sys.argv[1])))
