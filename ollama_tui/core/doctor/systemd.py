"""What systemd says of the service."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType

from ollama_tui.core.doctor.evidence import Unit
from ollama_tui.core.doctor.stores import user_name
from ollama_tui.core.programs import Ask
from ollama_tui.core.text import clean

_PROPERTIES = (
    "LoadState,ActiveState,SubState,Result,User,Environment,NRestarts,NeedDaemonReload,ProtectHome"
)


def service_unit(name: str, ask: Ask, *, of_a_user: bool = False) -> Unit:
    """The service of that name; it asks a program, so it blocks.

    Args:
        name: with its ending.
        ask: asks a program.
        of_a_user: whether it is one of this user's own systemd.
    """
    whose = ("--user",) if of_a_user else ()
    said = ask(("systemctl", *whose, "show", name, "--no-pager", "-p", _PROPERTIES))
    if said.failure:
        return Unit(name, why=f"no word from systemd: {said.failure}", is_users=of_a_user)
    found = dict(line.partition("=")[::2] for line in said.text.splitlines())
    if "LoadState" not in found:
        return Unit(name, why="systemd does not tell of its services", is_users=of_a_user)
    return Unit(
        name,
        is_installed=found["LoadState"] == "loaded",
        active=clean(found.get("ActiveState"), 40),
        sub=clean(found.get("SubState"), 40),
        result=clean(found.get("Result"), 40),
        user=clean(found.get("User"), 60) or (user_name(os.getuid()) if of_a_user else ""),
        environment=_environment(found.get("Environment", "")),
        restarts=_number(found.get("NRestarts", "")),
        is_changed=found.get("NeedDaemonReload") == "yes",
        protects_home=found.get("ProtectHome", "no") not in ("no", ""),
        is_users=of_a_user,
    )


def _environment(text: str) -> Mapping[str, str]:
    words: list[str] = []
    with suppress(ValueError):
        words = shlex.split(text)
    pairs = (word.partition("=") for word in words)
    return MappingProxyType({clean(name): clean(value) for name, _, value in pairs})


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None
