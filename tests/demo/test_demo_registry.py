"""The registry that clients in the same process ask themselves."""

from __future__ import annotations

import httpx
import pytest

from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.listener import listen
from ollama_tui.demo.manifests import ModelConfig, manifest
from ollama_tui.demo.registry import PullFault, PullFaultKind, Registry
from ollama_tui.demo.transport import EmulatorTransport

_REGISTRY = "https://registry.ollama.ai/v2/library"
_TYPE = "application/vnd.docker.distribution.manifest.v2+json"


class TestAManifest:
    async def test_it_has_the_layers_and_the_config_of_the_model(self) -> None:
        model = manifest("m", 5000, ModelConfig(system="You are kind.", licences=("MIT",)))
        emulator = Emulator((), Registry({"hf.co/acme/m:Q4": model}))
        async with httpx.AsyncClient(transport=EmulatorTransport(emulator)) as client:
            response = await client.get("https://hf.co/v2/acme/m/manifests/Q4")

        found = response.json()
        entries = [*found["layers"], found["config"]]
        assert (response.status_code, response.headers["content-type"]) == (200, _TYPE)
        assert [(entry["digest"], entry["size"]) for entry in entries] == [
            (layer.digest, layer.size) for layer in model.layers
        ]
        assert [entry["mediaType"].rpartition(".")[2] for entry in entries] == [
            "model", "template", "system", "license", "config",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        "path", ["big/manifests/8b", "BIG/manifests/8B", "tiny/manifests/latest"]
    )
    async def test_it_is_there_for_every_model_that_can_be_pulled(
        self, client: httpx.AsyncClient, path: str
    ) -> None:
        response = await client.get(f"{_REGISTRY}/{path}")

        assert response.json()["schemaVersion"] == 2

    @pytest.mark.parametrize(
        "url",
        [
            f"{_REGISTRY}/absent/manifests/latest",
            f"{_REGISTRY}/big/manifests/70b",
            "https://registry.ollama.ai/v2/acme/big/manifests/8b",
            "https://registry.ollama.ai:5000/v2/library/big/manifests/8b",
            "http://box/v2/library/big/manifests/8b",
        ],
        ids=["model", "tag", "namespace", "port", "host"],
    )
    async def test_of_what_it_lacks_it_says_so(self, client: httpx.AsyncClient, url: str) -> None:
        response = await client.get(url)

        assert response.status_code == 404
        assert response.json() == {"errors": [{"code": "MANIFEST_UNKNOWN"}]}

    async def test_an_error_that_stands_in_for_it_does_so_here_too(
        self, client: httpx.AsyncClient, emulator: Emulator
    ) -> None:
        emulator.registry.faults["big:8b"] = PullFault(PullFaultKind.ERROR, text="denied")

        big = await client.get(f"{_REGISTRY}/big/manifests/8b")
        small = await client.get(f"{_REGISTRY}/small/manifests/latest")

        assert (big.status_code, small.status_code) == (404, 200)


class TestBesideTheServer:
    async def test_the_server_is_not_asked_for_manifests(
        self, client: httpx.AsyncClient, emulator: Emulator
    ) -> None:
        emulator.faults["*"] = Fault(unreachable=True)

        response = await client.get(f"{_REGISTRY}/big/manifests/8b")

        assert response.status_code == 200
        assert not emulator.requests

    @pytest.mark.parametrize(
        "path",
        [
            "/v2/",
            "/v2/library/big/tags/list",
            "/v2/library/big/manifests/",
            "/v2/library/big/manifests/8b/more",
            "/x/v2/library/big/manifests/8b",
        ],
    )
    async def test_every_other_path_is_the_servers(
        self, client: httpx.AsyncClient, emulator: Emulator, path: str
    ) -> None:
        response = await client.get(path)

        assert (response.status_code, response.text) == (404, "404 page not found")
        assert [request.path for request in emulator.requests] == [path]

    async def test_the_server_answers_as_ever(self, client: httpx.AsyncClient) -> None:
        response = await client.get("/api/version")

        assert response.json() == {"version": "0.32.15"}

    async def test_its_socket_is_no_registry(self, emulator: Emulator) -> None:
        async with (
            listen(emulator) as url,
            httpx.AsyncClient(trust_env=False, verify=False) as client,
        ):
            response = await client.get(f"{url}/v2/library/big/manifests/8b")

        assert (response.status_code, response.text) == (404, "404 page not found")
