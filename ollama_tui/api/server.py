"""The routes behind a socket of this machine."""

from __future__ import annotations

import logging
import signal
import socket
from types import FrameType

import uvicorn
from fastapi import FastAPI

from ollama_tui.core.downloads import Downloads

_GRACE_SECONDS = 2
_TALKATIVE = ("uvicorn", "httpx")


class ModelServer(uvicorn.Server):
    """Serves until SIGINT or SIGTERM; whoever follows a download is told that it ends."""

    def __init__(self, app: FastAPI, downloads: Downloads) -> None:
        """Nothing is served yet.

        Args:
            app: what `create_app` gave.
            downloads: the same that it was given.
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
            )
        )
        self._downloads = downloads
        self.is_terminated = False
        """Whether SIGTERM ended it."""
        # What these tell at INFO, the routes tell better.
        logging.getLogger("httpcore").setLevel(logging.WARNING)
        if not logging.getLogger().isEnabledFor(logging.DEBUG):
            for name in _TALKATIVE:
                logging.getLogger(name).setLevel(logging.WARNING)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the downloads first: their clients would hold up the end for ever."""
        self._downloads.close()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop; unlike uvicorn, without raising the signal once more at the end."""
        self.is_terminated = self.is_terminated or sig == signal.SIGTERM
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True
