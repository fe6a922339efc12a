"""What of the settings the doctor looks at."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from ollama_tui.config.settings import Origin, Settings
from ollama_tui.core.doctor.evidence import Address
from ollama_tui.core.doctor.gathering import Patient
from ollama_tui.core.doctor.report import Private
from ollama_tui.core.doctor.surroundings import address_of, own_of
from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.server_log import usual_places


def patient_of(
    settings: Settings,
    environment: Mapping[str, str],
    current: Callable[[], str | None],
    failure: OllamaTuiError | None = None,
) -> Patient:
    """What is to be examined.

    Args:
        settings: of this program.
        environment: its own.
        current: reads the name of the current model; it may block.
        failure: why the settings are not as they should be; None if they are.
    """
    if settings.demo:
        # The demo reads nobody's settings.
        environment = {k: text for k, text in environment.items() if not k.startswith("OLLAMA_")}
    paths = settings.paths
    size = _terminal_size()
    return Patient(
        _address(settings, environment),
        lambda: own_of(paths.config, (paths.state, paths.cache), current, failure),
        usual_places(),
        environment,
        has_terminal=size is not None,
        columns=size[0] if size else 0,
        lines=size[1] if size else 0,
        is_ascii=settings.ascii,
    )


def _address(settings: Settings, environment: Mapping[str, str]) -> Address:
    return address_of(
        settings.url,
        environment,
        origin=settings.origins.get("host", Origin.DEFAULT).value,
        has_key=bool(settings.key),
        is_demo=settings.demo,
    )


def private_of(settings: Settings, environment: Mapping[str, str]) -> Private:
    """What no report may hold."""
    import socket
    from urllib.parse import urlsplit

    names = {environment.get(name, "") for name in ("USER", "LOGNAME", "SUDO_USER", "USERNAME")}
    # Nobody is asked for it: a full name would be looked up.
    whole = socket.gethostname()
    machines = (whole, whole.split(".")[0], settings.machine, urlsplit(settings.url).hostname or "")
    home = str(usual_places().home)
    return Private(
        (settings.key, settings.token),
        home,
        (*sorted(names), Path(home).name),
        tuple(name for name in machines if not name.startswith("127.") and name != "::1"),
    )


def _terminal_size() -> tuple[int, int] | None:
    for stream in (sys.__stdout__, sys.__stderr__):
        try:
            if stream is not None and stream.isatty():
                columns, lines = os.get_terminal_size(stream.fileno())
                return columns or 80, lines or 24
        except (OSError, ValueError):
            continue
    return None
