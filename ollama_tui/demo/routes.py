"""Which request is answered by what, and what happens to the others."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ollama_tui.demo import library_routes, running_routes
from ollama_tui.demo.recommendations import RECOMMENDATIONS
from ollama_tui.demo.server import Server
from ollama_tui.demo.wire import Answer, Refusal, Request, json_answer, text_answer

_LOCAL_ENDINGS = (".localhost", ".local", ".internal")


@dataclass(frozen=True, slots=True)
class Route:
    """A path, the methods it takes, and who answers."""

    methods: tuple[str, ...]
    path: str
    """One that ends in a slash takes anything after it."""
    answer: Callable[[Server, Request], Awaitable[Answer]]
    since: tuple[int, int, int] = (0, 0, 1)
    """The first version that knows the path."""

    def matches(self, path: str) -> bool:
        """Tell whether a request's path is meant."""
        if len(self.path) > 1 and self.path.endswith("/"):
            return path.startswith(self.path)
        return path == self.path


async def answer_by_route(server: Server, request: Request) -> Answer:
    """Find the route of a request and let it answer."""
    if server.machine.is_loopback and not _is_local(request.headers.get("host", "")):
        return Answer(403)
    known = [route for route in _ROUTES if server.dialect.since(*route.since)]
    route = next((route for route in known if route.matches(request.path)), None)
    if route is None:
        return _redirect(known, request)
    if request.method not in route.methods:
        return _wrong_method(server, route)
    try:
        return await route.answer(server, request)
    except Refusal as refusal:
        return refusal.answer()


def _redirect(known: list[Route], request: Request) -> Answer:
    path = request.path.rstrip("/")
    if path == request.path or not any(route.matches(path) for route in known):
        return text_answer(404, "404 page not found")
    is_read = request.method == "GET"
    return Answer(301 if is_read else 307, (("location", path),))


def _wrong_method(server: Server, route: Route) -> Answer:
    if not server.dialect.since(0, 7, 0):
        return text_answer(404, "404 page not found")
    allowed = ", ".join(route.methods)
    return text_answer(405, "405 method not allowed", ("allow", allowed))


def _is_local(host: str) -> bool:
    if host.startswith("["):
        name = host[1:].partition("]")[0]
    else:
        name = host.rpartition(":")[0] if ":" in host else host
    if not name or name == "localhost" or name.endswith(_LOCAL_ENDINGS):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return address.is_private or address.is_loopback or address.is_unspecified


async def _root(_: Server, __: Request) -> Answer:
    return Answer(200, (("content-type", "text/plain; charset=utf-8"),), b"Ollama is running")


async def _version(server: Server, _: Request) -> Answer:
    return json_answer({"version": server.dialect.version})


async def _status(_: Server, __: Request) -> Answer:
    return json_answer({"cloud": {"disabled": False, "source": "none"}})


async def _recommendations(_: Server, __: Request) -> Answer:
    return json_answer({"recommendations": RECOMMENDATIONS})


_ROUTES = (
    Route(("HEAD", "GET"), "/", _root),
    Route(("HEAD", "GET"), "/api/version", _version, (0, 1, 14)),
    Route(("HEAD", "GET"), "/api/tags", library_routes.tags),
    Route(("GET",), "/api/ps", running_routes.ps, (0, 1, 38)),
    Route(("POST",), "/api/show", library_routes.show),
    Route(("POST",), "/api/pull", library_routes.pull_model),
    Route(("DELETE",), "/api/delete", library_routes.delete),
    Route(("POST",), "/api/copy", library_routes.copy),
    Route(("POST",), "/api/create", library_routes.create),
    Route(("HEAD",), "/api/blobs/", library_routes.blob, (0, 1, 10)),
    Route(("POST",), "/api/generate", running_routes.generate),
    Route(("POST",), "/api/chat", running_routes.chat),
    Route(("POST",), "/api/embed", running_routes.embed, (0, 2, 6)),
    Route(("GET",), "/api/status", _status, (0, 16, 2)),
    Route(("GET",), "/api/experimental/model-recommendations", _recommendations, (0, 22, 1)),
)
