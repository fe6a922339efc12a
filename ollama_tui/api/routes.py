"""The five routes: list, current, alive, change, download."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, HTTPException, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.background import BackgroundTask

from ollama_tui.api.bodies import Choice, Chosen, Current, InstalledModel
from ollama_tui.api.descriptions import CHANGE, DOWNLOAD, LIST
from ollama_tui.api.events import DownloadEvents, ended_error, media_type_of
from ollama_tui.api.failures import http_error, listing_error
from ollama_tui.core.alias import CurrentAlias
from ollama_tui.core.current import CurrentModel
from ollama_tui.core.downloads import Downloads
from ollama_tui.core.errors import NoSuchModel, OllamaTuiError
from ollama_tui.core.library import Library
from ollama_tui.core.presence import is_installed
from ollama_tui.core.pulls import Pull, PullState
from ollama_tui.core.service import OllamaService
from ollama_tui.core.text import clean
from ollama_tui.core.units import counted

PREFIX = "/api/models"
_CLIENT_LEFT = 499
_PATIENCE = 1.0
"""Seconds in which Ollama may say whether the current model is still there."""

_PulledName = Annotated[
    str,
    Path(
        description="Any name that can be pulled; it may hold slashes, as they are or "
        "percent-encoded.",
        examples=["qwen3:0.6b", "hf.co/user/repo:Q4_K_M"],
    ),
]

_log = logging.getLogger("ollama_tui.api")


def create_router(
    service: OllamaService, current: CurrentModel, downloads: Downloads, alias: str = ""
) -> APIRouter:
    """The routes below `/api/models`, to be included in any application by `include_router`.

    The router's lifespan runs the downloads and closes the service at the end, so `downloads`
    must not be entered elsewhere, and an application that is mounted, whose lifespan nobody
    runs, answers downloads with 503.

    Args:
        service: the server's models.
        current: the chosen model, shared with every program that reads the same file.
        downloads: the downloads, shared by all clients.
        alias: the name of a copy on the server that follows the current model; empty for none.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with aclosing(service), downloads:
            yield

    router = APIRouter(prefix=PREFIX, tags=["models"], lifespan=lifespan, route_class=_Route)
    routes = _Routes(service, current, downloads, CurrentAlias(service, current, alias))
    router.get("/all", responses=LIST)(routes.list_models)
    router.get("/current", response_model_exclude_unset=True)(routes.current_model)
    router.get("/alive")(routes.is_alive)
    router.post("/change", responses=CHANGE)(routes.change_current_model)
    router.post("/download/{model_name:path}", responses=DOWNLOAD)(routes.download_model)
    return router


class _Route(APIRoute):
    """Says what is wrong with a request without what was sent: NaN could not be sent back."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_in_words(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                faults = [
                    {key: fault[key] for key in ("type", "loc", "msg")} for fault in error.errors()
                ]
                if error.body and not _is_json(request):
                    faults = [{**_NO_HEADER, "loc": ("header", "content-type")}]
                _log.warning("%s: %s", request.url.path, faults)
                raise HTTPException(422, faults) from error

        return handle_in_words


_NO_HEADER = {"type": "missing", "msg": "Send the header Content-Type: application/json."}


def _is_json(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind.startswith("application/") and kind.endswith(("/json", "+json"))


class _Routes:
    """Answers each route from the core."""

    def __init__(
        self,
        service: OllamaService,
        current: CurrentModel,
        downloads: Downloads,
        alias: CurrentAlias,
    ) -> None:
        self._service = service
        self._current = current
        self._downloads = downloads
        self._alias = alias

    async def list_models(self) -> list[InstalledModel]:
        """Each installed model: its name, its bytes and how many parameters it has."""
        library = await self._library()
        _log.info("listed %s", counted(len(library), "model"))
        _log.debug("models: %s", ", ".join(model.name for model in library))
        return [
            InstalledModel(name=model.name, size=model.size or 0, param_size=model.parameter_size)
            for model in library
        ]

    async def current_model(self) -> Current:
        """The model that was chosen last, here or in any dashboard or script of the same user."""
        name = await asyncio.to_thread(self._current.read)
        _log.info("the current model is %s", name or "not chosen yet")
        # Who asks for the choice gets it at once, also when Ollama hangs.
        if name is None or (
            await is_installed(self._service.library, name, patience=_PATIENCE) is not False
        ):
            return Current(name=name)
        _log.warning("%s is not installed any more", name)
        return Current(name=name, installed=False)

    async def is_alive(self) -> bool:
        """Whether Ollama's `ps` answers, which is what its own clients mean by running."""
        is_alive = await self._service.is_alive()
        _log.info("Ollama is %s", "alive" if is_alive else "not alive")
        return is_alive

    async def change_current_model(self, choice: Choice) -> Chosen:
        """Make an installed model the current one; one that is not installed never becomes it."""
        library = await self._library()
        try:
            name = await self._alias.choose(choice.model_name, library)
        except NoSuchModel as error:
            _log.warning("%s", error)
            raise http_error(NoSuchModel, str(error)) from error
        except OllamaTuiError as error:
            raise _failed("the choice of a model", error) from error
        _log.info("the current model is now %s", name)
        # The choice is made, whatever becomes of the alias.
        trouble = await self._follow()
        return Chosen(message=". ".join(filter(None, (f"Success! model set to {name}", trouble))))

    async def download_model(self, model_name: _PulledName, request: Request) -> Response:
        """Download a model and tell how far it is, as Server-Sent Events.

        Closing the connection cancels the download, unless somebody else wants it too. Clients
        that download the same model share one download.
        """
        shown = clean(model_name, 200)
        _log.info("download of %s: asked for", shown)
        async with AsyncExitStack() as held:
            lease = self._downloads.lease(model_name)
            await held.enter_async_context(aclosing(lease))
            try:
                pull = await self._begun(lease, request)
            except OllamaTuiError as error:
                raise _failed(f"download of {shown}", error) from error
            if pull is None:
                _log.info("download of %s: the client has left", shown)
                return Response(status_code=_CLIENT_LEFT)
            held.pop_all()
            media_type = media_type_of(request.headers.get("accept", ""))
            events = DownloadEvents(pull, lease, media_type, lambda: self._downloads.is_closed)
            events.background = BackgroundTask(self._follow_download, events)
            return events

    async def _follow_download(self, events: DownloadEvents) -> None:
        """Let the alias follow the current model if that is what was pulled again."""
        if events.arrived:
            await self._follow(events.arrived)

    async def _begun(self, lease: AsyncGenerator[Pull, None], request: Request) -> Pull | None:
        """The download once the registry was seen to have it; None if the client left before.

        Ollama says inside a stream of status 200 that a model does not exist, so no status can
        be sent before the first line that tells.
        """
        async for pull in lease:
            if pull.state in (PullState.CANCELLED, PullState.FAILED):
                raise ended_error(pull, is_ending=self._downloads.is_closed)
            if pull.is_found:
                return pull
            if await request.is_disconnected():
                break
        return None

    async def _follow(self, changed: str = "") -> str:
        """Let the alias follow the choice, or a model that was changed; why it does not."""
        trouble = await self._alias.try_to_follow(changed)
        if trouble:
            _log.warning("%s", trouble)
        return trouble

    async def _library(self) -> Library:
        try:
            return await self._service.library()
        except OllamaTuiError as error:
            _log.error("the list of models: %s", error)
            raise listing_error(type(error), str(error)) from error


def _failed(what: str, error: OllamaTuiError) -> HTTPException:
    _log.error("%s: %s", what, error)
    return http_error(type(error), str(error))
