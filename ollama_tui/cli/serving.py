"""`serve`: the models over HTTP, for other programs."""

from __future__ import annotations

import argparse
import errno
import ipaddress
import os
import signal
import socket
from typing import TYPE_CHECKING

from ollama_tui.cli.exit_codes import ExitCode
from ollama_tui.cli.output import print_json, say
from ollama_tui.cli.parts import Parts
from ollama_tui.core.errors import InvalidInput, OllamaTuiError
from ollama_tui.core.text import clean

if TYPE_CHECKING:
    from ollama_tui.api.server import ModelServer

_BACKLOG = 128
_NOT_THERE = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
"""What is said of an address that this machine does not have."""
_PARTS_OF_THE_EXTRA = ("fastapi", "starlette", "pydantic", "uvicorn")


async def serve_models(parts: Parts, options: argparse.Namespace) -> ExitCode:
    """Answer HTTP requests until it is told to stop."""
    hosts = _addresses_of(options.bind)
    only_local = all(ipaddress.ip_address(host).is_loopback for host in hosts)
    if not only_local and not parts.settings.token:
        raise InvalidInput(
            f"--bind {clean(options.bind, 100)} would let anybody in who can reach it",
            "Set OLLAMA_TUI_TOKEN, which clients then have to send, or leave out --bind.",
        )
    server = _built(parts, only_local=only_local)
    server.heed_signals()
    sockets = _listening(hosts, options.port)
    url = _url(*sockets[0].getsockname()[:2])
    if options.json:
        print_json({"url": url, "server": parts.service.url})
    server_name = "the demo" if parts.settings.demo else parts.service.url
    # A browser cannot bring the token to a page.
    page = "openapi.json" if parts.settings.token else "docs"
    say(f"Serving the models of {server_name} at {url}/api/models/all, described at {url}/{page}.")
    say("Ctrl-C ends it.")
    await server.serve(sockets)
    if server.ended_by not in (None, signal.SIGINT):
        raise SystemExit(128 + (server.ended_by or 0))
    return ExitCode.DONE


def _built(parts: Parts, *, only_local: bool) -> ModelServer:
    try:
        from ollama_tui.api import create_app
        from ollama_tui.api.server import ModelServer
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _PARTS_OF_THE_EXTRA:
            raise
        raise InvalidInput(
            "`serve` needs the extra `api`",
            "Install the program again with it: '.[api]' in place of '.', with pip, pipx or uv.",
        ) from error
    app = create_app(
        parts.service,
        parts.current,
        parts.downloads,
        alias=parts.alias.name,
        token=parts.settings.token,
        only_local=only_local,
    )
    return ModelServer(app, parts.service, parts.downloads)


def _addresses_of(bind: str) -> list[str]:
    try:
        found = socket.getaddrinfo(bind or "?", None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise InvalidInput(
            f"--bind {clean(bind, 100)!r} is no address of this machine",
            "Write one such as 127.0.0.1, or a host name.",
        ) from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _listening(hosts: list[str], port: int) -> list[socket.socket]:
    if not 0 <= port < 65536:
        raise InvalidInput(f"{port} is not a port from 0 to 65535", "Choose one with --port.")
    sockets: list[socket.socket] = []
    for host in hosts:
        try:
            sockets.append(_listener(host, port))
        except OSError as error:
            if error.errno in _NOT_THERE and (sockets or host != hosts[-1]):
                # `localhost` is often an address of IPv6, too, where there is no IPv6.
                continue
            for opened in sockets:
                opened.close()
            reason = os.strerror(error.errno).lower() if error.errno else str(error)
            option = "--bind" if error.errno in _NOT_THERE else "--port"
            raise OllamaTuiError(
                f"cannot listen on port {port} of {host}: {reason}",
                f"Choose another with {option}.",
            ) from error
        port = sockets[-1].getsockname()[1]
    return sockets


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    # asyncio does this only for sockets that name their protocol; without it each answer
    # on a kept connection waits 40 ms for an acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
