"""Models in memory: loading, keeping, unloading."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import httpx
import pytest

from ollama_tui.demo.clock import FastClock, keep_alive_seconds
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.machine import Machine
from ollama_tui.demo.manifests import ModelConfig
from ollama_tui.demo.store import installed
from ollama_tui.demo.transport import EmulatorTransport

CHAT = "acme/chat:8b"


async def generate(client: httpx.AsyncClient, **fields: object) -> httpx.Response:
    return await client.post("/api/generate", json=fields)


async def ps(client: httpx.AsyncClient) -> list[dict[str, object]]:
    models: list[dict[str, object]] = (await client.get("/api/ps")).json()["models"]
    return models


async def names(client: httpx.AsyncClient) -> list[object]:
    return [model["name"] for model in await ps(client)]


def until(model: dict[str, object]) -> datetime:
    return datetime.fromisoformat(str(model["expires_at"]))


def machine_client(clock: FastClock, machine: Machine) -> httpx.AsyncClient:
    emulator = Emulator(
        [
            installed("a", 4_000_000_000),
            installed("b", 4_000_000_000),
            installed("vectors", 1000, config=ModelConfig(capabilities=("embedding",))),
        ],
        machine=machine,
        now=clock.now,
        sleep=clock.sleep,
    )
    return httpx.AsyncClient(transport=EmulatorTransport(emulator), base_url="http://box")


class TestLoading:
    async def test_keeps_a_model_for_five_minutes(
        self, client: httpx.AsyncClient, clock: FastClock
    ) -> None:
        response = await generate(client, model="tiny")

        assert response.json()["done_reason"] == "load"
        [model] = await ps(client)
        assert abs(until(model) - clock.now() - timedelta(minutes=5)) < timedelta(seconds=1)

    async def test_takes_time(self, clock: FastClock) -> None:
        async with machine_client(clock, Machine(load_rate=1e9)) as client:
            began = clock.now()
            await generate(client, model="a")

        assert clock.now() - began == timedelta(seconds=4)

    async def test_that_the_client_breaks_off_loads_nothing(self) -> None:
        async def never(_: float) -> None:
            await asyncio.Event().wait()

        emulator = Emulator([installed("a")], machine=Machine(load_rate=1), sleep=never)
        transport = EmulatorTransport(emulator)
        async with httpx.AsyncClient(transport=transport, base_url="http://box") as client:
            with pytest.raises(httpx.ReadTimeout):
                await client.post("/api/generate", json={"model": "a"}, timeout=0.02)

            assert await names(client) == []

    async def test_of_a_copy_is_instant_and_keeps_the_first_name(
        self, client: httpx.AsyncClient
    ) -> None:
        await generate(client, model="tiny", keep_alive="1m")
        await client.post("/api/copy", json={"source": "tiny", "destination": "copy"})

        await generate(client, model="copy", keep_alive="1h")

        [model] = await ps(client)
        assert model["name"] == "tiny:latest"

    async def test_with_another_context_loads_again(self, client: httpx.AsyncClient) -> None:
        await generate(client, model=CHAT, options={"num_ctx": 1024})
        before = await ps(client)

        await generate(client, model=CHAT, keep_alive="20m")

        after = await ps(client)
        assert [model["context_length"] for model in before + after] == [1024, 4096]

    async def test_of_an_embedding_model_is_refused_by_generate(self, clock: FastClock) -> None:
        async with machine_client(clock, Machine()) as client:
            response = await generate(client, model="vectors")

        assert response.status_code == 400
        assert response.json() == {"error": '"vectors" does not support generate'}

    async def test_of_an_embedding_model_goes_by_embed(self, clock: FastClock) -> None:
        async with machine_client(clock, Machine()) as client:
            response = await client.post("/api/embed", json={"model": "vectors", "input": ""})

            assert response.json() == {"model": "vectors", "embeddings": []}
            assert await names(client) == ["vectors:latest"]


class TestKeeping:
    async def test_for_ever_ends_in_the_year_2319(self, client: httpx.AsyncClient) -> None:
        await generate(client, model="tiny", keep_alive=-1)

        [model] = await ps(client)
        assert str(model["expires_at"]).startswith("2319-")

    async def test_ends_when_the_time_is_over(
        self, client: httpx.AsyncClient, clock: FastClock
    ) -> None:
        await generate(client, model="tiny", keep_alive="10m")
        clock.advance(599)
        before = await names(client)
        clock.advance(2)

        assert before == ["tiny:latest"]
        assert await names(client) == []

    async def test_goes_on_as_before_when_nothing_is_said(
        self, client: httpx.AsyncClient, clock: FastClock
    ) -> None:
        await generate(client, model="tiny", keep_alive=3600)
        clock.advance(1800)

        await generate(client, model="tiny")

        [model] = await ps(client)
        assert abs(until(model) - clock.now() - timedelta(hours=1)) < timedelta(seconds=1)

    async def test_the_one_that_stays_longest_is_listed_first(
        self, client: httpx.AsyncClient
    ) -> None:
        await generate(client, model="tiny")
        await generate(client, model=CHAT, keep_alive=-1)

        assert await names(client) == [CHAT, "tiny:latest"]

    @pytest.mark.parametrize(
        ("value", "seconds"),
        [("1h30m", 5400), ("-1m", float("inf")), ("0", 0), (2.5, 2.5), (-1, float("inf"))],
    )
    def test_reads_numbers_as_seconds_and_texts_as_go_does(
        self, value: object, seconds: float
    ) -> None:
        assert keep_alive_seconds(value) == seconds

    @pytest.mark.parametrize(
        ("value", "words"),
        [
            ("300", 'time: missing unit in duration "300"'),
            ("soon", 'time: invalid duration "soon"'),
            ("1d", 'time: unknown unit "d" in duration "1d"'),
        ],
    )
    def test_complains_as_go_does(self, value: object, words: str) -> None:
        with pytest.raises(ValueError, match=words):
            keep_alive_seconds(value)


class TestUnloading:
    async def test_ends_at_once(self, client: httpx.AsyncClient) -> None:
        await generate(client, model="tiny")

        response = await generate(client, model="tiny", keep_alive=0)

        assert response.json()["done_reason"] == "unload"
        assert await names(client) == []

    async def test_of_a_model_that_is_not_loaded_is_no_error(
        self, client: httpx.AsyncClient
    ) -> None:
        response = await generate(client, model="tiny", keep_alive=0)

        assert response.status_code == 200

    async def test_of_an_alias_unloads_both(self, client: httpx.AsyncClient) -> None:
        await generate(client, model="tiny")
        await client.post("/api/copy", json={"source": "tiny", "destination": "copy"})

        await generate(client, model="copy", keep_alive=0)

        assert await names(client) == []

    async def test_of_a_deleted_model_is_not_possible(self, client: httpx.AsyncClient) -> None:
        await generate(client, model="tiny")
        await client.request("DELETE", "/api/delete", json={"model": "tiny"})

        response = await generate(client, model="tiny", keep_alive=0)

        assert response.status_code == 404
        assert await names(client) == ["tiny:latest"]

    async def test_waits_for_a_busy_model(
        self, client: httpx.AsyncClient, emulator: Emulator
    ) -> None:
        await generate(client, model="tiny")
        emulator.runners.put([replace(one, is_busy=True) for one in emulator.runners.loaded])

        await generate(client, model="tiny", keep_alive=0)

        assert await names(client) == ["tiny:latest"]


class TestMemory:
    @pytest.mark.parametrize(("vram", "on_gpu"), [(None, 4.2e9), (3 * 10**9, 3e9), (0, 0)])
    async def test_is_used_on_the_gpu_in_part_or_not_at_all(
        self, clock: FastClock, vram: int | None, on_gpu: float
    ) -> None:
        async with machine_client(clock, Machine(vram=vram)) as client:
            await generate(client, model="a")

            [model] = await ps(client)

        assert model["size"] == 4_200_000_000
        assert model["size_vram"] == on_gpu

    async def test_is_given_up_by_the_model_that_would_go_first(self, clock: FastClock) -> None:
        async with machine_client(clock, Machine(vram=5 * 10**9)) as client:
            await generate(client, model="a")

            await generate(client, model="b")

            assert await names(client) == ["b:latest"]


class TestAnswering:
    async def test_streams_words_and_ends_with_counts(self, client: httpx.AsyncClient) -> None:
        lines = (await generate(client, model="tiny", prompt="Hello")).text.splitlines()

        assert len(lines) == 5
        assert '"eval_count":4' in lines[-1]

    async def test_answers_a_conversation(self, client: httpx.AsyncClient) -> None:
        fields = {
            "model": "tiny",
            "messages": [{"role": "user", "content": "Hello"}],
            "stream": False,
        }
        response = await client.post("/api/chat", json=fields)

        assert response.json()["message"] == {"role": "assistant", "content": "This is the demo."}
