"""The command line: `main()` puts the parts together and runs the dashboard or a command."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ollama_tui.cli import output
from ollama_tui.cli.exit_codes import ExitCode, exit_code_of
from ollama_tui.cli.output import drop_unwritten, prepare_streams, say_failure
from ollama_tui.cli.parser import build_parser, parse
from ollama_tui.cli.terminal import has_terminal
from ollama_tui.core.errors import OllamaTuiError

if TYPE_CHECKING:
    from ollama_tui.cli.parts import Parts
    from ollama_tui.config import Settings
    from ollama_tui.core.connection import Connection
    from ollama_tui.tui.parts import Parts as DashboardParts

    Command = Callable[[Parts, argparse.Namespace], Coroutine[Any, Any, ExitCode]]


def main(argv: list[str] | None = None) -> int:
    """Run the command line and give its exit code."""
    if "_ARGCOMPLETE" in os.environ:
        from ollama_tui.cli.completing import complete

        complete(build_parser())
    prepare_streams()
    try:
        return _run(parse(sys.argv[1:] if argv is None else argv))
    except OllamaTuiError as error:
        say_failure(str(error))
        return exit_code_of(type(error))
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        return ExitCode.IN_PART
    finally:
        drop_unwritten()


def _run(options: argparse.Namespace) -> int:
    from ollama_tui.cli.chosen import settings_of

    if options.command == "config":
        # It works where the settings do not.
        from ollama_tui.cli.configuration import print_configuration

        return print_configuration(options, os.environ)
    if options.command == "doctor":
        # What is wrong with the settings is one of its findings.
        from ollama_tui.cli.examining import settings_to_examine as settings_of
    with settings_of(options, os.environ) as (settings, connection):
        shows_dashboard = options.command is None and has_terminal(os.environ.get("TERM", ""))
        _start_log(options, settings, has_screen=shows_dashboard or options.command == "pick")
        if shows_dashboard:
            # Nothing is garbage before the first frame; to look for it takes 20 ms.
            gc.disable()
            from ollama_tui.tui.run import run_dashboard

            return run_dashboard(settings, partial(_parts, settings, connection))
        return _run_command(options, settings, connection)


def _start_log(options: argparse.Namespace, settings: Settings, *, has_screen: bool) -> None:
    # Who starts a server watches what it does.
    level = options.log_level or ("info" if options.command == "serve" else None)
    if level is not None:
        from ollama_tui.cli.logs import start_log

        start_log(level, settings, to_file=has_screen)


def _parts(settings: Settings, connection: Connection) -> DashboardParts:
    from ollama_tui.cli.parts import parts_of_dashboard

    return parts_of_dashboard(settings, connection)


def _run_command(
    options: argparse.Namespace, settings: Settings, connection: Connection
) -> ExitCode:
    import asyncio

    from ollama_tui.cli.parts import build_parts

    if options.command is None:
        options.command, options.json, options.quiet = "ls", False, False
    output.be_quiet(options.quiet)
    parts, command = build_parts(settings, connection), _command(options.command)

    async def run() -> ExitCode:
        try:
            return await command(parts, options)
        finally:
            await parts.service.aclose()

    return asyncio.run(run())


_COMMANDS = {
    "ls": "listing.list_models",
    "ps": "listing.list_running",
    "why": "reasoning.explain",
    "gpu": "gpus.show_gpus",
    "current": "choice.print_current",
    "use": "choice.use_model",
    "pick": "picking.pick_model",
    "show": "managing.show_model",
    "edit": "editing.edit_model",
    "rm": "managing.delete_models",
    "cp": "managing.copy_model",
    "mv": "managing.rename_model",
    "load": "loading.load_model",
    "unload": "loading.unload_models",
    "keep": "loading.keep_model",
    "fit": "fitting.fit_model",
    "run": "talking.run_model",
    "env": "shell.print_environment",
    "completion": "completion.print_completion",
    "du": "disk.print_usage",
    "status": "information.print_status",
    "pull": "pulling.pull_model",
    "pulls": "pulls.show_pulls",
    "info": "information.print_information",
    "doctor": "examining.print_findings",
    "serve": "serving.serve_models",
}
"""The module and the function of each; to import them all takes 50 ms."""


def _command(name: str) -> Command:
    module, function = _COMMANDS[name].split(".")
    command: Command = getattr(import_module(f"ollama_tui.cli.{module}"), function)
    return command
