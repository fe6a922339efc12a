"""What models really took when they were loaded, in a file that can be lost."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

from ollama_tui.core.errors import StateUnwritable
from ollama_tui.core.files import read_json, stamp, write_atomically
from ollama_tui.core.locks import locked
from ollama_tui.core.memory.estimate import KvType
from ollama_tui.core.versions import has_own_engine, version_of

_AT_MOST = 2000
_LARGEST = 2**50
_OWN = "server"
_GPUS = range(17)


def is_told_truly(version: str) -> bool:
    """Whether `ps` of that version gives the sum of what the engine reserved; before, a forecast.

    Seen on 0.24.0 and 0.32.15.
    """
    return version_of(version) is not None and not has_own_engine(version)


@dataclass(frozen=True, slots=True)
class Load:
    """A model as it was loaded, or would be."""

    digest: str
    context: int
    """Tokens of a slot."""
    kv: KvType | None = None
    """None for what the server is set to."""
    parallel: int | None = None
    """Slots; None for what the server is set to."""
    gpus: int | None = None
    """Over how many it is spread, 0 for the CPU; None if that is of no matter."""

    def _keys(self, server: str) -> Iterator[str]:
        kv, slots = self.kv.value if self.kv else _OWN, self.parallel or _OWN
        for gpus in _GPUS if self.gpus is None else (self.gpus,):
            yield f"{server} {self.digest} {self.context} {kv} {slots} {gpus}"

    def _asked_for(self) -> Iterator[Load]:
        """The same load in all the ways in which it may be asked for."""
        for kv, slots in product({None, self.kv}, {None, self.parallel}):
            yield replace(self, kv=kv, parallel=slots)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a load took."""

    size: int
    """Bytes that the engine reserved."""
    gpus: int
    """Over how many GPUs; 0 on the CPU."""
    context: int | None = None
    """Tokens of each slot then; None for those that it is asked about."""


class Learned:
    """The last load of each kind on one server."""

    def __init__(self, path: Path, server: str) -> None:
        """Keep what loads on the server with that key took in that file, which need not exist."""
        self._path, self._server = path, server
        self._seen: tuple[tuple[int, ...] | None, dict[str, object]] = None, {}

    def last(self, load: Load) -> Taken | None:
        """What such a load took the last time; None if that was not seen."""
        return self._taken(load, self._sizes())

    def nearest(self, load: Load) -> Taken | None:
        """What the likest such load took, whatever its context; None if none was seen."""
        sizes = self._sizes()
        seen = set(_contexts(sizes, f"{self._server} {load.digest} "))
        for context in sorted(seen, key=lambda one: (abs(one - load.context), one)):
            if (taken := self._taken(replace(load, context=context), sizes)) is not None:
                return replace(taken, context=context)
        return None

    def keep(self, load: Load, size: int) -> None:
        """Remember what it took; a folder that cannot be written is no failure.

        Args:
            load: as it was seen, with the GPUs; its cache and slots are the server's settings.
            size: bytes that the engine reserved.
        """
        keys = [next(iter(one._keys(self._server))) for one in load._asked_for()]
        try:
            with locked(self._path):
                known = self._sizes()
                if all(known.get(key) == size for key in keys):
                    return
                older = [(key, old) for key, old in known.items() if key not in keys]
                newest = [*older, *((key, size) for key in keys)][-_AT_MOST:]
                write_atomically(self._path, json.dumps(dict(newest)))
        except StateUnwritable:
            return

    def _taken(self, load: Load, sizes: Mapping[str, object]) -> Taken | None:
        for key in load._keys(self._server):
            size = sizes.get(key)
            if isinstance(size, int) and not isinstance(size, bool) and 0 < size < _LARGEST:
                return Taken(size, int(key.rpartition(" ")[2]))
        return None

    def _sizes(self) -> dict[str, object]:
        # Whether they fit is asked of all models, one after the other.
        now = stamp(self._path)
        if now != self._seen[0]:
            self._seen = now, self._read()
        return self._seen[1] if now else {}

    def _read(self) -> dict[str, object]:
        try:
            return read_json(self._path) or {}
        except (OSError, ValueError):
            return {}


def _contexts(keys: Iterable[str], start: str) -> Iterator[int]:
    """The contexts in those of the keys that begin so."""
    for key in keys:
        context = key[len(start) :].partition(" ")[0]
        if key.startswith(start) and context.isdecimal():
            yield int(context)
