"""JSON files that hold an object for each server, shared by every program of the user's."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

from ollama_tui.core.errors import StateUnwritable
from ollama_tui.core.files import (
    JsonObject,
    read_json,
    read_or_set_aside,
    stamp,
    write_atomically,
)
from ollama_tui.core.locks import locked

FORMAT = 1
"""What is written, and the newest that can be read."""


class ServerFile:
    """The entry of one server in such a file."""

    def __init__(self, path: Path, server: str, warn: Callable[[str], None], advice: str) -> None:
        """Keep the entry of the server with that key in that file.

        Args:
            path: the file, which need not exist.
            server: the key of `hosts.server_key`.
            warn: is told in words when the file is damaged and set aside, or cannot be read.
            advice: what the user has to do again then, the end of that sentence.
        """
        self._path, self._server = path, server
        self._warn, self._advice = warn, advice
        self._seen: tuple[int, ...] | None = None
        self._entry: JsonObject = {}
        self._reading = threading.Lock()

    def read(self) -> JsonObject:
        """The entry as it is on disk now; the very same as long as the file is."""
        with self._reading:
            now = stamp(self._path)
            if now is None:
                self._seen, self._entry = None, {}
            elif now != self._seen:
                self._seen, self._entry = now, self._read()
            return self._entry

    def change(self, change: Callable[[JsonObject], JsonObject]) -> JsonObject:
        """Change the entry on disk, of which nothing is written if it stays as it is.

        Raises:
            StateUnwritable: when the file cannot be written, or not be read, so that what it
                holds of other servers would be lost.
        """
        with locked(self._path):
            servers = self._servers()
            before = _entry_of(servers, self._server)
            after = change(before)
            if after != before:
                content = {"version": FORMAT, "servers": {**servers, self._server: after}}
                write_atomically(self._path, json.dumps(content, indent=1) + "\n")
        self._seen = None
        return after

    def _read(self) -> JsonObject:
        try:
            return _entry_of(self._servers(), self._server)
        except StateUnwritable as error:
            self._warn(str(error))
            return {}

    def _servers(self) -> JsonObject:
        return read_or_set_aside(self._path, servers_in, self._warn, self._advice)


def _entry_of(servers: JsonObject, server: str) -> JsonObject:
    entry = servers.get(server)
    return entry if isinstance(entry, dict) else {}


def servers_in(path: Path) -> JsonObject:
    """The entries of a file, by the keys of their servers; none where there is no file.

    Raises:
        OSError: when it cannot be read.
        ValueError: when it is damaged.
        StateUnwritable: when a newer program wrote it.
    """
    content = read_json(path) or {}
    version = content.get("version", FORMAT)
    if type(version) is not int:
        raise ValueError("version is not a number")
    if version > FORMAT:
        raise StateUnwritable(f"{path} was written by a newer ollama-tui", "Update this one.")
    servers = content.get("servers", {})
    if not isinstance(servers, dict):
        raise ValueError("servers is not an object")
    return servers
