"""The routes as an application of their own."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from ollama_tui import __version__
from ollama_tui.api.guard import Guard
from ollama_tui.api.routes import create_router
from ollama_tui.core.current import CurrentModel
from ollama_tui.core.downloads import Downloads
from ollama_tui.core.service import OllamaService

_ABOUT = "Lists, chooses and downloads the models of the Ollama server at {url}."


def create_app(
    service: OllamaService,
    current: CurrentModel,
    downloads: Downloads,
    *,
    token: str = "",
    only_local: bool = True,
) -> FastAPI:
    """An application with the routes, its OpenAPI page at `/docs`, and a guard before both.

    Args:
        service: the server's models.
        current: the chosen model, shared with every program that reads the same file.
        downloads: the downloads, shared by all clients; the application enters them.
        token: what each request must bring as a bearer token; empty: none.
        only_local: whether only requests to this machine's own names are answered; turn it off
            only with a token.
    """
    app = FastAPI(
        title="ollama-tui", version=__version__, description=_ABOUT.format(url=service.url)
    )
    app.include_router(create_router(service, current, downloads))
    app.add_exception_handler(RequestValidationError, _unprocessable)
    app.add_middleware(Guard, token=token, only_local=only_local)
    return app


async def _unprocessable(_: Request, error: Exception) -> JSONResponse:
    # Without what was sent, which may be NaN, so that it could not be sent back.
    assert isinstance(error, RequestValidationError)
    told = [{key: fault[key] for key in ("type", "loc", "msg")} for fault in error.errors()]
    return JSONResponse({"detail": told}, 422)
