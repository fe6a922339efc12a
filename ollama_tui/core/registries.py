"""The registries that models come from, asked what a model is made of."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import socket
from functools import partial
from typing import TYPE_CHECKING

from ollama_tui import __version__
from ollama_tui.core.hosts import is_loopback, is_private
from ollama_tui.core.layers import Manifest
from ollama_tui.core.names import ModelName

if TYPE_CHECKING:
    import httpx

_SECONDS = 3.0
_NOT_FOUND = 404
_MOST_BYTES = 4 * 2**20
_MOST_LAYERS = 10_000
_MOST_SIZE = 2**50
_IN_MEMORY = tuple(
    f"application/vnd.ollama.image.{kind}" for kind in ("model", "projector", "adapter", "tensor")
)
_HEADERS = {
    "Accept": "application/vnd.docker.distribution.manifest.v2+json",
    "User-Agent": f"ollama-tui/{__version__}",
}


class Registries:
    """Reads manifests as Ollama does (server/images.go), without signing in anywhere."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """Nothing is sent or imported yet.

        Args:
            transport: what carries the requests instead of the network; None for the network.
        """
        self._transport = transport

    async def manifest(self, name: ModelName, *, insecure: bool = False) -> Manifest | None:
        """What a model is made of; None where that cannot be read within three seconds.

        Args:
            name: the whole name.
            insecure: speak plain HTTP to the registry.
        """
        answer = await self._answer(name, insecure=insecure)
        return read_manifest(answer) if isinstance(answer, bytes) else None

    async def lacks(self, name: ModelName, *, insecure: bool = False) -> bool:
        """Whether the registry says that it has no such model or tag.

        Args:
            name: the whole name.
            insecure: speak plain HTTP to the registry.
        """
        return await self._answer(name, insecure=insecure) == _NOT_FOUND

    async def _answer(self, name: ModelName, *, insecure: bool) -> bytes | int | None:
        """The manifest's text, the status of another answer, or None where there is no answer."""
        import httpx

        scheme = "http" if insecure else "https"
        path = f"/v2/{name.namespace}/{name.model}/manifests/{name.tag}"
        try:
            async with asyncio.timeout(_SECONDS):
                return await self._body(f"{scheme}://{name.host}{path}")
        except (OSError, ImportError, ArithmeticError, ValueError, ExceptionGroup):
            # What an odd address or proxy raises depends on how far it gets.
            return None
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL):
            return None

    async def _body(self, url: str) -> bytes | int:
        from ollama_tui.core.answers import whole_of

        # Building a client that trusts certificates takes 0.1 s.
        client = await asyncio.to_thread(self._client, url)
        async with client, client.stream("GET", url) as response:
            if response.is_error:
                return response.status_code
            return await whole_of(response, _MOST_BYTES)

    def _client(self, url: str) -> httpx.AsyncClient:
        import httpx

        from ollama_tui.core.answers import UNPACKED, refuse_bombs

        return httpx.AsyncClient(
            transport=self._transport,
            headers=UNPACKED | _HEADERS,
            timeout=_SECONDS,
            follow_redirects=True,
            event_hooks={
                "request": [partial(_stay_outside, httpx.URL(url))],
                "response": [refuse_bombs],
            },
            trust_env=not is_private(url),
            # Without TLS none of its certificates is needed; _stay_outside lets no TLS come.
            verify=url.startswith("https:"),
        )


def can_be_asked(name: ModelName, server: str) -> bool:
    """Whether a name means the same registry here and on the server at that address."""
    # A server elsewhere means its own machine by a loopback name.
    return not name.is_from_loopback or is_loopback(server)


async def _stay_outside(asked: httpx.URL, request: httpx.Request) -> None:
    """Refuse a registry that sends on into a private network, or away from TLS."""
    import httpx

    is_elsewhere = request.url.netloc != asked.netloc
    is_away = request.url.scheme != asked.scheme
    if is_away or (is_elsewhere and not await _is_public(request.url.host)):
        raise httpx.UnsupportedProtocol("a registry sends on to where nobody asked")


async def _is_public(host: str) -> bool:
    """Whether a host is neither on this machine nor in a private network, whatever it is called.

    Raises:
        OSError: when nobody knows its address.
    """
    if is_private(f"https://{host}"):
        return False
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    addresses = (str(address[0]).partition("%")[0] for *_, address in found)
    return all(ipaddress.ip_address(address).is_global for address in addresses)


def read_manifest(body: bytes) -> Manifest | None:
    """The layers and the config of a manifest, in the order in which Ollama pulls them.

    None when it is no manifest, or one with sizes that no file has.
    """
    try:
        found = json.loads(body)
        entries = [*found["layers"], *([found["config"]] if found.get("config") else [])]
        sizes = tuple((entry["digest"], entry["size"]) for entry in entries)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    is_sound = 0 < len(sizes) <= _MOST_LAYERS and all(
        isinstance(digest, str) and type(size) is int and 0 <= size < _MOST_SIZE
        for digest, size in sizes
    )
    return Manifest(sizes, _weights(entries)) if is_sound else None


def _weights(entries: list[dict[str, object]]) -> int | None:
    """Bytes of the layers that are loaded, each counted once."""
    loaded = {
        entry["digest"]: size
        for entry in entries
        if entry.get("mediaType") in _IN_MEMORY and isinstance(size := entry["size"], int)
    }
    return sum(loaded.values()) or None
