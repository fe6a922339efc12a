"""A `serve` that runs as a process of its own."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from tests.forking import Piped

TOKEN = "s3cr3t-of-this-box"


@dataclass(frozen=True, slots=True)
class Served:
    """A server that listens."""

    process: Piped
    said: dict[str, object]
    """What it printed."""
    client: httpx.Client

    def ended_by(self, number: signal.Signals) -> tuple[int, str]:
        """End it: its exit code, and all that it wrote to stderr."""
        self.process.send_signal(number)
        out, err = self.process.communicate()
        assert out == ""
        return self.process.wait(), err


@contextmanager
def serving(*arguments: str) -> Iterator[Served]:
    """A server on a free port, once it answers."""
    with Piped(*arguments, "--port", "0", "--json") as process:
        said = json.loads(process.stdout.readline())
        url = said["url"].replace("0.0.0.0", "127.0.0.1")
        with httpx.Client(base_url=url, timeout=30, verify=False) as client:
            # The socket is there before anybody answers.
            client.get("/api/models/alive")
            yield Served(process, said, client)
