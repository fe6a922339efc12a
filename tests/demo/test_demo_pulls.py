"""Pulling: what arrives, what is kept, and what goes wrong."""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise

import httpx
import pytest

from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.manifests import ModelConfig, manifest
from ollama_tui.demo.registry import PullFault, PullFaultKind, Registry
from ollama_tui.demo.transport import EmulatorTransport

Line = dict[str, object]


async def pull(client: httpx.AsyncClient, name: str, until: int | None = None) -> list[Line]:
    """Pull a model; leave once so many bytes of a layer are there."""
    lines: list[Line] = []
    async with client.stream("POST", "/api/pull", json={"model": name}) as response:
        texts = response.aiter_lines()
        async for text in texts:
            lines.append(json.loads(text))
            if until is not None and completed(lines[-1]) >= until:
                break
    return lines


def completed(line: Line) -> int:
    value = line.get("completed", 0)
    assert isinstance(value, int)
    return value


def big_layer(lines: list[Line]) -> list[int]:
    return [completed(line) for line in lines if line.get("total") == 600_000_000]


class TestAPullThatGoesWell:
    async def test_begins_with_the_manifest_and_ends_in_success(
        self, client: httpx.AsyncClient
    ) -> None:
        lines = await pull(client, "big:8b")

        assert lines[0] == {"status": "pulling manifest"}
        assert [line["status"] for line in lines[-3:]] == [
            "verifying sha256 digest",
            "writing manifest",
            "success",
        ]

    async def test_gives_a_line_every_tick(self, client: httpx.AsyncClient) -> None:
        sizes = big_layer(await pull(client, "big:8b"))

        assert sizes[:3] == [6_000_000, 12_000_000, 18_000_000]
        assert len(sizes) == 99

    async def test_has_no_line_for_a_layer_that_is_done_within_a_tick(
        self, client: httpx.AsyncClient
    ) -> None:
        lines = await pull(client, "small")

        template_that_is_there = "pulling b507b9c2f6ca"
        assert [line["status"] for line in lines] == [
            "pulling manifest",
            template_that_is_there,
            "verifying sha256 digest",
            "writing manifest",
            "success",
        ]

    async def test_has_one_line_for_each_layer_that_is_there(
        self, client: httpx.AsyncClient
    ) -> None:
        lines = await pull(client, "tiny")

        layers = [line for line in lines if "digest" in line]
        assert len(layers) == 3
        assert all(line["completed"] == line["total"] for line in layers)

    async def test_makes_the_model_appear(
        self, client: httpx.AsyncClient, emulator: Emulator
    ) -> None:
        await pull(client, "big:8b")

        assert "big:8b" in [model.name.shown for model in emulator.store.models]

    async def test_without_a_stream_answers_once(self, client: httpx.AsyncClient) -> None:
        response = await client.post("/api/pull", json={"model": "big:8b", "stream": False})

        assert response.json() == {"status": "success"}
        assert response.headers["content-type"] == "application/json"

    async def test_says_when_an_older_version_leaves_layers(self, clock: FastClock) -> None:
        old, new = manifest("old", 1000), manifest("new", 1000, ModelConfig(system="New."))
        emulator = Emulator((), Registry({"m": new}), now=clock.now, sleep=clock.sleep)
        emulator.store.install(emulator.server.name("m"), old, clock.now())

        async with httpx.AsyncClient(
            transport=EmulatorTransport(emulator), base_url="http://box"
        ) as client:
            lines = await pull(client, "m")

        assert lines[-2:] == [{"status": "removing unused layers"}, {"status": "success"}]
        assert old.layers[0].digest not in emulator.store.blobs


class TestAPullThatIsBrokenOff:
    async def test_keeps_its_bytes_and_goes_on_from_there(self, client: httpx.AsyncClient) -> None:
        await pull(client, "big:8b", until=120_000_000)

        lines = await pull(client, "big:8b")

        assert big_layer(lines)[0] == 126_000_000
        assert lines[-1] == {"status": "success"}

    async def test_stops_at_once(
        self, client: httpx.AsyncClient, emulator: Emulator, clock: FastClock
    ) -> None:
        await pull(client, "big:8b", until=120_000_000)
        clock.advance(60)

        assert emulator.downloads.running == []
        assert list(emulator.store.partials.values()) == [120_000_000]

    async def test_while_verifying_ends_all_the_same(
        self, client: httpx.AsyncClient, emulator: Emulator
    ) -> None:
        async with client.stream("POST", "/api/pull", json={"model": "small"}) as response:
            lines = response.aiter_lines()
            async for line in lines:
                if "verifying" in line:
                    break

        assert "small:latest" in [model.name.shown for model in emulator.store.models]


class TestTwoPullsOfOneModel:
    async def test_share_a_download_which_the_second_joins_where_it_is(
        self, emulator: Emulator, client: httpx.AsyncClient
    ) -> None:
        async with client.stream("POST", "/api/pull", json={"model": "big:8b"}) as first:
            texts = first.aiter_lines()
            while completed(json.loads(await anext(texts))) < 120_000_000:
                pass

            second = await pull(client, "big:8b", until=180_000_000)

            assert big_layer(second)[0] > 120_000_000
            assert len(emulator.downloads.running) == 1

    async def test_go_on_when_the_first_leaves(self, client: httpx.AsyncClient) -> None:
        first = asyncio.create_task(pull(client, "big:8b", until=120_000_000))
        second = asyncio.create_task(pull(client, "big:8b"))
        await first

        lines = await second

        assert lines[-1] == {"status": "success"}
        assert all(after >= before for before, after in pairwise(big_layer(lines)))


class TestAPullThatGoesWrong:
    async def test_stalls_by_saying_the_same_for_ever(
        self, client: httpx.AsyncClient, emulator: Emulator, clock: FastClock
    ) -> None:
        emulator.registry.faults["big:8b"] = PullFault(PullFaultKind.STALL, at=0.5)
        began = clock.now()

        sizes = []
        async with client.stream("POST", "/api/pull", json={"model": "big:8b"}) as response:
            texts = response.aiter_lines()
            async for text in texts:
                sizes.append(completed(json.loads(text)))
                if (clock.now() - began).total_seconds() > 60:
                    break

        assert set(sizes[-500:]) == {300_000_000}

    async def test_says_nothing_of_bytes_before_the_first(
        self, client: httpx.AsyncClient, emulator: Emulator
    ) -> None:
        emulator.registry.faults["*"] = PullFault(PullFaultKind.STALL)

        async with client.stream("POST", "/api/pull", json={"model": "big:8b"}) as response:
            texts = response.aiter_lines()
            _, line = await anext(texts), json.loads(await anext(texts))

        assert list(line) == ["status", "digest", "total"]

    async def test_goes_on_when_the_stall_is_over(
        self, client: httpx.AsyncClient, emulator: Emulator
    ) -> None:
        emulator.registry.faults["*"] = PullFault(PullFaultKind.STALL, at=0.5)
        async with client.stream("POST", "/api/pull", json={"model": "big:8b"}) as response:
            texts = response.aiter_lines()
            while completed(json.loads(await anext(texts))) < 300_000_000:
                pass
            emulator.registry.faults.clear()

            lines = [json.loads(text) async for text in texts]

        assert lines[-1] == {"status": "success"}

    async def test_joined_while_it_dies_ends_in_context_canceled(
        self, client: httpx.AsyncClient, emulator: Emulator, clock: FastClock
    ) -> None:
        emulator.registry.faults["*"] = PullFault(PullFaultKind.BREAK, at=0.5)
        await pull(client, "big:8b", until=300_000_000)
        emulator.registry.faults.clear()
        began = clock.now()

        lines = await pull(client, "big:8b")

        assert lines[-1] == {"error": "context canceled"}
        assert set(big_layer(lines)) == {300_000_000}
        assert (clock.now() - began).total_seconds() == pytest.approx(7.5, abs=0.1)

    async def test_goes_on_when_asked_again_after_it_died(
        self, client: httpx.AsyncClient, emulator: Emulator
    ) -> None:
        emulator.registry.faults["*"] = PullFault(PullFaultKind.BREAK, at=0.5)
        await pull(client, "big:8b", until=300_000_000)
        emulator.registry.faults.clear()
        await pull(client, "big:8b")

        lines = await pull(client, "big:8b")

        assert big_layer(lines)[0] == 306_000_000
        assert lines[-1] == {"status": "success"}

    async def test_falls_back_once(self, client: httpx.AsyncClient, emulator: Emulator) -> None:
        emulator.registry.faults["*"] = PullFault(PullFaultKind.BACKWARDS, at=0.5, lost=100_000_000)

        lines = await pull(client, "big:8b")

        drops = [before - after for before, after in pairwise(big_layer(lines)) if after < before]
        assert drops == [94_000_000]
        assert lines[-1] == {"status": "success"}

    async def test_ends_without_success(
        self, client: httpx.AsyncClient, emulator: Emulator
    ) -> None:
        emulator.registry.faults["*"] = PullFault(PullFaultKind.TRUNCATE, at=0.5)

        lines = await pull(client, "big:8b")

        assert lines[-1]["completed"] == 300_000_000

    async def test_breaks_the_connection(
        self, client: httpx.AsyncClient, emulator: Emulator
    ) -> None:
        emulator.registry.faults["*"] = PullFault(PullFaultKind.ABORT, at=0.5)

        with pytest.raises(httpx.ReadError):
            await pull(client, "big:8b")

        assert list(emulator.store.partials.values()) == [300_000_000]

    @pytest.mark.parametrize(
        "text",
        [
            "pull model manifest: 412: \n\nThe model you are attempting to pull requires a newer",
            "pull model manifest: unauthorized: access denied",
        ],
    )
    async def test_at_the_manifest(
        self, client: httpx.AsyncClient, emulator: Emulator, text: str
    ) -> None:
        emulator.registry.faults["*"] = PullFault(PullFaultKind.ERROR, text=text)

        lines = await pull(client, "big:8b")

        assert lines == [{"status": "pulling manifest"}, {"error": text}]

    @pytest.mark.parametrize(
        "text",
        [
            "write /blobs/sha256-b16-partial: no space left on device",
            'max retries exceeded: Get "https://cdn.example/x": EOF',
        ],
    )
    async def test_midway(self, client: httpx.AsyncClient, emulator: Emulator, text: str) -> None:
        emulator.registry.faults["*"] = PullFault(PullFaultKind.ERROR, at=0.25, text=text)

        lines = await pull(client, "big:8b")

        assert lines[-2]["completed"] == 150_000_000
        assert lines[-1] == {"error": text}

    async def test_after_verifying_so_that_it_begins_again(
        self, client: httpx.AsyncClient, emulator: Emulator
    ) -> None:
        wrong = "digest mismatch, file must be downloaded again: want sha256:a, got sha256:b"
        emulator.registry.faults["*"] = PullFault(
            PullFaultKind.ERROR, at=1, text=wrong, spoils=True
        )
        failed = await pull(client, "big:8b")
        emulator.registry.faults.clear()

        again = await pull(client, "big:8b")

        assert failed[-2:] == [{"status": "verifying sha256 digest"}, {"error": wrong}]
        assert big_layer(again)[0] == 6_000_000

    async def test_without_a_stream_is_an_error_status(
        self, client: httpx.AsyncClient, emulator: Emulator
    ) -> None:
        emulator.registry.faults["*"] = PullFault(PullFaultKind.ERROR, at=0.5, text="EOF")

        response = await client.post("/api/pull", json={"model": "big:8b", "stream": False})

        assert response.status_code == 500
        assert response.json() == {"error": "EOF"}

    async def test_from_a_host_that_is_not_there(self, client: httpx.AsyncClient) -> None:
        lines = await pull(client, "registry.nowhere/acme/m")

        url = "https://registry.nowhere/v2/acme/m/manifests/latest"
        error = f'Get "{url}": dial tcp: lookup registry.nowhere: no such host'
        assert lines[-1] == {"error": f"pull model manifest: {error}"}
