"""The routes behind a socket of this machine."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from fastapi import FastAPI

from ollama_tui.core.downloads import Downloads
from ollama_tui.core.service import OllamaService

BACKLOG = 2048
"""How many clients may wait to be accepted."""
_GRACE_SECONDS = 2
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
_TALKATIVE = ("uvicorn", "httpx")


class ModelServer(uvicorn.Server):
    """Serves until a signal ends it; whoever follows a download is told that it ends."""

    def __init__(self, app: FastAPI, service: OllamaService, downloads: Downloads) -> None:
        """Nothing is served yet.

        Args:
            app: what `create_app` gave.
            service: the same that it was given.
            downloads: likewise.
        """
        super().__init__(
            uvicorn.Config(
                app,
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=_GRACE_SECONDS,
                # asyncio tries so often to accept, and tells each failure, while all files that
                # a process may open are open.
                backlog=1,
            )
        )
        self._service, self._downloads = service, downloads
        self.ended_by: int | None = None
        """The first signal that ended it."""
        # What these tell at INFO, the routes tell better.
        logging.getLogger("httpcore").setLevel(logging.WARNING)
        if not logging.getLogger().isEnabledFor(logging.DEBUG):
            for name in _TALKATIVE:
                logging.getLogger(name).setLevel(logging.WARNING)

    def heed_signals(self) -> None:
        """End in good order at a signal from now on, and not only once uvicorn is ready."""
        loop = asyncio.get_running_loop()
        for name in _SIGNALS:
            if (number := getattr(signal, name, None)) is None:
                continue
            try:
                loop.add_signal_handler(number, self.handle_exit, number, None)
            except NotImplementedError:
                signal.signal(number, self.handle_exit)

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave the signals to `heed_signals`."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve; as many as ever may wait to be accepted."""
        await super().startup(sockets)
        for listening in sockets or ():
            listening.listen(BACKLOG)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the downloads and questions first: their clients would hold up the end."""
        self._downloads.close()
        await self._service.aclose()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop; unlike uvicorn, without raising the signal once more at the end."""
        self.ended_by = self.ended_by or sig
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True
