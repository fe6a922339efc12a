"""`pick`: choose a model in a list on the terminal, and print its name."""

from __future__ import annotations

import argparse
import sys

from ollama_tui.cli.exit_codes import ExitCode
from ollama_tui.cli.output import print_json, print_text
from ollama_tui.cli.parts import Parts
from ollama_tui.cli.terminal import terminal_width
from ollama_tui.core.errors import OllamaTuiError, Refused


async def pick_model(parts: Parts, options: argparse.Namespace) -> ExitCode:
    """Draw a list on stderr and print the name that is chosen on stdout."""
    if sys.stdin is None or not sys.stdin.isatty() or terminal_width() is None:
        raise Refused(
            "`pick` needs a keyboard on stdin and a screen on stderr",
            "Without them, `ollama-tui ls` lists the models, `ollama-tui current` prints yours.",
        )
    if sys.stdout is None:
        raise OllamaTuiError("standard output is closed, so no name could be printed")
    from ollama_tui.tui.run import run_pick

    name = await run_pick(parts.settings, parts.service, parts.current.read(), options.words)
    if name is None:
        return ExitCode.INTERRUPTED
    if options.json:
        print_json({"name": name})
    else:
        print_text(name)
    return ExitCode.DONE
