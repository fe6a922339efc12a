"""What the options and the environment choose: the settings, and the server they name."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ollama_tui.config import Paths, Settings, default_paths, demo_paths, load_settings
from ollama_tui.core.connection import Connection
from ollama_tui.core.errors import StateUnwritable, reason_of

if TYPE_CHECKING:
    import httpx


@contextmanager
def settings_of(
    options: argparse.Namespace, environment: Mapping[str, str]
) -> Iterator[tuple[Settings, Connection]]:
    """The settings and the server they name; the demo's are gone at the end.

    Raises:
        InvalidInput: when a setting cannot be what it should be.
    """
    if options.demo:
        with _temporary_folder() as folder:
            # The demo asks nobody's server and reads nobody's settings; who is let in to what
            # it serves is told by the same token.
            theirs = {
                name: value
                for name, value in environment.items()
                if not name.startswith("OLLAMA_") or name == "OLLAMA_TUI_TOKEN"
            }
            settings = _settings(options, theirs, demo_paths(folder))
            yield settings, _connection(settings, _demo_transport())
    else:
        settings = _settings(options, environment, default_paths())
        yield settings, _connection(settings, None)


def _settings(
    options: argparse.Namespace, environment: Mapping[str, str], paths: Paths
) -> Settings:
    return load_settings(
        environment,
        paths,
        host=options.host,
        demo=options.demo,
        read_only=options.readonly,
        ascii_only=options.ascii,
        preflight=not options.no_preflight,
    )


def _connection(settings: Settings, transport: httpx.AsyncBaseTransport | None) -> Connection:
    return Connection(
        settings.url, read_only=settings.read_only, key=settings.key, transport=transport
    )


def _demo_transport() -> httpx.AsyncBaseTransport:
    from ollama_tui.demo.library import demo_emulator
    from ollama_tui.demo.transport import EmulatorTransport

    return EmulatorTransport(demo_emulator())


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    import tempfile

    try:
        folder = tempfile.TemporaryDirectory(prefix="ollama-tui-demo-", ignore_cleanup_errors=True)
    except OSError as error:
        raise StateUnwritable(
            f"the demo has no temporary folder: {reason_of(error)}",
            f"{os.sep}tmp or TMPDIR must be writable.",
        ) from error
    with folder as path:
        yield Path(path)
