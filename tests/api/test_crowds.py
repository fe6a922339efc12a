"""More clients than there may be open files."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from pathlib import Path

from ollama_tui.api import create_app
from ollama_tui.api.server import ModelServer
from ollama_tui.core.connection import Connection
from tests.api.serving import become_true, parts


class Full(socket.socket):
    """Listens for a process that has as many files open as it may."""

    tries = 0

    def accept(self) -> tuple[socket.socket, object]:
        self.tries += 1
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


async def test_one_that_cannot_be_let_in_is_not_told_thousands_of_times(
    url: str, folder: Path
) -> None:
    service, current, downloads = parts(Connection(url), folder)
    server = ModelServer(create_app(service, current, downloads), service, downloads)
    with Full() as listener, socket.socket() as client:
        listener.bind(("127.0.0.1", 0))
        serving = asyncio.create_task(server.serve([listener]))
        await become_true(lambda: server.started)

        client.connect(listener.getsockname())
        await become_true(lambda: listener.tries > 0)

        # Once a second, by asyncio.
        assert listener.tries < 100
        server.should_exit = True
        await serving
