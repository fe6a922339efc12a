"""`env`: the server and the current model, for a shell to take over."""

from __future__ import annotations

import argparse
import os
import shlex
from collections.abc import Mapping

from ollama_tui.cli.choice import another
from ollama_tui.cli.commands import SHELLS
from ollama_tui.cli.exit_codes import ExitCode
from ollama_tui.cli.output import print_json, print_text, say, say_failure
from ollama_tui.cli.parts import Parts
from ollama_tui.core.errors import Refused
from ollama_tui.core.hosts import without_secrets
from ollama_tui.core.presence import is_installed

_PATIENCE = 1.0
"""Seconds; a shell waits for it."""


async def print_environment(parts: Parts, options: argparse.Namespace) -> ExitCode:
    """Print what a shell evaluates; the server is not asked, so that a shell starts at once.

    Only where the current model was not installed any more when the server was last asked, it is
    asked again.
    """
    if parts.settings.demo:
        raise Refused("the demo has no address that another program could use")
    variables = {"OLLAMA_HOST": _host(parts), "OLLAMA_MODEL": await _model(parts)}
    if variables["OLLAMA_HOST"] is None:
        say(
            "OLLAMA_HOST is left out: the server's address holds a login, which Ollama's own "
            "programs cannot read, and which is not printed."
        )
    if options.json:
        print_json(variables)
    elif lines := _exports(variables, options.shell or _usual_shell(os.environ)):
        print_text("\n".join(lines))
    return ExitCode.DONE


async def _model(parts: Parts) -> str | None:
    """The current model; None, and a word of it, if there is none or it is gone."""
    name = parts.current.read()
    if name is None:
        say(
            "OLLAMA_MODEL is left out: no current model is chosen. "
            f"`{parts.settings.command('use NAME')}` chooses one."
        )
    elif await _is_gone(parts, name):
        say_failure(
            f"OLLAMA_MODEL is left out: {name} is chosen, but not installed any more. "
            f"{another(parts)}"
        )
        return None
    return name


async def _is_gone(parts: Parts, name: str) -> bool:
    known = parts.known_library()
    if known is None or known.get(name) is not None:
        return False
    # It may have been pulled since by another program.
    return await is_installed(parts.library, name, patience=_PATIENCE) is False


def _usual_shell(environment: Mapping[str, str]) -> str:
    """The user's own shell; any that is not known is spoken to as bash is, as POSIX has it."""
    name = os.path.basename(environment.get("SHELL", ""))
    return name if name in SHELLS else SHELLS[0]


def _host(parts: Parts) -> str | None:
    """The server's address; None if it holds a user name or a password."""
    url = parts.settings.url
    return url if url == without_secrets(url) else None


def _exports(variables: Mapping[str, str | None], shell: str) -> list[str]:
    export = _fish_export if shell == "fish" else _posix_export
    return [export(name, value) for name, value in variables.items() if value is not None]


def _posix_export(name: str, value: str) -> str:
    return f"export {name}={shlex.quote(value)}"


def _fish_export(name: str, value: str) -> str:
    # In single quotes fish reads only these two; its `eval` joins lines, so each one is ended.
    quoted = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"set -gx {name} '{quoted}';"
