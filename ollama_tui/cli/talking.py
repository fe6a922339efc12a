"""`run`: talk to a model with `ollama run` in this terminal."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from typing import NoReturn

from ollama_tui.cli.parts import Parts
from ollama_tui.core.errors import NoSuchModel, OllamaTuiError, Refused, reason_of
from ollama_tui.core.names import understand
from ollama_tui.core.talk import Talk, talk_to


async def run_model(parts: Parts, options: argparse.Namespace) -> NoReturn:
    """Become `ollama run` of the named model, or of the current one."""
    parts.service.refuse_if_read_only()
    if parts.settings.demo:
        raise Refused("the demo's models cannot talk: there is no server behind them")
    wanted = understand(options.name) if options.name else _current(parts)
    talk = talk_to(wanted, parts.settings.url, os.environ, options.arguments)
    (await parts.service.library()).installed(wanted, can_be_pulled=True)
    await parts.service.aclose()
    _become(talk)


def _current(parts: Parts) -> str:
    name = parts.current.read()
    if name is None:
        raise NoSuchModel(
            "no current model is chosen",
            "Name one: `ollama-tui run NAME`, or choose one: `ollama-tui use NAME`.",
        )
    return name


def _become(talk: Talk) -> NoReturn:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    # Python ignores it, and what is ignored stays so in the next program.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        os.execve(talk.command[0], talk.command, talk.environment)
    except OSError as error:
        reason = reason_of(error)
        raise OllamaTuiError(f"{talk.command[0]} could not be started: {reason}") from error
