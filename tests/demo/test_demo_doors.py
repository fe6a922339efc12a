"""The two doors, in the process and on a socket, and the faults behind them."""

from __future__ import annotations

import asyncio
import json
import math
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.listener import listen
from ollama_tui.demo.manifests import manifest
from ollama_tui.demo.registry import PullFault, PullFaultKind, Registry
from ollama_tui.demo.store import installed
from ollama_tui.demo.transport import EmulatorTransport
from ollama_tui.demo.wire import Answer

DOORS = ("transport", "socket")
HTML = (("content-type", "text/html"),)


class Gate:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.clock = FastClock()
        self.passes = asyncio.Semaphore(0)

    async def sleep(self, seconds: float) -> None:
        await self.passes.acquire()
        await self.clock.sleep(seconds)


@asynccontextmanager
async def client_at(door: str, emulator: Emulator) -> AsyncIterator[httpx.AsyncClient]:
    if door == "transport":
        transport = EmulatorTransport(emulator)
        async with httpx.AsyncClient(transport=transport, base_url="http://box") as client:
            yield client
        return
    async with (
        listen(emulator) as url,
        httpx.AsyncClient(base_url=url, trust_env=False, verify=False) as client,
    ):
        yield client


@pytest.fixture(params=DOORS)
async def client(
    request: pytest.FixtureRequest, emulator: Emulator
) -> AsyncIterator[httpx.AsyncClient]:
    async with client_at(request.param, emulator) as client:
        yield client


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def gated(gate: Gate) -> Emulator:
    """A server whose pulls go on line by line, as the gate lets them."""
    registry = Registry({"big": manifest("big", 600_000_000)}, 100e6)
    return Emulator((), registry, now=gate.clock.now, sleep=gate.sleep)


class TestBothDoors:
    async def test_answer(self, client: httpx.AsyncClient) -> None:
        response = await client.get("/api/version")

        assert response.json() == {"version": "0.32.15"}
        assert response.headers["date"] == "Tue, 24 Nov 2026 15:42:05 GMT"

    async def test_answer_again_and_again(self, client: httpx.AsyncClient) -> None:
        statuses = [(await client.post("/api/show", json={})).status_code for _ in range(5)]

        assert statuses == [400] * 5

    async def test_leave_out_the_body_of_head(self, client: httpx.AsyncClient) -> None:
        head = await client.head("/")

        assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "17")
        assert (await client.get("/")).text == "Ollama is running"

    async def test_give_long_bodies_whole(
        self, client: httpx.AsyncClient, emulator: Emulator, clock: FastClock
    ) -> None:
        for number in range(50):
            model = installed(f"m{number}")
            emulator.store.install(model.name, model.manifest, clock.now())

        response = await client.get("/api/tags")

        assert len(response.json()["models"]) == 52

    async def test_send_a_trailing_slash_on_its_way(self, client: httpx.AsyncClient) -> None:
        response = await client.get("/api/tags/")

        assert (response.status_code, response.headers["location"]) == (301, "/api/tags")

    @pytest.mark.parametrize("door", DOORS)
    async def test_give_each_line_when_it_is_made(
        self, door: str, gate: Gate, gated: Emulator
    ) -> None:
        async with (
            client_at(door, gated) as client,
            client.stream("POST", "/api/pull", json={"model": "big"}) as response,
        ):
            lines = response.aiter_lines()
            first = await anext(lines)
            gate.passes.release()
            second = json.loads(await anext(lines))

        assert first == '{"status":"pulling manifest"}'
        assert second["completed"] == 6_000_000

    @pytest.mark.parametrize("door", DOORS)
    async def test_stop_a_pull_whose_client_leaves(
        self, door: str, gate: Gate, gated: Emulator
    ) -> None:
        async with client_at(door, gated) as client:
            async with client.stream("POST", "/api/pull", json={"model": "big"}) as response:
                lines = response.aiter_lines()
                await anext(lines)
                gate.passes.release()
                await anext(lines)
                assert len(gated.downloads.running) == 1
            await idle()

            assert gated.downloads.running == []
            assert list(gated.store.partials.values()) == [6_000_000]

    @pytest.mark.parametrize("door", DOORS)
    async def test_stop_a_pull_whose_client_is_cancelled_while_it_waits(
        self, door: str, gate: Gate, gated: Emulator
    ) -> None:
        async with client_at(door, gated) as client:
            pull = asyncio.create_task(client.post("/api/pull", json={"model": "big"}))
            await idle()
            assert len(gated.downloads.running) == 1

            pull.cancel()
            await idle()

            assert gated.downloads.running == []


class TestTheListener:
    async def test_stops_all_answers_when_it_closes(self, gated: Emulator) -> None:
        async with listen(gated) as url:
            client = httpx.AsyncClient(base_url=url, trust_env=False, verify=False)
            pull = asyncio.create_task(client.post("/api/pull", json={"model": "big"}))
            await idle()
            assert len(gated.downloads.running) == 1

        assert gated.downloads.running == []
        await asyncio.gather(pull, return_exceptions=True)
        await client.aclose()

    async def test_drops_what_is_no_request(self, emulator: Emulator) -> None:
        async with listen(emulator) as url:
            host, _, port = url.removeprefix("http://").partition(":")
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(b"nonsense\r\n\r\n")

            assert await reader.read() == b""

            writer.close()

    async def test_can_be_started_by_hand(self) -> None:
        program = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ollama_tui.demo", "--models", "3",
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert program.stdout
        url = (await program.stdout.readline()).decode().strip()
        async with httpx.AsyncClient(base_url=url, trust_env=False, verify=False) as client:
            models = (await client.get("/api/tags")).json()["models"]
        program.terminate()
        await program.wait()

        assert len(models) == 3


class TestFaults:
    async def test_leave_a_request_without_an_answer(
        self, client: httpx.AsyncClient, emulator: Emulator
    ) -> None:
        emulator.faults["/api/ps"] = Fault(delay=math.inf)

        with pytest.raises(httpx.ReadTimeout):
            await client.get("/api/ps", timeout=0.05)

        assert (await client.get("/api/tags")).status_code == 200

    async def test_delay_an_answer(
        self, client: httpx.AsyncClient, emulator: Emulator, clock: FastClock
    ) -> None:
        emulator.faults["*"] = Fault(delay=9)
        began = clock.now()

        await client.get("/api/tags")

        assert (clock.now() - began).total_seconds() == 9

    async def test_close_the_connection(
        self, client: httpx.AsyncClient, emulator: Emulator
    ) -> None:
        emulator.faults["/api/ps"] = Fault(closes=True)

        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/api/ps")

    async def test_refuse_the_connection(self, emulator: Emulator) -> None:
        emulator.faults["*"] = Fault(unreachable=True)

        async with client_at("transport", emulator) as client:
            with pytest.raises(httpx.ConnectError):
                await client.get("/api/ps")

    @pytest.mark.parametrize(
        ("status", "headers", "body"),
        [
            (200, HTML, b"<html>Sign in to the network</html>"),
            (502, HTML, b"<html>Bad Gateway</html>"),
            (403, (), b""),
            (401, (), b'{"error":"unauthorized","signin_url":"https://ollama.com/connect"}'),
            (301, (("location", "/api/tags"),), b""),
        ],
    )
    async def test_answer_something_else(
        self,
        client: httpx.AsyncClient,
        emulator: Emulator,
        status: int,
        headers: tuple[tuple[str, str], ...],
        body: bytes,
    ) -> None:
        emulator.faults["/api/tags"] = Fault(answer=Answer(status, headers, body))

        response = await client.get("/api/tags")

        assert (response.status_code, response.content) == (status, body)

    async def test_strike_so_many_times(
        self, client: httpx.AsyncClient, emulator: Emulator
    ) -> None:
        emulator.faults["/api/tags"] = Fault(answer=Answer(503), times=2)

        statuses = [(await client.get("/api/tags")).status_code for _ in range(3)]

        assert statuses == [503, 503, 200]

    async def test_cut_a_body_short(self, client: httpx.AsyncClient, emulator: Emulator) -> None:
        emulator.faults["/api/tags"] = Fault(cut_after=20)

        response = await client.get("/api/tags")

        assert response.text == '{"models":[{"name":"'

    async def test_end_a_stream_early(self, client: httpx.AsyncClient, emulator: Emulator) -> None:
        emulator.faults["/api/pull"] = Fault(cut_after=3)

        response = await client.post("/api/pull", json={"model": "big:8b"})

        assert len(response.text.splitlines()) == 3
        assert len(emulator.store.partials) == 1

    async def test_reset_a_stream(self, client: httpx.AsyncClient, emulator: Emulator) -> None:
        emulator.faults["/api/pull"] = Fault(cut_after=3, resets=True)

        with pytest.raises(httpx.ReadError):
            await client.post("/api/pull", json={"model": "big:8b"})

    async def test_of_the_registry_reset_a_stream(
        self, client: httpx.AsyncClient, emulator: Emulator
    ) -> None:
        emulator.registry.faults["*"] = PullFault(PullFaultKind.ABORT, at=0.5)

        with pytest.raises(httpx.ReadError):
            await client.post("/api/pull", json={"model": "big:8b"})


async def idle() -> None:
    """Let everything happen that can happen by itself."""
    for _ in range(50):
        await asyncio.sleep(0)
