"""The current model: the user's own choice, kept on disk for each server."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from pathlib import Path

from ollama_tui.core.errors import StateUnwritable
from ollama_tui.core.files import locked, read_json, read_or_set_aside, stamp, write_atomically
from ollama_tui.core.library import Library
from ollama_tui.core.text import clean

_FORMAT = 1
_log = logging.getLogger(__name__)


class CurrentModel:
    """The chosen model of one server, shared by every program that reads the same file."""

    def __init__(self, path: Path, server: str, warn: Callable[[str], None] = _log.warning) -> None:
        """Keep the choice of the server with that key in that file.

        Args:
            path: `current.json` in the state folder; it need not exist.
            server: the key of `hosts.server_key`.
            warn: is told in words when the file is damaged and set aside.
        """
        self._path = path
        self._server = server
        self._warn = warn
        self._seen: tuple[int, ...] | None = None
        self._name: str | None = None
        self._reading = threading.Lock()

    def read(self) -> str | None:
        """The chosen name as it is on disk now; None before one was ever chosen."""
        with self._reading:
            now = stamp(self._path)
            if now is None:
                self._seen, self._name = None, None
            elif now != self._seen:
                self._seen = now
                try:
                    self._name = self._chosen(self._servers())
                except StateUnwritable as error:
                    self._warn(str(error))
                    self._name = None
            return self._name

    def choose(self, name: str, library: Library) -> str:
        """Make an installed model the current one and give its whole name.

        Raises:
            NoSuchModel: when it is not installed; the choice stays as it was.
            StateUnwritable: when the file cannot be written, or not be read, so that what
                other servers' choices are would be lost.
        """
        model = library.installed(name)
        with locked(self._path):
            servers = self._servers()
            servers[self._server] = {"model": model.name}
            text = json.dumps({"version": _FORMAT, "servers": servers}, indent=1)
            write_atomically(self._path, text + "\n")
        self._seen = None
        return model.name

    def _servers(self) -> dict[str, object]:
        advice = "choose the current model again"
        return read_or_set_aside(self._path, _servers_in, self._warn, advice)

    def _chosen(self, servers: dict[str, object]) -> str | None:
        entry = servers.get(self._server)
        name = entry.get("model") if isinstance(entry, dict) else None
        return clean(name) or None


def _servers_in(path: Path) -> dict[str, object]:
    content = read_json(path) or {}
    version = content.get("version", _FORMAT)
    if isinstance(version, int) and version > _FORMAT:
        raise StateUnwritable(f"{path} was written by a newer ollama-tui", "Update this one.")
    servers = content.get("servers", {})
    if not isinstance(servers, dict):
        raise ValueError("servers is not an object")
    return servers
