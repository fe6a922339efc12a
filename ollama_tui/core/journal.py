"""What was asked for and has not arrived, and what has ended: kept on disk for each server."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from ollama_tui.core.damaged import read_or_set_aside
from ollama_tui.core.errors import NoSpace, OllamaTuiError, StateUnwritable
from ollama_tui.core.files import remove_fragments, stamp, write_atomically
from ollama_tui.core.history import EndedPull
from ollama_tui.core.layers import kept_digests
from ollama_tui.core.pulls import Pull, PullState
from ollama_tui.core.server_file import FORMAT, servers_in
from ollama_tui.core.text import clean

HISTORY_LENGTH = 50
_MOST_BYTES = 2**60
_MOST_SECONDS = 1e9
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class UnfinishedPull:
    """A download that was asked for and has not arrived."""

    name: str
    """As the user wrote it."""
    insecure: bool = False
    """Whether the registry is spoken to over plain HTTP."""
    state: PullState = PullState.UNFINISHED
    """Paused or failed; unfinished for all that ran or waited."""
    completed: int = 0
    """Bytes that were here when this was written."""
    total: int = 0
    failure: str = ""
    """Why it failed, fit to be shown; empty if it did not."""
    lacked_space: bool = False
    """Whether it failed because the server's disk was full."""
    digests: tuple[str, ...] = ()
    """Of its largest layers, as far as they were known."""
    fetched: int = 0
    """Bytes that arrived since it was asked for."""
    seconds: float = 0.0
    """Seconds from its start until the last of them arrived."""

    @classmethod
    def of(cls, asked: str, insecure: bool, pull: Pull) -> UnfinishedPull:
        """What is kept of a download that has not arrived.

        Args:
            asked: its name as the user wrote it.
            insecure: whether the registry is spoken to over plain HTTP.
            pull: how far it is.
        """
        stays = pull.state in (PullState.PAUSED, PullState.FAILED)
        state = pull.state if stays else PullState.UNFINISHED
        lacked_space = issubclass(pull.failure_kind, NoSpace)
        return cls(
            asked,
            insecure,
            state,
            pull.completed,
            pull.total,
            pull.failure,
            lacked_space,
            pull.digests,
            pull.fetched,
            max(0.0, pull.grew - pull.started) if pull.fetched else 0.0,
        )

    @classmethod
    def from_json(cls, found: object) -> UnfinishedPull | None:
        """The download that a file tells of; None if it cannot be read."""
        if not isinstance(found, dict) or not (name := clean(found.get("name"))):
            return None
        state = found.get("state")
        known = {one.value: one for one in (PullState.PAUSED, PullState.FAILED)}
        total = _bytes(found.get("total"))
        return cls(
            name,
            found.get("insecure") is True,
            known.get(state if isinstance(state, str) else "", PullState.UNFINISHED),
            min(_bytes(found.get("completed")), total),
            total,
            clean(found.get("failure")),
            found.get("lacked_space") is True,
            kept_digests(found.get("digests")),
            _bytes(found.get("fetched")),
            _seconds(found.get("seconds")),
        )

    def to_json(self) -> dict[str, object]:
        """What `from_json` reads again."""
        return {**asdict(self), "state": self.state.value}

    def pull(self, name: str, now: float) -> Pull:
        """The download as it is shown until it is resumed.

        Args:
            name: its whole name.
            now: seconds on the downloads' clock.
        """
        return Pull(
            name,
            now - self.seconds,
            self.state,
            completed=self.completed,
            total=self.total,
            fetched=self.fetched,
            grew=now,
            share=min(self.completed / self.total, 0.999) if self.total else None,
            failure=self.failure,
            failure_kind=NoSpace if self.lacked_space else OllamaTuiError,
            digests=self.digests,
            is_found=self.total > 0,
            ended=now if self.state is PullState.FAILED else None,
        )


@dataclass(frozen=True, slots=True)
class Record:
    """The downloads of one server, as they are kept."""

    unfinished: tuple[UnfinishedPull, ...] = ()
    """In the order in which they were asked for."""
    history: tuple[EndedPull, ...] = ()
    """The newest first."""

    @classmethod
    def from_json(cls, found: object) -> Record:
        """The record in a file; what cannot be read in it is left out."""
        content = found if isinstance(found, dict) else {}
        unfinished = map(UnfinishedPull.from_json, _entries(content, "unfinished"))
        history = map(EndedPull.from_json, _entries(content, "history")[:HISTORY_LENGTH])
        return cls(tuple(filter(None, unfinished)), tuple(filter(None, history)))

    def to_json(self) -> dict[str, object]:
        """What `from_json` reads again."""
        return {
            "unfinished": [one.to_json() for one in self.unfinished],
            "history": [one.to_json() for one in self.history],
        }


class Journal:
    """The file of this machine's downloads; one program at a time writes it."""

    def __init__(self, path: Path, warn: Callable[[str], None] = _log.warning) -> None:
        """Keep the downloads in that file, which need not exist.

        Args:
            path: `downloads-MACHINE.json` in the state folder.
            warn: is told in words when the file is damaged and set aside.
        """
        self._path = path
        self._warn = warn
        self._servers: dict[str, object] | None = None
        self._seen: tuple[tuple[str, tuple[int, ...] | None], Record] = ("", None), Record()
        self._changing = threading.Lock()

    def read(self, server: str) -> Record:
        """The record of a server as it is on disk now; an empty one if it cannot be read."""
        # Whoever waits for a holder reads twice a second what seldom changes.
        now = server, stamp(self._path)
        seen, record = self._seen
        if now != seen:
            record = self._read(server)
            self._seen = now, record
        return record

    def _read(self, server: str) -> Record:
        try:
            return Record.from_json(servers_in(self._path).get(server))
        except (OSError, ValueError, StateUnwritable):
            return Record()

    def write(self, server: str, record: Record) -> None:
        """Keep the record of a server.

        Raises:
            StateUnwritable: when the file cannot be written; what it holds stays as it was.
        """
        with self._changing:
            if self._servers is None:
                # The one holder of the machine is the only writer.
                remove_fragments(self._path)
                self._servers = self._loaded()
            servers = {**self._servers, server: record.to_json()}
            text = json.dumps({"version": FORMAT, "servers": servers}, indent=1)
            write_atomically(self._path, text + "\n")
            self._servers = servers

    def _loaded(self) -> dict[str, object]:
        advice = "what was unfinished has to be asked again"
        return read_or_set_aside(self._path, servers_in, self._warn, advice)


def _entries(content: dict[str, object], key: str) -> list[object]:
    entries = content.get(key)
    return entries if isinstance(entries, list) else []


def _bytes(found: object) -> int:
    return found if type(found) is int and 0 <= found < _MOST_BYTES else 0


def _seconds(found: object) -> float:
    if isinstance(found, bool) or not isinstance(found, int | float):
        return 0.0
    return float(found) if 0 <= found < _MOST_SECONDS else 0.0
