"""Looks at the disk on which a server keeps its models, if that is on this machine."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ollama_tui.core.daemon import in_daemon
from ollama_tui.core.model_folder import ModelFolders, Told
from ollama_tui.core.names import name_key
from ollama_tui.core.partials import file_name
from ollama_tui.core.text import clean

if TYPE_CHECKING:
    from ollama_tui.core.disk_usage import DiskUsage, OtherStore, Seen
    from ollama_tui.core.history import EndedPull
    from ollama_tui.core.library import Library
    from ollama_tui.core.model_store import Count
    from ollama_tui.core.pulls import Pull
    from ollama_tui.core.shortage import Disk

_FREE_SECONDS = 0.5
"""How long those who want to know what is free may wait for a disk that is slow."""
_COUNT_SECONDS = 2.0
"""How long those who want to know what all models take may wait for its files."""
_MOST_HOMES = 1000
_ELSEWHERE = (
    "The server is on another machine, whose disk cannot be seen from here: these are the sizes "
    "that it tells."
)
_NOT_FOUND = (
    "The server's folder is not among the folders of models that can be read here (OLLAMA_MODELS "
    "can name it): these are the sizes that the server tells."
)


class Look(Protocol):
    """Looks at this machine's disk for one server; it blocks."""

    def seen(self, told: Told, count: Count) -> Seen:
        """What there is of the server that says this.

        Args:
            told: what the server says.
            count: is kept up to date meanwhile.
        """

    def disk(self, told: Told) -> Disk | None:
        """The disk of the server that says this; None: nobody knows."""


class ModelDisk:
    """What fills the disk of one server's models, and what is free there."""

    def __init__(self, look: Look | None) -> None:
        """Nothing is read yet.

        Args:
            look: None: the server is on another machine.
        """
        self._look = look
        self._looking: asyncio.Future[Disk | None] | None = None
        self._library: tuple[Library, Told] | None = None
        self._counted: tuple[Library, int | None] | None = None

    async def usage(
        self,
        library: Library,
        pulls: Iterable[Pull | EndedPull] = (),
        count: Count | None = None,
    ) -> DiskUsage:
        """What fills the disk; where it cannot be seen, what the server tells.

        Args:
            library: what the server has installed.
            pulls: its downloads, by which parts are known; those that come first know best.
            count: is kept up to date while files are read.
        """
        from ollama_tui.core.disk_count import usage_seen, usage_told
        from ollama_tui.core.model_store import Count

        if self._look is None:
            return usage_told(library, _ELSEWHERE)
        seen = partial(self._look.seen, self._told(library), count or Count())
        models_of = _models_of(pulls)

        def usage() -> DiskUsage:
            if (found := seen()).store is None:
                return usage_told(library, _NOT_FOUND, found.others)
            return usage_seen(found.store, found, models_of)

        found = await in_daemon(usage)
        self._counted = library, None if found.unknown else found.models_size
        return found

    async def models_size(self, library: Library) -> int | None:
        """Bytes of all models, what several have counted once; None: nobody knows.

        The files are read once for a library, and only if models in it may share some.
        """
        if self._counted is None or self._counted[0] is not library:
            self._counted = library, None
            if library.may_share:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_COUNT_SECONDS):
                        await self.usage(library)
        # Another library may have been counted meanwhile.
        counted, size = self._counted
        return size if counted is library else None

    async def free(self, library: Library) -> Disk | None:
        """The disk as it is now; None if that is not soon known.

        A disk that hangs is asked once, however often this is called.

        Args:
            library: what the server has installed.
        """
        if self._look is None:
            return None
        if self._looking is None or self._looking.done():
            self._looking = in_daemon(partial(self._look.disk, self._told(library)))
        looking = self._looking
        done, _ = await asyncio.wait([looking], timeout=_FREE_SECONDS)
        return looking.result() if done else None

    def _told(self, library: Library) -> Told:
        if self._library is None or self._library[0] is not library:
            told = Told({name_key(model.name): model.modified for model in library}, {})
            self._library = library, told
        return self._library[1]


class DiskHere:
    """The folders of models on this machine, of which one is the server's."""

    def __init__(
        self, folders: ModelFolders, others: Callable[[], Iterable[Path]] = lambda: ()
    ) -> None:
        """Nothing is read yet.

        Args:
            folders: where the server may keep its models.
            others: where other users may keep theirs; it may read folders.
        """
        self._folders, self._others = folders, others
        self._known: tuple[Told | None, Path | None] = None, None

    def seen(self, told: Told, count: Count) -> Seen:
        """What there is of the server that says this, and of others."""
        from ollama_tui.core.disk_usage import Seen
        from ollama_tui.core.model_store import read_store

        folder = self._folders.of(told)
        self._known = told, folder
        others = tuple(self._other_stores(folder, count))
        if folder is None:
            return Seen(others=others)
        try:
            store = read_store(folder, count)
        except OSError:
            return Seen(others=others)
        return Seen(store, _shown(folder), self._folders.disk_of(folder), others)

    def disk(self, told: Told) -> Disk | None:
        """The disk of the server that says this."""
        try:
            folder = self._folder(told)
        except (OSError, ValueError):
            return None
        return None if folder is None else self._folders.disk_of(folder)

    def _folder(self, told: Told) -> Path | None:
        # All manifests are looked at for that, so not as long as the server says the same.
        if told != self._known[0]:
            self._known = told, self._folders.of(told)
        return self._known[1]

    def _other_stores(self, own: Path | None, count: Count) -> Iterator[OtherStore]:
        from ollama_tui.core.disk_usage import OtherStore
        from ollama_tui.core.model_store import read_store

        there = self._folders.there(self._others())
        own_blobs = None if own is None else own / "blobs"
        for folder in there.values():
            with suppress(OSError):
                if own_blobs is not None and os.path.samefile(folder / "blobs", own_blobs):
                    continue
            try:
                store = read_store(folder, count)
            except OSError:
                yield OtherStore(_shown(folder))
                continue
            if store.blobs or store.manifests:
                models = sum(not of.fault for of in store.manifests)
                yield OtherStore(_shown(folder), models, store.size)


def homes_of_others(roots: Iterable[Path] = (Path("/home"), Path("/Users"))) -> Iterator[Path]:
    """Where the users of this machine keep their models, unless they say otherwise."""
    homes = [Path("/root")]
    for root in roots:
        # Those of a network that nobody has mounted are not in the list, and stay unmounted.
        with suppress(OSError):
            homes += sorted(root.iterdir())[:_MOST_HOMES]
    for home in homes:
        yield home / ".ollama" / "models"


def _models_of(pulls: Iterable[Pull | EndedPull]) -> dict[str, str]:
    models: dict[str, str] = {}
    for pull in pulls:
        for digest in pull.digests:
            models.setdefault(file_name(digest), pull.name)
    return models


def _shown(folder: Path) -> str:
    return clean(os.fsencode(folder).decode(errors="replace"))
