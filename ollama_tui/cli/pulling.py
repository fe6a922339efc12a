"""`pull`: a download watched from the command line."""

from __future__ import annotations

import argparse
import asyncio
import sys
from contextlib import aclosing
from dataclasses import dataclass

from ollama_tui.cli.choice import follow_change
from ollama_tui.cli.exit_codes import ExitCode, exit_code_of
from ollama_tui.cli.fitting import memory_ahead
from ollama_tui.cli.output import is_yes, print_json, print_text, say, say_failure
from ollama_tui.cli.parts import Parts
from ollama_tui.cli.progress import JsonLines, ProgressBar, ProgressLines, ProgressView
from ollama_tui.cli.terminal import terminal_width
from ollama_tui.core import units
from ollama_tui.core.downloads import Downloads
from ollama_tui.core.errors import OllamaTuiError, Refused
from ollama_tui.core.names import parse_name, same_model, understand
from ollama_tui.core.pulls import Pull, PullState
from ollama_tui.core.text import in_shell

_DRAWN_EVERY = 0.25
"""Seconds; more often would cost bytes over SSH."""


async def pull_model(parts: Parts, options: argparse.Namespace) -> ExitCode:
    """Pull a model and show how far it is; what arrived stays when that is interrupted.

    A download that was on its way before is only watched, so it goes on then.
    """
    name = understand(options.name)
    parse_name(name)
    parts.service.refuse_if_read_only()
    await _look_ahead(parts, options, name)
    if options.detach:
        return await _detach(parts, options, name)
    return await _ended(parts, options, await _watched(parts, options, name))


async def _watched(parts: Parts, options: argparse.Namespace, name: str) -> Pull:
    """Start a download, or join it, and show how far it is until it has ended."""
    view = _view(parts, options)
    async with parts.downloads as downloads:
        seen = _Seen(Pull(str(parse_name(name)), 0.0))
        is_watched = await _is_on_its_way(downloads, name)
        if not options.json:
            say(_on_interrupt(seen.pull.name, is_watched=is_watched))
        try:
            seen.pull = await downloads.start(name, insecure=options.insecure)
            await _follow(downloads, name, seen, view, insecure=options.insecure)
        except asyncio.CancelledError:
            if not is_watched:
                await downloads.cancel(name)
            name = seen.pull.name
            seen.pull = next((one for one in downloads.pulls if one.name == name), seen.pull)
            view.end(seen.pull)
            say(_left(parts, name) if is_watched else _interrupted(parts, name))
            raise
        finally:
            view.end(seen.pull)
    return seen.pull


async def _is_on_its_way(downloads: Downloads, name: str) -> bool:
    """Whether somebody asked for it before, and it runs or waits for its turn."""
    async with aclosing(downloads.watch()) as changes:
        pulls = await anext(changes)
    return any(same_model(pull.name, name) and pull.is_awaited for pull in pulls)


async def _look_ahead(parts: Parts, options: argparse.Namespace, name: str) -> None:
    """Say what will be fetched; where the disk is too full, only a yes goes on."""
    forecast = await parts.preflight.look_ahead(parse_name(name), insecure=options.insecure)
    if forecast is None:
        return
    if not forecast.lacks_space:
        if not options.json:
            say(f"{name}: {forecast.words}")
            if words := await memory_ahead(parts, name, forecast.weights):
                say(f"{name}: {words}")
        return
    is_asked = sys.stdin is not None and sys.stdin.isatty() and not options.json
    if not (is_asked and is_yes(f"{name}: {forecast.words}. Pull it all the same? [y/N] ")):
        raise Refused(
            f"the disk is too full for {name}: {forecast.words}",
            "Free some space; with --no-preflight nobody looks.",
        )


async def _detach(parts: Parts, options: argparse.Namespace, name: str) -> ExitCode:
    async with parts.downloads as downloads:
        if not downloads.outlive:
            raise Refused(
                "--detach needs another process, which there is none of here",
                "Leave it out: the download ends with this program.",
            )
        pull = await downloads.start(name, insecure=options.insecure)
        if options.json:
            print_json({"name": pull.name, "state": pull.state.value})
        else:
            say(f"Pulling {pull.name}; `{parts.settings.command('pulls')}` shows how far it is.")
            print_text(pull.name)
        if downloads.caveat:
            say(downloads.caveat)
    return ExitCode.DONE


@dataclass(slots=True)
class _Seen:
    """A download as it was seen last."""

    pull: Pull


async def _follow(
    downloads: Downloads, name: str, seen: _Seen, view: ProgressView, *, insecure: bool
) -> None:
    async with aclosing(downloads.follow(name)) as changes:
        async for seen.pull in changes:
            if seen.pull.state is PullState.UNFINISHED:
                # What ran it is gone, and somebody waits for it here.
                await downloads.start(name, insecure=insecure)
            if not seen.pull.state.has_ended:
                view.show(seen.pull)
                await asyncio.sleep(_DRAWN_EVERY)


async def _ended(parts: Parts, options: argparse.Namespace, pull: Pull) -> ExitCode:
    if pull.state is PullState.FAILED:
        say_failure(pull.failure)
        return exit_code_of(pull.failure_kind)
    if pull.state is not PullState.DONE:
        say_failure(f"The download of {pull.name} was cancelled elsewhere; what arrived is kept.")
        return ExitCode.IN_PART
    if not options.json:
        await _tell_arrival(parts, pull)
    return await follow_change(parts, pull.name)


def _view(parts: Parts, options: argparse.Namespace) -> ProgressView:
    if options.json:
        return JsonLines()
    if terminal_width() is None:
        return ProgressLines()
    return ProgressBar(terminal_width, ascii_only=parts.settings.ascii)


async def _tell_arrival(parts: Parts, pull: Pull) -> None:
    # The stream skips layers that come between two of its looks, so only the library knows the
    # size; it knows how the server spells the name, too.
    try:
        model = (await parts.library()).get(pull.name)
    except OllamaTuiError:
        model = None
    name = model.name if model else pull.name
    size = f"{units.transferred(model.size)} in " if model and model.size else "after "
    say(f"{name} is here: {size}{units.duration((pull.ended or pull.started) - pull.started)}")
    print_text(name)


def _on_interrupt(name: str, *, is_watched: bool) -> str:
    if is_watched:
        return f"{name} is downloading already: Ctrl-C stops watching, and it goes on."
    return f"Pulling {name}; Ctrl-C cancels it, and what arrived is kept."


def _left(parts: Parts, name: str) -> str:
    return f"{name} goes on: `{parts.settings.command('pulls')}` shows how far it is."


def _interrupted(parts: Parts, name: str) -> str:
    if parts.settings.demo:
        return "Stopped. The demo's server ended with it, so nothing is kept."
    again = parts.settings.command(f"pull {in_shell(name)}")
    return f"Stopped. What arrived is kept: `{again}` goes on from there."
