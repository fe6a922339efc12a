"""What goes over the holder's socket: a line of JSON each way.

The holder greets with `{"protocol", "version", "pid", "outlives_logout"}`. A request is
`{"do", "server", …}`; its answer is `{"ok": …}` or `{"error": …}`. `watch` and `lease` are
answered with a line, and with one more, when something has changed, at each line that the client
sends, until the connection is closed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import TypeVar

from ollama_tui.core import errors
from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.history import EndedPull
from ollama_tui.core.pulls import Pull, PullState

PROTOCOL = 1
WISH = b"\n"
"""Asks for one more line of a stream."""
LONGEST_LINE = 64 * 2**20
"""Bytes; thousands of downloads."""
HEARTBEAT_SECONDS = 5.0
"""A stream that says nothing for much longer comes from a holder that hangs."""

Told = TypeVar("Told")

_ERRORS = {
    kind.__name__: kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, OllamaTuiError)
}
_TOLD = tuple(name for name in Pull.__dataclass_fields__ if name not in ("layers", "manifest"))
_STATES = {state.value: state for state in PullState}


@dataclass(frozen=True, slots=True)
class Target:
    """A server, and how its downloads go about it; it travels with each request.

    Its address and its key may be secrets: they are never written down.
    """

    url: str = field(repr=False)
    server: str
    """What the program's files call it (`hosts.server_key`)."""
    key: str = field(default="", repr=False)
    """Sent as a bearer token; empty for none."""
    insecure_registries: tuple[str, ...] = ()
    parallel_downloads: int = 2
    stall_seconds: float = 22
    preflight: bool = True
    """Whether registries are asked how large a model is."""
    on_end: tuple[str, ...] = ()
    """The command that is run when a download ends; empty for none."""

    def to_json(self) -> dict[str, object]:
        """What `from_json` reads again."""
        return asdict(self)

    def request(self, deed: str, name: str = "", **more: object) -> dict[str, object]:
        """What asks the holder to do something with a download of this server."""
        return {"do": deed, "server": self.to_json(), "name": name, **more}

    @classmethod
    def from_json(cls, found: dict[str, object]) -> Target:
        """The server that a request names.

        Raises:
            ValueError: when it names none; TypeError likewise.
        """
        known = {key: found[key] for key in cls.__dataclass_fields__ if key in found}
        for key in ("insecure_registries", "on_end"):
            known[key] = tuple(str(one) for one in _listed(known.get(key, ())))
        target = cls(**known)  # type: ignore[arg-type]
        texts = (target.url, target.server, target.key)
        at_once, seconds = target.parallel_downloads, target.stall_seconds
        are_numbers = isinstance(at_once, int) and isinstance(seconds, int | float)
        if not all(isinstance(text, str) for text in texts) or not are_numbers:
            raise TypeError("no such server")
        if not (at_once > 0 and seconds > 0):
            raise ValueError("no such server")
        return target


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The downloads of a server at one moment."""

    number: int
    """Later snapshots of one holder have higher ones."""
    pulls: tuple[Pull, ...]
    history: tuple[EndedPull, ...] | None = None
    """None if it is as it was in the snapshot before."""

    def to_json(self) -> dict[str, object]:
        """What `from_json` reads again."""
        history = None if self.history is None else [one.to_json() for one in self.history]
        pulls = [pull_to_json(pull) for pull in self.pulls]
        return {"number": self.number, "pulls": pulls, "history": history}

    @classmethod
    def from_json(cls, found: object) -> Snapshot:
        """The snapshot in an answer.

        Raises:
            ValueError: when it cannot be read; TypeError and KeyError likewise.
        """
        if not isinstance(found, dict):
            raise ValueError("not a snapshot")
        history = found.get("history")
        ended = None if history is None else map(EndedPull.from_json, _listed(history))
        return cls(
            int(str(found["number"])),
            tuple(pull_from_json(one) for one in _listed(found["pulls"])),
            None if ended is None else tuple(filter(None, ended)),
        )


def pull_to_json(pull: Pull) -> dict[str, object]:
    """A download without what only the one who runs it needs.

    Its moments are those of the machine's monotonic clock, which all its programs share.
    """
    samples = (pull.samples[0], pull.samples[-1]) if len(pull.samples) > 1 else ()
    # Not `asdict`, which copies each value: this is done for each download several times a second.
    seen = {name: getattr(pull, name) for name in _TOLD}
    kind = pull.failure_kind.__name__
    return {**seen, "state": pull.state.value, "failure_kind": kind, "samples": samples}


def pull_from_json(found: object) -> Pull:
    """The download that `pull_to_json` made a line of.

    Raises:
        ValueError: when it cannot be read; TypeError and KeyError likewise.
    """
    if not isinstance(found, dict):
        raise ValueError("not a download")
    known = {key: found[key] for key in Pull.__dataclass_fields__ if key in found}
    known["state"] = _STATES[str(found["state"])]
    known["failure_kind"] = _ERRORS.get(str(found.get("failure_kind")), OllamaTuiError)
    known["digests"] = tuple(map(str, _listed(found.get("digests", ()))))
    known["samples"] = tuple((moment, count) for moment, count in found.get("samples", ()))
    return Pull(**known)


def understood(read: Callable[[object], Told], found: object) -> Told:
    """What an answer means.

    Raises:
        OllamaTuiError: when it cannot be read: the holder is of another version.
    """
    try:
        return read(found)
    except (ValueError, TypeError, KeyError) as error:
        raise OllamaTuiError(
            "the process that holds the downloads answers in a way that this version cannot read",
            "It is of another version of ollama-tui; wait until its downloads have ended.",
        ) from error


def error_to_json(error: OllamaTuiError) -> dict[str, object]:
    """A failure, to be raised again where the answer arrives."""
    return {"kind": type(error).__name__, "what": error.what, "remedy": error.remedy}


def error_from_json(found: object) -> OllamaTuiError:
    """The failure that an answer tells of."""
    told = found if isinstance(found, dict) else {}
    kind = _ERRORS.get(str(told.get("kind")), OllamaTuiError)
    return kind(str(told.get("what", "")), str(told.get("remedy", "")))


def to_line(content: dict[str, object]) -> bytes:
    """One line of the socket."""
    return json.dumps(content, separators=(",", ":")).encode() + b"\n"


def from_line(line: bytes) -> dict[str, object]:
    """The object in a line.

    Raises:
        ValueError: when there is none.
    """
    try:
        found = json.loads(line)
    except RecursionError as error:
        raise ValueError("too deeply nested") from error
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def _listed(found: object) -> list[object]:
    if not isinstance(found, list | tuple):
        raise ValueError("not a list")
    return list(found)
