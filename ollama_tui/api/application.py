"""The routes as an application of their own."""

from __future__ import annotations

from fastapi import Depends, FastAPI
from fastapi.security import HTTPBearer

from ollama_tui import __version__
from ollama_tui.api.descriptions import EVERY
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
    alias: str = "",
    token: str = "",
    only_local: bool = True,
) -> FastAPI:
    """An application with the routes, its OpenAPI page at `/docs`, and a guard before both.

    Args:
        service: the server's models.
        current: the chosen model, shared with every program that reads the same file.
        downloads: the downloads, shared by all clients; the application enters them.
        alias: the name of a copy on the server that follows the current model; empty for none.
        token: what each request must bring as a bearer token; empty: none.
        only_local: whether only requests to this machine's own names are answered; turn it off
            only with a token.
    """
    if not only_local and not token:
        raise ValueError("without a token anybody could use it")
    app = FastAPI(
        title="ollama-tui", version=__version__, description=_ABOUT.format(url=service.url)
    )
    bearer = [Depends(HTTPBearer(auto_error=False))] if token else []
    router = create_router(service, current, downloads, alias)
    app.include_router(router, dependencies=bearer, responses=EVERY)
    app.add_middleware(Guard, token=token, only_local=only_local)
    return app
