"""What a download will fetch and whether it fits, looked at before it begins."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from ollama_tui.core.connection import READ_SECONDS, Connection
from ollama_tui.core.daemon import in_daemon
from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.forecast import Forecast
from ollama_tui.core.hosts import is_loopback, without_secrets
from ollama_tui.core.model_folder import ModelFolders, Room, Told
from ollama_tui.core.names import ModelName, name_key
from ollama_tui.core.registries import can_be_asked

if TYPE_CHECKING:
    import httpx

    from ollama_tui.core.layers import Manifest
    from ollama_tui.core.library import Library
    from ollama_tui.core.registries import Registries
    from ollama_tui.core.service import OllamaService
    from ollama_tui.core.shortage import Disk

_SECONDS = 3.0
_ASKING_SECONDS = 2.5
"""How long all questions may take; the rest is for the disk."""
_DISK_SECONDS = 0.3
"""How long a question to the user may wait for a look at the disk."""
_AT_ONCE = 4
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class Preflight:
    """Looks ahead for one server; it changes nothing there or here."""

    def __init__(
        self,
        connection: Connection,
        registries: Registries | None,
        service: OllamaService,
        folders: ModelFolders | None = None,
        insecure_registries: Collection[str] = (),
    ) -> None:
        """Nothing is sent, read or imported yet.

        Args:
            connection: the server.
            registries: are asked what a model is made of; None: nobody looks ahead.
            service: the same server, asked what it has installed.
            folders: where the server keeps its models, if it is on this machine; None: no folder
                is looked into.
            insecure_registries: hosts that are spoken to over plain HTTP.
        """
        self._connection = connection
        self._registries = registries
        self._service = service
        self._folders = folders if is_loopback(connection.url) else None
        self._insecure_registries = insecure_registries
        self._shown_url = without_secrets(connection.url)

    async def look_ahead(self, name: ModelName, *, insecure: bool = False) -> Forecast | None:
        """What a pull of this model will fetch, as far as that can be learnt in three seconds.

        None where it cannot be learnt what the model is made of. Nothing is raised.

        Args:
            name: the whole name.
            insecure: speak plain HTTP to the registry, even if no setting says so.
        """
        found = _Found()
        insecure = insecure or name.is_plain_http(self._insecure_registries)
        with suppress(TimeoutError):
            async with asyncio.timeout(_SECONDS):
                with suppress(TimeoutError):
                    async with asyncio.timeout(_ASKING_SECONDS):
                        await self._ask(found, name, insecure)
                await self._look_into_folder(found)
        return found.forecast()

    async def is_unknown(self, name: ModelName) -> bool:
        """Whether its registry says that it has no such model or tag; nothing is raised."""
        if self._registries is None or not can_be_asked(name, self._connection.url):
            return False
        insecure = name.is_plain_http(self._insecure_registries)
        return await self._registries.lacks(name, insecure=insecure)

    async def disk(self, library: Library) -> Disk | None:
        """The disk on which the server keeps these models; None if that is not soon known.

        Nothing is sent or raised.
        """
        if self._folders is None:
            return None
        told = Told({name_key(model.name): model.modified for model in library}, {})
        with suppress(OSError, ValueError, TimeoutError):
            async with asyncio.timeout(_DISK_SECONDS):
                return await in_daemon(partial(self._folders.disk, told))
        return None

    async def _ask(self, found: _Found, name: ModelName, insecure: bool) -> None:
        if self._registries is None or not can_be_asked(name, self._connection.url):
            return
        found.manifest = await self._registries.manifest(name, insecure=insecure)
        if found.manifest is not None:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._ask_layers(found))
                group.create_task(self._ask_models(found))

    async def _ask_models(self, found: _Found) -> None:
        if self._folders is not None:
            with suppress(OllamaTuiError):
                library = await self._service.library()
                found.models = {name_key(model.name): model.modified for model in library}

    async def _ask_layers(self, found: _Found) -> None:
        from ollama_tui.core import failures

        # What matters most comes first, should the time be short.
        sizes = sorted(found.sizes.items(), key=lambda layer: -layer[1])
        digests = iter([digest for digest, _ in sizes])
        with suppress(OllamaTuiError), failures.translated(self._shown_url):
            # Building a client that trusts certificates takes 0.1 s.
            async with await asyncio.to_thread(self._open) as http, asyncio.TaskGroup() as group:
                for _ in range(_AT_ONCE):
                    group.create_task(self._ask_some(http, digests, found.layers))

    async def _ask_some(
        self, http: httpx.AsyncClient, digests: Iterator[str], layers: dict[str, bool]
    ) -> None:
        from ollama_tui.core import failures

        with suppress(OllamaTuiError), failures.translated(self._shown_url):
            for digest in digests:
                path = f"/api/blobs/{digest}"
                # Whoever sends on to a page that is there does not speak of the layer.
                response = await http.head(path, follow_redirects=False)
                is_page = "html" in response.headers.get("content-type", "")
                if response.status_code in (200, 404) and not is_page:
                    layers[digest] = response.status_code == 200

    def _open(self) -> httpx.AsyncClient:
        import httpx

        options = self._connection.options(READ_SECONDS)
        return httpx.AsyncClient(base_url=self._connection.url, **options)

    async def _look_into_folder(self, found: _Found) -> None:
        if self._folders is not None and found.manifest is not None:
            told = Told(found.models, dict(found.layers))
            with suppress(OSError, ValueError):
                found.room = await in_daemon(partial(self._folders.room, told, found.wanted))


@dataclass(slots=True)
class _Found:
    """What is known so far."""

    manifest: Manifest | None = None
    models: dict[str, float | None] | None = None
    layers: dict[str, bool] = field(default_factory=dict)
    """Whether the server has them, by digest, of those that were answered."""
    room: Room = field(default_factory=Room)

    @property
    def sizes(self) -> dict[str, int]:
        """Bytes of each layer whose digest is one; a registry may write there what it likes."""
        sizes = dict(self.manifest.sizes if self.manifest else ())
        return {digest: sizes[digest] for digest in sizes if _DIGEST.fullmatch(digest)}

    @property
    def wanted(self) -> dict[str, int]:
        """Bytes of each layer that the server does not have."""
        return {digest: size for digest, size in self.sizes.items() if not self.layers.get(digest)}

    def forecast(self) -> Forecast | None:
        """What follows from all that; None while it is not known what the model is made of."""
        if self.manifest is None:
            return None
        here = sum(size for digest, size in self.sizes.items() if self.layers.get(digest))
        begun, whole = self.room.begun, self.manifest
        return Forecast(
            whole.size, here, begun.arrived, begun.held, self.room.free, weights=whole.weights
        )
