"""What of the settings the doctor looks at."""

from __future__ import annotations

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
from ollama_tui.core.terminal_size import terminal_size


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
    # The dashboard has put something of its own in the place of stdout.
    size = terminal_size(sys.__stdout__) or terminal_size(sys.__stderr__)
    return Patient(
        _address(settings, environment),
        lambda: own_of(paths.config, (paths.state, paths.cache), current, failure),
        usual_places(),
        environment,
        has_terminal=size is not None,
        columns=size.columns if size else 0,
        lines=size.lines if size else 0,
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
