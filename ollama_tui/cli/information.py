"""`info`: versions, paths and how the server is."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import platform

from ollama_tui import __version__
from ollama_tui.cli.exit_codes import ExitCode, exit_code_of
from ollama_tui.cli.output import print_json, print_text, say_failure, table
from ollama_tui.cli.parts import Parts
from ollama_tui.config import Paths
from ollama_tui.core.errors import OllamaTuiError, Unreachable
from ollama_tui.core.models import RunningModel
from ollama_tui.core.presence import is_installed
from ollama_tui.core.text import clean
from ollama_tui.core.units import UNKNOWN


async def print_information(parts: Parts, options: argparse.Namespace) -> ExitCode:
    """Print all that helps to find out why something does not work."""
    version, _, failure = await _asked(parts)
    facts: dict[str, object] = {
        "program_version": __version__,
        "python": platform.python_version(),
        "host": parts.service.url,
        "server_version": version,
        "alive": failure is None,
        "failure": str(failure) if failure else None,
        "demo": parts.settings.demo,
        "read_only": parts.settings.read_only,
    }
    places = _places(parts.settings.paths)
    if options.json:
        print_json({**facts, "paths": places})
    else:
        _print_text(facts, places)
    return _ended(failure)


async def print_status(parts: Parts, options: argparse.Namespace) -> ExitCode:
    """Print the server, its version, what is loaded and the current model."""
    version, running, failure = await _asked(parts)
    loaded = [model.name for model in running] if failure is None else None
    current = await asyncio.to_thread(parts.current.read)
    is_there = None
    if current and not failure:
        is_there = await is_installed(parts.service.library, current)
    if options.json:
        print_json(
            {
                "server": parts.service.url,
                "alive": failure is None,
                "server_version": version,
                "loaded": loaded,
                "current": current,
                "current_installed": is_there,
                "failure": str(failure) if failure else None,
            }
        )
    else:
        names = UNKNOWN if loaded is None else ", ".join(loaded) or "nothing"
        chosen = _current(current, is_there)
        rows = [("version", version or UNKNOWN), ("loaded", names), ("current", chosen)]
        print_text(table(("server", parts.service.url), rows), ascii_only=parts.settings.ascii)
    return _ended(failure)


def _current(name: str | None, is_there: bool | None) -> str:
    if name is None:
        return "none chosen"
    return f"{name} (not installed any more)" if is_there is False else name


async def _asked(
    parts: Parts,
) -> tuple[str | None, tuple[RunningModel, ...], OllamaTuiError | None]:
    """The server's version, None if it did not say; what is loaded; why that is not known.

    It is alive if `ps` answers, which is what Ollama's own clients mean by it.
    """
    running: tuple[RunningModel, ...] = ()
    version, failure = None, None
    try:
        running = await parts.service.running()
    except OllamaTuiError as error:
        failure = error
    if not isinstance(failure, Unreachable):
        with contextlib.suppress(OllamaTuiError):
            version = await parts.service.version()
    return version, running, failure


def _ended(failure: OllamaTuiError | None) -> ExitCode:
    if failure is None:
        return ExitCode.DONE
    say_failure(str(failure))
    return exit_code_of(type(failure))


def _places(paths: Paths) -> dict[str, str]:
    named = {"config": paths.config, "state": paths.state, "cache": paths.cache, "log": paths.log}
    return {name: clean(str(path)) for name, path in named.items()}


def _print_text(facts: dict[str, object], places: dict[str, str]) -> None:
    version = facts["server_version"]
    server = f"Ollama {version}" if version else "unknown"
    # Where the config file is belongs to `config`.
    folders = {name: place for name, place in places.items() if name != "config"}
    rows = [
        ("python", facts["python"]),
        ("host", f"{facts['host']} (demo)" if facts["demo"] else facts["host"]),
        ("server", server if facts["alive"] else f"{server}, not alive"),
        *folders.items(),
    ]
    heading = ("ollama-tui", str(facts["program_version"]))
    print_text(table(heading, [(name, str(value)) for name, value in rows]))
