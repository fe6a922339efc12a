"""The one module that imports `ollama`: its client, with what its typed calls drop."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import anyio
import httpx

from ollama_tui.core import failures
from ollama_tui.core.answers import whole_of
from ollama_tui.core.connection import CONNECT_SECONDS, READ_SECONDS, WHOLE_SECONDS, Connection
from ollama_tui.core.error_words import error_in
from ollama_tui.core.hosts import without_secrets

_FOR_EVER = httpx.Timeout(None, connect=CONNECT_SECONDS)


@contextmanager
def _without_environment() -> Iterator[None]:
    # `import ollama` builds a client of its own from these and fails on what it cannot read
    # (ollama-python #424); this program reads OLLAMA_HOST itself.
    names = ("OLLAMA_HOST", "ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY")
    spellings = [spelling for name in names for spelling in (name, name.lower())]
    kept = {name: os.environ.pop(name) for name in spellings if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)


with _without_environment():
    import ollama


class Client(ollama.AsyncClient):
    """Ollama's own client, whose answers are read whole and whose failures are in words.

    The typed calls drop capabilities, cloud models and more, and fail on what old servers
    omit, so these give the JSON objects as they came.
    """

    def __init__(self, connection: Connection) -> None:
        """Speak to the server of that connection; nothing is sent yet."""
        self.date = ""
        """When the server sent its last answer, as it wrote that; empty if it did not say."""
        self._connection = connection
        self._shown_url = without_secrets(connection.url)
        with failures.translated(self._shown_url):
            super().__init__(host=connection.url, **connection.options(READ_SECONDS))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def version(self) -> str:
        """The server's version, as it words it; empty if it does not say."""
        found = await self._object("GET", "/api/version")
        return str(found.get("version") or "")

    async def tags(self) -> bytes:
        """The installed models: the JSON object of `/api/tags`, unread."""
        return await self._body("GET", "/api/tags")

    async def running(self) -> bytes:
        """The loaded models: the JSON object of `/api/ps`, unread."""
        return await self._body("GET", "/api/ps")

    async def whole_show(self, model: str) -> bytes:
        """All that the server tells of one model: the JSON object of `/api/show`, unread."""
        return await self._body("POST", "/api/show", json={"model": model, "name": model})

    async def ask_runner(self, model: str, **how: object) -> None:
        """Load a model, or change for how long it stays; a load may take for ever.

        Args:
            model: its name.
            how: more fields of `/api/generate`, such as `keep_alive` and `options`.
        """
        await self._wait_for("/api/generate", {"model": model, "stream": False, **how})

    async def ask_embedder(self, model: str, **how: object) -> None:
        """The same for a model that only embeds, which `/api/generate` refuses to load."""
        await self._wait_for("/api/embed", {"model": model, "input": "", **how})

    async def unload_model(self, model: str) -> None:
        """Unload a model, also one that only embeds; the server answers before it is gone."""
        asked = {"model": model, "stream": False, "keep_alive": 0}
        await self._body("POST", "/api/generate", json=asked)

    async def copy_model(self, source: str, destination: str) -> None:
        """Give a model a second name; one of that name that is there is overwritten."""
        names = {"source": source, "destination": destination}
        await self._body("POST", "/api/copy", json=names)

    async def delete_model(self, model: str) -> None:
        """Delete a name, and the layers that no other name has."""
        await self._body("DELETE", "/api/delete", json={"model": model, "name": model})

    async def create_model(
        self, model: str, source: str, parameters: Mapping[str, object], system: str
    ) -> None:
        """Make a model that has what another one has, but for these; it may take minutes.

        One of that name that is there is overwritten.

        Args:
            model: the name of the new one.
            source: the one that it begins from.
            parameters: those that are different; None and an empty list unset one.
            system: its system prompt; empty to leave it as it is.
        """
        asked = {"model": model, "name": model, "from": source, "stream": False}
        given = {"parameters": dict(parameters), "system": system}
        await self._wait_for(
            "/api/create", asked | {name: value for name, value in given.items() if value}
        )

    async def _wait_for(self, path: str, body: Mapping[str, object]) -> None:
        with failures.translated(self._shown_url):
            await self._answer("POST", path, json=body, timeout=_FOR_EVER)

    async def _object(self, method: str, path: str, **request: Any) -> Mapping[str, object]:
        body = await self._body(method, path, **request)
        return failures.read_object(body, self._shown_url)

    async def _body(self, method: str, path: str, **request: Any) -> bytes:
        # httpx's own time-out is for each piece of an answer. Not asyncio's for the whole: where
        # both are over at once, as after Ctrl-Z and fg, it would cut the closing short, and httpx
        # would count the connection as one that is in use, of which there are to be 100 at most.
        with failures.translated(self._shown_url), anyio.fail_after(WHOLE_SECONDS):
            return await self._answer(method, path, **request)

    async def _answer(self, method: str, path: str, **request: Any) -> bytes:
        async with self._client.stream(method, path, **request) as response:
            body = self._connection.without_secrets_in(await whole_of(response))
        if not response.is_success:
            text = error_in(body)
            got = path if method == "GET" else ""
            raise failures.answer_failure(response.status_code, text, self._shown_url, got)
        self.date = response.headers.get("date", "")
        return body
