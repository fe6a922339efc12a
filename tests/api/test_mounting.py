"""The routes in the application of somebody else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request, Response

from ollama_tui.api import create_app, create_router
from ollama_tui.core import local_downloads as downloads_module
from ollama_tui.core.connection import Connection
from ollama_tui.core.current import CurrentModel
from ollama_tui.core.layers import Manifest
from ollama_tui.core.local_downloads import LocalDownloads
from ollama_tui.core.names import ModelName
from ollama_tui.core.registries import Registries
from ollama_tui.core.service import OllamaService
from ollama_tui.demo.emulator import Emulator
from tests.api.serving import Api, become_true, following, parts, registries_of, running, serving
from tests.api.test_downloading import EIGHTH

Parts = tuple[OllamaService, CurrentModel, LocalDownloads]


@pytest.fixture
def app() -> FastAPI:
    """An application that has a life and a route of its own."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.lives = True
        yield
        app.state.lives = False

    async def lives(request: Request) -> bool:
        return bool(request.app.state.lives)

    app = FastAPI(lifespan=lifespan)
    app.add_api_route("/lives", lives)
    return app


@pytest.fixture
def made(url: str, emulator: Emulator, folder: Path) -> Parts:
    return parts(Connection(url), folder, registries_of(emulator))


@asynccontextmanager
async def mounted(app: FastAPI, made: Parts) -> AsyncIterator[Api]:
    """The application behind a plain uvicorn."""
    config = uvicorn.Config(app, lifespan="on", log_config=None)
    async with running(uvicorn.Server(config)) as (client, server):
        yield Api(*made, client, server)


class TestAnotherApplication:
    async def test_it_answers_its_own_routes_and_these(self, app: FastAPI, made: Parts) -> None:
        app.include_router(create_router(*made))

        async with mounted(app, made) as api:
            lives = await api.client.get("/lives")
            listed = await api.get("all")
            changed = await api.change({"model_name": "llama2"})
            downloaded = await api.download("hf.co/user/repo:Q4_K_M")

        assert lives.json() is True
        assert len(listed.json()) == 3
        assert changed.json() == {"message": "Success! model set to llama2:latest"}
        assert downloaded.text.endswith('event: done\ndata: {"completed": 1000, "total": 1000}\n\n')

    async def test_both_lives_end_with_it(
        self, app: FastAPI, made: Parts, emulator: Emulator
    ) -> None:
        app.include_router(create_router(*made))

        async with mounted(app, made) as api:
            await api.get("all")
            emulator.registry.faults["*"] = EIGHTH
            await api.downloads.start("tiny")
            await become_true(lambda: emulator.downloads.running)

        await become_true(lambda: not emulator.downloads.running)
        assert app.state.lives is False
        assert made[0]._client is None

    async def test_they_may_be_below_a_prefix_of_its_own(self, app: FastAPI, made: Parts) -> None:
        app.include_router(create_router(*made), prefix="/llm")

        async with mounted(app, made) as api:
            here = await api.client.post("/llm/api/models/download/user%2Fmodel")
            elsewhere = await api.client.get("/api/models/all")

        assert "event: done" in here.text
        assert elsewhere.status_code == 404

    async def test_they_are_described_among_its_own(self, app: FastAPI, made: Parts) -> None:
        app.include_router(create_router(*made), prefix="/llm")

        paths = app.openapi()["paths"]

        assert {"/lives", "/llm/api/models/all"} <= set(paths)

    async def test_it_lets_in_whom_it_likes(self, app: FastAPI, made: Parts) -> None:
        def refuse() -> None:
            raise HTTPException(418)

        app.include_router(create_router(*made), dependencies=[Depends(refuse)])

        async with mounted(app, made) as api:
            refused = await api.get("all")
            other = await api.client.get("/lives", headers={"Host": "its.example"})

        assert (refused.status_code, other.status_code) == (418, 200)

    async def test_a_client_that_leaves_is_seen_through_its_middleware(
        self, app: FastAPI, made: Parts, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def pass_on(
            request: Request, answer: Callable[[Request], Awaitable[Response]]
        ) -> Response:
            return await answer(request)

        monkeypatch.setattr(downloads_module, "_LOOK_SECONDS", 0.01)
        app.middleware("http")(pass_on)
        app.include_router(create_router(*made))
        emulator.registry.faults["*"] = EIGHTH

        async with mounted(app, made) as api:
            async with following(api, "tiny") as told:
                first = await anext(told)
            await become_true(lambda: not emulator.downloads.running)
            await become_true(lambda: api.downloads.pulls == ())

        assert first.json() == {"completed": 100, "total": 1000}

    async def test_two_servers_may_be_asked_by_one_application(
        self, app: FastAPI, made: Parts, tmp_path: Path
    ) -> None:
        other = parts(Connection("http://127.0.0.1:1"), tmp_path / "other")
        app.include_router(create_router(*made), prefix="/here")
        app.include_router(create_router(*other), prefix="/there")

        async with mounted(app, made) as api:
            alive = [
                (await api.client.get(f"/{place}/api/models/alive")).json()
                for place in ("here", "there")
            ]

        assert alive == [True, False]

    async def test_one_that_ended_may_begin_again(self, app: FastAPI, made: Parts) -> None:
        app.include_router(create_router(*made))
        async with mounted(app, made) as api:
            await api.download("tiny")

        async with mounted(app, made) as api:
            again = await api.download("tiny")

        assert "event: done" in again.text

    async def test_without_its_lifespan_a_download_is_refused_in_words(
        self, app: FastAPI, made: Parts
    ) -> None:
        app.mount("/llm", create_app(*made))

        async with mounted(app, made) as api:
            alive = await api.client.get("/llm/api/models/alive")
            refused = await api.client.post("/llm/api/models/download/tiny")

        assert alive.json() is True
        assert refused.status_code == 503
        assert "No download can begin" in refused.json()["detail"]

    async def test_a_body_that_cannot_be_sent_back_is_unprocessable_here_too(
        self, app: FastAPI, made: Parts
    ) -> None:
        app.include_router(create_router(*made))

        async with mounted(app, made) as api:
            refused = await api.client.post(
                "/api/models/change",
                content=b'{"model_name": NaN}',
                headers={"content-type": "application/json"},
            )

        assert refused.status_code == 422


async def test_a_fault_in_one_download_does_not_end_the_others(
    url: str, folder: Path, emulator: Emulator
) -> None:
    class Faulty(Registries):
        async def manifest(self, name: ModelName, *, insecure: bool = False) -> Manifest | None:
            if name.model == "tiny":
                raise RuntimeError("unforeseen")
            return None

    async with serving(Connection(url), folder, Faulty()) as api:
        emulator.registry.faults["tiny:latest"] = EIGHTH
        failed = await api.download("tiny")
        done = await api.download("user/model")

    assert failed.status_code == 500
    assert "fault of ollama-tui itself" in failed.json()["detail"]
    assert "event: done" in done.text
