"""`pull`: a download watched from the command line."""

from __future__ import annotations

import argparse
import asyncio
from contextlib import suppress

from ollama_tui.cli.exit_codes import ExitCode, exit_code_of
from ollama_tui.cli.output import print_text, say, say_failure
from ollama_tui.cli.parts import Parts
from ollama_tui.cli.progress import JsonLines, ProgressBar, ProgressLines, ProgressView
from ollama_tui.cli.terminal import terminal_width
from ollama_tui.core import units
from ollama_tui.core.downloads import Downloads
from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.names import parse_name, understand
from ollama_tui.core.pulls import Pull, PullState

_DRAWN_EVERY = 0.25
"""Seconds; more often would cost bytes over SSH."""


async def pull_model(parts: Parts, options: argparse.Namespace) -> ExitCode:
    """Pull a model and show how far it is; what arrived stays when that is interrupted."""
    name = understand(options.name)
    parse_name(name)
    view = _view(parts, options)
    try:
        async with parts.downloads as downloads:
            downloads.start(name, insecure=options.insecure)
            pull = await _followed(downloads, name, view)
    except asyncio.CancelledError:
        view.end(parts.downloads.pulls[0])
        say(_interrupted(parts.downloads.pulls[0], is_demo=parts.settings.demo))
        raise
    view.end(pull)
    if pull.state is not PullState.DONE:
        say_failure(pull.failure)
        return exit_code_of(pull.failure_kind)
    if not options.json:
        await _tell_arrival(parts, pull)
    return ExitCode.DONE


def _view(parts: Parts, options: argparse.Namespace) -> ProgressView:
    if options.json:
        return JsonLines()
    if terminal_width() is None:
        return ProgressLines()
    return ProgressBar(terminal_width, ascii_only=parts.settings.ascii)


async def _followed(downloads: Downloads, name: str, view: ProgressView) -> Pull:
    try:
        while not (pull := downloads.pulls[0]).state.has_ended:
            view.show(pull)
            # Drawn by the clock and not by the stream, so that one that falls silent shows.
            with suppress(TimeoutError):
                async with asyncio.timeout(_DRAWN_EVERY):
                    async for _ in downloads.follow(name):
                        continue
    except asyncio.CancelledError:
        await downloads.cancel(name)
        raise
    return pull


async def _tell_arrival(parts: Parts, pull: Pull) -> None:
    # The stream skips layers that come between two of its looks, so only the library knows the
    # size; it knows how the server spells the name, too.
    try:
        model = (await parts.service.library()).get(pull.name)
    except OllamaTuiError:
        model = None
    name = model.name if model else pull.name
    size = f"{units.transferred(model.size)} in " if model and model.size else "after "
    say(f"{name} is here: {size}{units.duration((pull.ended or pull.started) - pull.started)}")
    print_text(name)


def _interrupted(pull: Pull, *, is_demo: bool) -> str:
    if is_demo:
        return "Stopped. The demo's server ended with it, so nothing is kept."
    return f"Stopped. What arrived is kept: `ollama-tui pull {pull.name}` goes on from there."
