"""Models on disk: names, copies, deletions, creations, and the demo's own library."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import httpx
import pytest

from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.library import demo_emulator
from ollama_tui.demo.names import InvalidName, parse_name, parse_sourced_name
from ollama_tui.demo.store import InstalledModel, installed
from ollama_tui.demo.synthetic import synthetic_emulator
from ollama_tui.demo.transport import EmulatorTransport

CHAT = "acme/chat:8b"


def client_of(emulator: Emulator) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=EmulatorTransport(emulator), base_url="http://box")


async def tags(client: httpx.AsyncClient) -> dict[str, dict[str, object]]:
    models = (await client.get("/api/tags")).json()["models"]
    return {model["name"]: model for model in models}


async def copy(client: httpx.AsyncClient, source: str, destination: str) -> None:
    response = await client.post("/api/copy", json={"source": source, "destination": destination})
    assert response.status_code == 200


async def delete(client: httpx.AsyncClient, name: str) -> None:
    response = await client.request("DELETE", "/api/delete", json={"model": name})
    assert response.status_code == 200


class TestNames:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("llama3", "llama3:latest"),
            (" llama3 ", "llama3:latest"),
            ("hf.co/u/r:Q4_K_M", "hf.co/u/r:Q4_K_M"),
            ("registry.ollama.ai/library/x", "x:latest"),
            ("https://ollama.com/library/x", "ollama.com/library/x:latest"),
            ("host:5000/ns/m:t", "host:5000/ns/m:t"),
        ],
    )
    def test_are_completed(self, text: str, shown: str) -> None:
        assert parse_name(text).shown == shown

    @pytest.mark.parametrize(
        "text",
        ["", "llama3:", "a.b/c", "m:.x", "-m", "ü", "a b", "/m", "a/b/c/d", "m@sha256:x",
         "localhost:5000/m", "m" * 81],
    )  # fmt: skip
    def test_are_refused(self, text: str) -> None:
        with pytest.raises(InvalidName):
            parse_name(text)

    @pytest.mark.parametrize(
        ("text", "shown"),
        [("x:local", "x:latest"), ("x:cloud", "x:cloud"), ("x:20b:cloud", "x:20b-cloud")],
    )
    def test_may_say_where_the_model_runs(self, text: str, shown: str) -> None:
        assert parse_sourced_name(text).shown == shown

    async def test_do_not_mind_their_case(self, client: httpx.AsyncClient) -> None:
        await copy(client, "ACME/Chat:8B", "TINY")

        assert set(await tags(client)) == {"tiny:latest", CHAT}


class TestCopying:
    async def test_gives_the_same_digest(self, client: httpx.AsyncClient) -> None:
        await copy(client, "tiny", "copy")

        models = await tags(client)
        assert models["copy:latest"]["digest"] == models["tiny:latest"]["digest"]

    async def test_overwrites_without_a_word(self, client: httpx.AsyncClient) -> None:
        await copy(client, CHAT, "tiny")

        models = await tags(client)
        assert models["tiny:latest"]["size"] == models[CHAT]["size"]

    async def test_onto_itself_changes_nothing(
        self, client: httpx.AsyncClient, clock: FastClock
    ) -> None:
        before = await tags(client)
        clock.advance(60)

        await copy(client, "tiny", "tiny:latest")

        assert await tags(client) == before


class TestDeleting:
    async def test_frees_the_layers(self, client: httpx.AsyncClient, emulator: Emulator) -> None:
        weights = emulator.store.models[0].manifest.layers[0].digest

        await delete(client, "tiny")

        assert (await client.head(f"/api/blobs/{weights}")).status_code == 404

    async def test_keeps_layers_that_another_name_uses(
        self, client: httpx.AsyncClient, emulator: Emulator
    ) -> None:
        weights = emulator.store.models[0].manifest.layers[0].digest
        await copy(client, "tiny", "copy")

        await delete(client, "tiny")

        assert (await client.head(f"/api/blobs/{weights}")).status_code == 200


class TestCreating:
    async def test_shares_the_weights(self, client: httpx.AsyncClient, emulator: Emulator) -> None:
        fields = {"model": "terse", "from": "tiny", "system": "Terse.", "stream": False}
        response = await client.post("/api/create", json=fields)

        assert response.json() == {"status": "success"}
        weights = {model.manifest.layers[0].digest for model in emulator.store.models}
        assert len(weights) == 2

    async def test_from_a_missing_model_pulls_it_first(self, client: httpx.AsyncClient) -> None:
        response = await client.post("/api/create", json={"model": "mine", "from": "small"})

        statuses = [json.loads(line)["status"] for line in response.text.splitlines()]
        assert statuses[0] == "pulling manifest"
        assert statuses[-1] == "success"
        assert {"mine:latest", "small:latest"} <= set(await tags(client))


class TestListing:
    async def test_puts_equals_in_an_order_of_chance(self, clock: FastClock) -> None:
        library = [installed(f"m{number}") for number in range(8)]
        async with client_of(Emulator(library, now=clock.now)) as client:
            orders = {tuple(await tags(client)) for _ in range(5)}

        assert len(orders) > 1

    async def test_puts_the_newest_first(self, clock: FastClock) -> None:
        moments = [clock.now() - timedelta(hours=hours) for hours in (3, 1, 2)]
        library = [installed(f"m{i}", modified_at=moment) for i, moment in enumerate(moments)]
        async with client_of(Emulator(library)) as client:
            assert list(await tags(client)) == ["m1:latest", "m2:latest", "m0:latest"]


class TestOldServers:
    async def test_have_no_ps(self, clock: FastClock) -> None:
        async with client_of(Emulator(version="0.1.37")) as client:
            response = await client.get("/api/ps")

        assert (response.status_code, response.text) == (404, "404 page not found")

    async def test_say_404_to_a_wrong_method(self) -> None:
        async with client_of(Emulator(version="0.6.8")) as client:
            assert (await client.get("/api/pull")).status_code == 404

    @pytest.mark.parametrize(
        ("version", "fields"),
        [
            ("0.1.20", {"name", "modified_at", "size", "digest", "details"}),
            ("0.29.0", {"name", "model", "modified_at", "size", "digest", "details"}),
            (
                "0.30.0-rc1",
                {"name", "model", "modified_at", "size", "digest", "details", "capabilities"},
            ),
        ],
    )
    async def test_list_fewer_fields(self, version: str, fields: set[str]) -> None:
        async with client_of(Emulator([installed("m")], version=version)) as client:
            models = await tags(client)

        assert set(models["m:latest"]) == fields


class TestTheDemo:
    async def test_has_three_models_loaded(self, clock: FastClock) -> None:
        async with client_of(demo_emulator(clock.now, clock.sleep)) as client:
            models = (await client.get("/api/ps")).json()["models"]

        left = {
            model["name"]: datetime.fromisoformat(model["expires_at"]) - clock.now()
            for model in models
        }
        assert left["gemma3:27b"] // timedelta(seconds=1) == 240
        assert left["deepseek-r1:32b"] // timedelta(seconds=1) == 720
        assert left["nomic-embed-text:latest"] > timedelta(days=365 * 200)
        assert [round(100 * one["size_vram"] / one["size"]) for one in models] == [100, 49, 100]

    async def test_holds_the_odd_ones(self, clock: FastClock) -> None:
        async with client_of(demo_emulator(clock.now, clock.sleep)) as client:
            models = await tags(client)

        digests = [model["digest"] for model in models.values()]
        assert len(digests) - len(set(digests)) == 1
        assert models["qwen3-coder:480b-cloud"]["remote_host"] == "https://ollama.com:443"
        assert '"families": null' in json.dumps(models["starcoder2:15b"])
        assert models["assistant:latest"]["digest"] == models["qwen2.5:14b"]["digest"]

    async def test_pulls_what_it_knows(self, clock: FastClock) -> None:
        async with client_of(demo_emulator(clock.now, clock.sleep)) as client:
            began = clock.now()
            response = await client.post("/api/pull", json={"model": "qwen3:0.6b"})

        assert response.text.endswith('{"status":"success"}\n')
        assert 6 < (clock.now() - began).total_seconds() < 8

    async def test_is_the_same_every_time(self, clock: FastClock) -> None:
        first = demo_emulator(clock.now, clock.sleep).store.models
        second = demo_emulator(clock.now, clock.sleep).store.models

        assert first == second

    def test_can_be_of_any_size(self) -> None:
        models: list[InstalledModel] = synthetic_emulator(2000).store.models

        assert len(models) == 2000
