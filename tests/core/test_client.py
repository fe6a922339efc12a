"""Speaking to servers that refuse, hang, break off, send on or are something else."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing

import anyio
import httpx
import pytest

from ollama_tui.core import client
from ollama_tui.core.client import Client
from ollama_tui.core.connection import Connection
from ollama_tui.core.errors import (
    NotOllama,
    OllamaTuiError,
    Refused,
    ServerFailed,
    Unreachable,
    Unsettled,
)
from ollama_tui.core.service import OllamaService
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.machine import Machine
from ollama_tui.demo.transport import EmulatorTransport
from tests.core.conftest import OpenService
from tests.core.raw_server import answering, http, http_json, refused_url


async def failure_of(answer: bytes, *, resets: bool = False) -> OllamaTuiError:
    """What is said of a server that answers so."""
    async with answering(answer, resets=resets) as server:
        with pytest.raises(OllamaTuiError) as failure:
            async with aclosing(OllamaService(Connection(server.url))) as service:
                await service.library()
    return failure.value


class TestAServerThatIsNotThere:
    async def test_a_refused_connection_says_what_to_start(self, open_service: OpenService) -> None:
        url = await refused_url()

        with pytest.raises(Unreachable, match=f"Connection refused at {url}. Start it with"):
            await open_service(Connection(url)).library()

    async def test_a_password_in_the_address_is_not_told(self, open_service: OpenService) -> None:
        url = (await refused_url()).replace("http://", "http://user:s3cret@")

        with pytest.raises(Unreachable) as failure:
            await open_service(Connection(url)).library()

        assert "s3cret" not in str(failure.value)


class _Broken(httpx.AsyncByteStream):
    """An answer that breaks off, and is closed as httpcore closes what it lends: shielded."""

    def __init__(self) -> None:
        self.is_closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"half"
        raise httpx.ReadTimeout("nothing more came")

    async def aclose(self) -> None:
        with anyio.CancelScope(shield=True):
            await anyio.sleep(0.1)
            self.is_closed = True


class TestAnAnswerThatTakesTooLong:
    async def test_its_connection_is_given_back_though_the_time_is_over_meanwhile(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(client, "WHOLE_SECONDS", 0.02)
        body = _Broken()
        transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=body))

        async with aclosing(Client(Connection("http://box:11434", transport=transport))) as asking:
            with pytest.raises(Unsettled):
                await asking.tags()

        assert body.is_closed


class TestAServerThatBreaksOff:
    async def test_a_hanging_one_is_given_up(
        self, service: OllamaService, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(client, "READ_SECONDS", 0.2)
        emulator.faults["/api/ps"] = Fault(delay=math.inf)

        with pytest.raises(Unreachable, match=r"No answer from .*\. The server is there but busy"):
            await service.running()

    async def test_one_that_closes_without_a_word(self) -> None:
        assert "closed the connection without an answer" in str(await failure_of(b""))

    async def test_one_that_resets_in_the_middle(self) -> None:
        failure = await failure_of(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{", resets=True)

        assert type(failure) is Unsettled

    async def test_one_that_ends_before_the_end(self) -> None:
        failure = await failure_of(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{")

        assert "was cut in the middle of an answer" in str(failure)

    async def test_a_chunk_that_is_cut(self) -> None:
        head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"

        assert "was cut in the middle" in str(await failure_of(head + b"9\r\n{"))


class TestSomethingElse:
    @pytest.mark.parametrize(
        "answer",
        [
            b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
            b"\x15\x03\x01\x00\x02\x02\x16",
            http("200 OK", b"<html>Welcome</html>", "content-type: text/html"),
            http("200 OK", b""),
            http("200 OK", b'{"models": [{"na'),
            http("200 OK", b"\xff\xfe\x00"),
            http("200 OK", b"[" * 100_000),
            http_json([1, 2]),
            http_json("Ollama is running"),
            http_json({"models": 7}),
            http_json([1], "500 Internal Server Error"),
            http("301 Moved Permanently", b"", "location: /api/tags"),
            http("302 Found", b"", "location: gopher://[oops"),
        ],
    )
    async def test_what_is_not_ollama_is_called_so(self, answer: bytes) -> None:
        failure = await failure_of(answer)

        assert type(failure) in (NotOllama, Refused)
        assert str(failure).isprintable()

    @pytest.mark.parametrize(
        ("answer", "kind", "words"),
        [
            (http("401 Unauthorized", b""), Refused, "asks for a key"),
            (http("403 Forbidden", b""), Refused, "refuses the host name"),
            (http("404 Not Found", b"404 page not found"), NotOllama, "is not an Ollama server"),
            (http("404 Not Found", b"not found"), NotOllama, "is not an Ollama server"),
            (http("404 Not Found", b"<html>"), NotOllama, "is not an Ollama server"),
            (http_json({"error": "boom"}, "500 Oops"), ServerFailed, "The server failed: boom."),
            (http_json({"error": None}, "500 Oops"), ServerFailed, "The server failed: HTTP 500."),
            (http_json({"error": {"message": "m"}}, "500 Oops"), ServerFailed, "failed: m."),
            (http("502 Bad Gateway", b"<html>nginx</html>"), ServerFailed, "gave HTTP 502"),
            (http("503 Busy", b'{"error":"server busy"}'), ServerFailed, "is busy"),
        ],
    )
    async def test_an_error_is_told_in_words(
        self, answer: bytes, kind: type[OllamaTuiError], words: str
    ) -> None:
        failure = await failure_of(answer)

        assert type(failure) is kind
        assert words in str(failure)

    async def test_a_genuine_servers_refusal_of_a_host_name(
        self, open_service: OpenService
    ) -> None:
        transport = EmulatorTransport(Emulator(machine=Machine(is_loopback=True)))
        service = open_service(Connection("http://box.example:80", transport=transport))

        with pytest.raises(Refused, match=r"refuses the host name \(403\)\. Use its address"):
            await service.running()


class TestAServerThatTellsTheKey:
    async def test_it_is_not_repeated(self) -> None:
        said = {"error": "no such key: sk-12345678, and no such password: pa/55word"}
        async with answering(http_json(said, "500 Oops")) as server:
            url = server.url.replace("//", "//me:pa%2F55word@")
            async with aclosing(Client(Connection(url, key="sk-12345678"))) as client:
                with pytest.raises(ServerFailed) as failure:
                    await client.tags()

        assert "no such key: SECRET, and no such password: SECRET." in str(failure.value)

    async def test_nor_is_the_login_as_it_was_sent(self) -> None:
        said = {"error": "refused: Authorization: Basic bWU6cGEvNTV3b3Jk"}
        async with answering(http_json(said, "500 Oops")) as server:
            url = server.url.replace("//", "//me:pa%2F55word@")
            async with aclosing(Client(Connection(url))) as client:
                with pytest.raises(ServerFailed, match="Basic SECRET"):
                    await client.tags()

    async def test_nor_in_a_name(self) -> None:
        said = http_json({"models": [{"name": "sk-12345678:latest"}]})
        async with answering(said) as server:
            asked = Client(Connection(server.url, key="sk-12345678"))
            async with aclosing(asked):
                assert b'"SECRET:latest"' in await asked.tags()


class TestCookies:
    async def test_none_is_kept(self) -> None:
        answer = http("200 OK", b'{"models": []}', *(f"set-cookie: c{of}=x" for of in range(9)))

        async with answering(answer) as server, aclosing(Client(Connection(server.url))) as asked:
            await asked.tags()

            assert "cookie" not in asked._client.build_request("GET", "/api/tags").headers


class TestBeingSentOn:
    async def test_to_another_scheme_is_refused_with_the_address_to_use(self) -> None:
        answer = http("301 Moved Permanently", b"", "location: https://127.0.0.1:8443/api/tags")

        failure = await failure_of(answer)

        assert type(failure) is Refused
        assert "The server sends on to https://127.0.0.1:8443" in str(failure)
        assert "--host https://127.0.0.1:8443" in str(failure)

    @pytest.mark.parametrize("to", ["http://127.0.0.1:11434", "http://h:2", "https://h:1"])
    async def test_to_another_server_is_refused_before_that_one_is_asked(self, to: str) -> None:
        asked: list[str] = []

        def answer(request: httpx.Request) -> httpx.Response:
            asked.append(str(request.url))
            return httpx.Response(307, headers={"location": f"{to}/api/delete"})

        transport = httpx.MockTransport(answer)
        async with aclosing(Client(Connection("http://h:1", transport=transport))) as client:
            with pytest.raises(Refused, match=f"The server sends on to {to}"):
                await client.delete_model("gemma3")

        assert asked == ["http://h:1/api/delete"]

    async def test_to_a_page_a_deed_is_not_taken_for_done(self) -> None:
        def answer(request: httpx.Request) -> httpx.Response:
            if request.method == "DELETE":
                return httpx.Response(302, headers={"location": "/login"})
            return httpx.Response(200, html="<form>")

        transport = httpx.MockTransport(answer)
        async with aclosing(Client(Connection("http://h:1", transport=transport))) as client:
            with pytest.raises(Refused, match="may ask for a login"):
                await client.delete_model("gemma3")

    async def test_to_nowhere_is_not_taken_for_done(self) -> None:
        transport = httpx.MockTransport(lambda _: httpx.Response(302))
        async with aclosing(Client(Connection("http://h:1", transport=transport))) as client:
            with pytest.raises(ServerFailed):
                await client.delete_model("gemma3")

    async def test_to_another_path_is_followed(self, open_service: OpenService) -> None:
        def answer(request: httpx.Request) -> httpx.Response:
            if request.url.path == "/api/tags":
                return httpx.Response(302, headers={"location": "/there/api/tags"})
            return httpx.Response(200, json={"models": []})

        connection = Connection("http://h:1", transport=httpx.MockTransport(answer))

        assert len(await open_service(connection).library()) == 0

    async def test_a_path_before_the_api_is_kept(self, open_service: OpenService) -> None:
        async with answering(http_json({"models": []})) as server:
            await open_service(Connection(f"{server.url}/ollama")).library()

        assert server.requests == ["GET /ollama/api/tags HTTP/1.1"]


class TestTheEnvironment:
    @pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "socks5://127.0.0.1:9", "nonsense"])
    async def test_proxies_do_not_stand_before_this_machine(
        self, open_service: OpenService, url: str, monkeypatch: pytest.MonkeyPatch, proxy: str
    ) -> None:
        monkeypatch.setenv("http_proxy", proxy)
        monkeypatch.setenv("all_proxy", proxy)

        assert await open_service(Connection(url)).version() == "0.32.15"

    @pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "nonsense", "http://127.0.0.1:9"])
    async def test_one_that_cannot_be_used_is_told_in_words(
        self, open_service: OpenService, monkeypatch: pytest.MonkeyPatch, proxy: str
    ) -> None:
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.setenv("http_proxy", proxy)
        monkeypatch.setenv("all_proxy", proxy)

        with pytest.raises(Unreachable):
            await open_service(Connection("http://ollama.example.com:80")).version()

    @pytest.mark.parametrize("host", ["::1", "host:abc", "h:99999"])
    def test_what_ollamas_client_cannot_read_does_not_break_the_import(self, host: str) -> None:
        odd = {"OLLAMA_HOST": host, "ALL_PROXY": "socks5://127.0.0.1:9", "http_proxy": "nonsense"}
        program = (
            f"import os, ollama_tui.core.client; print({{n: os.environ[n] for n in {[*odd]}}})"
        )

        found = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, **odd},
            capture_output=True,
            text=True,
        )

        assert (found.stderr, found.stdout.strip()) == ("", str(odd))

    async def test_a_key_is_sent_as_a_bearer_token(
        self, open_service: OpenService, url: str, emulator: Emulator
    ) -> None:
        await open_service(Connection(url, key="s3cret")).version()

        assert emulator.requests[-1].headers["authorization"] == "Bearer s3cret"

    def test_a_key_is_not_shown(self) -> None:
        assert "s3cret" not in repr(Connection("http://h:1", key="s3cret"))


class TestReadOnly:
    async def test_looking_is_allowed(self, open_service: OpenService, url: str) -> None:
        service = open_service(Connection(url, read_only=True))

        assert len(await service.library()) == 4
        assert await service.running() == ()
        assert (await service.details("alpha")).family == "llama"

    async def test_no_write_leaves_whichever_way_it_is_asked_for(
        self, url: str, emulator: Emulator
    ) -> None:
        client = Client(Connection(url, read_only=True))

        for write in (
            client.delete("alpha"),
            client.copy("alpha", "beta"),
            client.pull("alpha"),
            client.generate("alpha"),
            client.create("beta", from_="alpha"),
        ):
            with pytest.raises(Refused, match="Read-only mode"):
                await write

        await client.aclose()
        assert not emulator.requests
