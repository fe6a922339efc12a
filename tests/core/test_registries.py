"""What a model is made of, asked of its registry."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from ollama_tui.core import registries as module
from ollama_tui.core.layers import Manifest
from ollama_tui.core.names import ModelName, parse_name
from ollama_tui.core.registries import Registries
from ollama_tui.demo import manifests as demo
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.registry import Registry
from ollama_tui.demo.transport import EmulatorTransport
from tests.core.raw_server import answering, http, http_json, refused_url
from tests.core.test_downloads import falling_silent

_LAYER = {"digest": "sha256:a", "size": 1000}
_DOCUMENT = {
    "schemaVersion": 2,
    "config": {"digest": "sha256:c", "size": 30},
    "layers": [_LAYER, {"digest": "sha256:b", "size": 200}],
}
_MANIFEST = Manifest((("sha256:a", 1000), ("sha256:b", 200), ("sha256:c", 30)))
_MOST = 4 * 2**20


class WatchedTransport(EmulatorTransport):
    """The emulator's registry, and what it was asked."""

    def __init__(self, emulator: Emulator) -> None:
        super().__init__(emulator)
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return await super().handle_async_request(request)

    @property
    def urls(self) -> list[str]:
        return [str(request.url) for request in self.requests]


def model_at(url: str) -> ModelName:
    """A model of the registry at that address."""
    return parse_name(f"{url.removeprefix('http://')}/acme/m:tag")


async def told(answer: bytes) -> Manifest | None:
    """What is made of a registry's answer."""
    async with answering(answer) as server:
        manifest = await Registries().manifest(model_at(server.url), insecure=True)
    assert server.requests
    return manifest


def document(*layers: object, **others: object) -> bytes:
    return http_json({**_DOCUMENT, "layers": layers, **others})


@asynccontextmanager
async def dribbling() -> AsyncIterator[str]:
    """A server whose answer has always one more byte."""

    async def dribble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" ")
            await asyncio.sleep(0)

    server = await asyncio.start_server(dribble, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


class TestAManifest:
    async def test_it_has_the_layers_and_then_the_config(self) -> None:
        assert await told(http_json(_DOCUMENT)) == _MANIFEST

    @pytest.mark.parametrize("config", [None, {}])
    async def test_the_config_may_be_missing(self, config: object) -> None:
        assert await told(document(_LAYER, config=config)) == Manifest((("sha256:a", 1000),))

    async def test_it_is_asked_for_by_the_whole_name(self) -> None:
        async with answering(http_json(_DOCUMENT)) as server:
            await Registries().manifest(model_at(server.url), insecure=True)

        assert server.requests == ["GET /v2/acme/m/manifests/tag HTTP/1.1"]

    async def test_it_may_be_packed(self) -> None:
        packed = gzip.compress(json.dumps(_DOCUMENT).encode())

        assert await told(http("200 OK", packed, "content-encoding: gzip")) == _MANIFEST

    @pytest.mark.parametrize(("more", "is_read"), [(0, True), (1, False)])
    async def test_it_has_four_mebibytes_at_most(self, more: int, is_read: bool) -> None:
        body = json.dumps(_DOCUMENT).encode().ljust(_MOST + more)

        assert (await told(http("200 OK", body)) is not None) is is_read

    async def test_it_has_no_more_when_it_is_unpacked(self) -> None:
        packed = gzip.compress(json.dumps(_DOCUMENT).encode().ljust(_MOST + 1))

        assert await told(http("200 OK", packed, "content-encoding: gzip")) is None


class TestWhatIsNoManifest:
    @pytest.mark.parametrize(
        "answer",
        [
            http_json({"errors": [{"code": "MANIFEST_UNKNOWN"}]}, "404 Not Found"),
            http_json(_DOCUMENT, "404 Not Found"),
            http_json(_DOCUMENT, "401 Unauthorized"),
            http_json(_DOCUMENT, "500 Internal Server Error"),
            http("200 OK", b"<html>Sign in to the network</html>", "content-type: text/html"),
            http("200 OK", b""),
            http("200 OK", b'{"layers":[{"digest":"sha256:a","si'),
            http("200 OK", b"[" * 100_000),
            http("200 OK", b"\xff\xfe\x00"),
            http("200 OK", b"not gzip", "content-encoding: gzip"),
            http_json([_DOCUMENT]),
            http_json("layers"),
            http_json({}),
            http_json({"layers": None}),
            http_json({"layers": 7}),
            document({"digest": "sha256:a"}),
            document({"size": 1}),
            document({"digest": "sha256:a", "size": -1}),
            document({"digest": "sha256:a", "size": 10**400}),
            document({"digest": "sha256:a", "size": True}),
            b"nonsense\r\n\r\n",
            b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{",
        ],
        ids=[
            "unknown", "404", "401", "500", "html", "empty", "cut", "deep", "binary",
            "packed badly", "list", "text", "object", "null layers", "number of layers", "no size",
            "no digest", "negative", "huge", "truth", "no http", "broken off",
        ],
    )  # fmt: skip
    async def test_an_answer_that_is_none_tells_nothing(self, answer: bytes) -> None:
        assert await told(answer) is None


class TestARegistryThatDoesNotAnswer:
    async def test_one_that_is_not_there_tells_nothing(self) -> None:
        model = model_at(await refused_url())

        assert await Registries().manifest(model, insecure=True) is None

    @pytest.mark.parametrize("begin", [b"", b"HTTP/1.1 200 OK\r\n\r\n{"], ids=["silent", "begun"])
    async def test_it_is_not_waited_for_for_ever(
        self, monkeypatch: pytest.MonkeyPatch, begin: bytes
    ) -> None:
        monkeypatch.setattr(module, "_SECONDS", 0.1)

        async with falling_silent(begin) as url:
            assert await Registries().manifest(model_at(url), insecure=True) is None

    async def test_nor_is_one_that_goes_on_without_an_end(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "_SECONDS", 0.1)

        async with dribbling() as url:
            assert await Registries().manifest(model_at(url), insecure=True) is None

    @pytest.mark.parametrize("host", ["127.0.0.1:x", "127.0.0.1:1:2", "a:b:c"])
    async def test_one_whose_address_is_none_tells_nothing(self, host: str) -> None:
        assert await Registries().manifest(parse_name(f"{host}/acme/m")) is None

    @pytest.mark.parametrize("host", ["127.0.0.1:99999", "127.0.0.1:-1", "xn--a", "xn--zzz-"])
    async def test_one_whose_address_cannot_be_tells_nothing(self, host: str) -> None:
        assert await Registries().manifest(parse_name(f"{host}/acme/m")) is None

    @pytest.mark.parametrize(
        "proxy",
        [
            "socks5://127.0.0.1:9",
            "socks4://127.0.0.1:9",
        ],
    )
    async def test_a_proxy_that_cannot_be_used_tells_nothing(
        self, monkeypatch: pytest.MonkeyPatch, proxy: str
    ) -> None:
        monkeypatch.setenv("HTTPS_PROXY", proxy)

        assert await Registries().manifest(parse_name("registry.invalid/acme/m")) is None


class TestRedirects:
    @pytest.fixture(autouse=True)
    def _names(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def found(
            _: object, host: str, *__: object, **___: object
        ) -> list[tuple[object, ...]]:
            known = {"cdn.example": "93.184.216.34", "both.example": "93.184.216.34"}
            addresses = [known.get(host, "192.168.1.1"), *(["fd00::1"] * (host[:4] == "both"))]
            return [(0, 0, 0, "", (address, 0)) for address in addresses]

        monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", found)

    async def test_they_are_followed(self) -> None:
        asked: list[str] = []

        async def answer(request: httpx.Request) -> httpx.Response:
            asked.append(str(request.url))
            if request.url.host == "cdn.example":
                return httpx.Response(200, json=_DOCUMENT)
            return httpx.Response(307, headers={"location": "https://cdn.example/there"})

        registries = Registries(httpx.MockTransport(answer))
        manifest = await registries.manifest(parse_name("registry.example/acme/m"))

        assert manifest == _MANIFEST
        assert asked[1:] == ["https://cdn.example/there"]

    @pytest.mark.parametrize(
        "to",
        [
            "https://127.0.0.1:8080/", "https://10.0.0.1/", "https://localhost/",
            "https://box.internal/", "http://cdn.example/", "https://router.example/",
            "https://both.example/", "https://localhost./", "https://127.1/",
        ],
    )  # fmt: skip
    async def test_one_into_a_private_network_or_away_from_tls_is_not_followed(
        self, to: str
    ) -> None:
        asked: list[str] = []

        async def answer(request: httpx.Request) -> httpx.Response:
            asked.append(str(request.url))
            return httpx.Response(307, headers={"location": to})

        registries = Registries(httpx.MockTransport(answer))

        assert await registries.manifest(parse_name("registry.example/acme/m")) is None
        assert asked == ["https://registry.example/v2/acme/m/manifests/latest"]

    async def test_a_circle_of_them_has_an_end(self) -> None:
        async with answering(http("302 Found", b"", "location: /v2/again")) as server:
            manifest = await Registries().manifest(model_at(server.url), insecure=True)

        assert manifest is None
        assert len(server.requests) > 1

    @pytest.mark.parametrize("to", ["http://[", "ftp://x/", "http:///x", "http://127.0.0.1:x/"])
    async def test_one_to_nowhere_tells_nothing(self, to: str) -> None:
        assert await told(http("302 Found", b"", f"location: {to}")) is None

    @pytest.mark.parametrize("to", ["http://127.0.0.1:99999/", "http://xn--a/"])
    async def test_one_to_an_address_that_cannot_be_tells_nothing(self, to: str) -> None:
        assert await told(http("302 Found", b"", f"location: {to}")) is None

    async def test_one_that_says_not_where_tells_nothing(self) -> None:
        assert await told(http("302 Found", b"")) is None


class TestTheRegistryOfTheDemo:
    @pytest.mark.parametrize(
        ("name", "insecure", "url"),
        [
            ("big:8b", False, "https://registry.ollama.ai/v2/library/big/manifests/8b"),
            ("tiny", False, "https://registry.ollama.ai/v2/library/tiny/manifests/latest"),
            ("big:8b", True, "http://registry.ollama.ai/v2/library/big/manifests/8b"),
        ],
    )
    async def test_it_is_asked_over_tls_unless_it_may_be_plain(
        self, emulator: Emulator, name: str, insecure: bool, url: str
    ) -> None:
        transport = WatchedTransport(emulator)

        manifest = await Registries(transport).manifest(parse_name(name), insecure=insecure)

        assert manifest is not None
        assert transport.urls == [url]

    async def test_it_is_told_which_kind_of_manifest_is_read(self, emulator: Emulator) -> None:
        transport = WatchedTransport(emulator)

        await Registries(transport).manifest(parse_name("tiny"))

        (request,) = transport.requests
        kind = "application/vnd.docker.distribution.manifest.v2+json"
        assert request.headers["accept"] == kind

    async def test_the_sizes_are_those_that_a_pull_fetches(self) -> None:
        offered = demo.manifest("m", 5000, demo.ModelConfig(system="Be kind.", licences=("MIT",)))
        emulator = Emulator((), Registry({"hf.co/acme/m:Q4": offered}))

        found = await Registries(EmulatorTransport(emulator)).manifest(
            parse_name("hf.co/acme/m:Q4")
        )

        sizes = tuple((layer.digest, layer.size) for layer in offered.layers)
        assert found == Manifest(sizes, weights=5000)

    @pytest.mark.parametrize("name", ["absent", "big:70b", "hf.co/acme/m"])
    async def test_of_a_model_that_it_lacks_it_tells_nothing(
        self, emulator: Emulator, name: str
    ) -> None:
        assert await Registries(EmulatorTransport(emulator)).manifest(parse_name(name)) is None
