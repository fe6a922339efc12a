"""`load`, `unload`, `keep`: what the server has in memory."""

from __future__ import annotations

import argparse
import time

from ollama_tui.cli.beneath import about_memory, learn_of, look_at_loaded
from ollama_tui.cli.exit_codes import ExitCode, exit_code_of
from ollama_tui.cli.output import print_json, print_text, say, say_failure
from ollama_tui.cli.parts import Parts
from ollama_tui.core import units
from ollama_tui.core.errors import InvalidInput, OllamaTuiError, ServerFailed
from ollama_tui.core.keep_alive import parse_keep_alive
from ollama_tui.core.loaded import cut_words
from ollama_tui.core.models import RunningModel
from ollama_tui.core.names import each_once, same_model, understand
from ollama_tui.core.occupancy import Known, Occupancy, occupancy_of
from ollama_tui.core.text import as_sentence


async def load_model(parts: Parts, options: argparse.Namespace) -> ExitCode:
    """Load a model and wait until it is loaded; Ctrl-C aborts it."""
    if options.ctx is not None and options.ctx < 1:
        raise InvalidInput(f"{options.ctx} tokens are no context", "Write a number such as 8192.")
    keep_alive = None if options.keep_alive is None else parse_keep_alive(options.keep_alive)
    model = await parts.loaded.loadable(understand(options.name), keep_alive=keep_alive)
    name = model.name
    say(f"Loading {name}; Ctrl-C aborts it.")
    started = time.monotonic()
    running = await parts.loaded.load(name, context=options.ctx, keep_alive=keep_alive)
    seconds = time.monotonic() - started
    if running is None:
        raise ServerFailed(f"{name} was loaded, and is gone again", "Say --keep-alive 5m.")
    found = occupancy_of(running, await learn_of(parts, model, (running,)))
    _tell_loaded(options, name, found.truly(running), found, seconds)
    return ExitCode.DONE


def _tell_loaded(
    options: argparse.Namespace,
    name: str,
    running: RunningModel,
    found: Occupancy,
    seconds: float,
) -> None:
    if options.json:
        print_json(
            {
                "name": running.name,
                "context_length": running.context_length,
                "size_bytes": running.size,
                "size_vram_bytes": running.size_vram,
                **about_memory(found),
                "seconds": round(seconds, 1),
            }
        )
    else:
        print_text(running.name)
        known = "" if same_model(running.name, name) else f", as {running.name}"
        memory = units.memory(found.memory)
        say(f"{name} is loaded{known}: {memory}, {units.duration(seconds)}")
        if cut := cut_words(running, options.ctx):
            say(f"{as_sentence(cut)}.")


async def unload_models(parts: Parts, options: argparse.Namespace) -> ExitCode:
    """Unload some models, or all; requests in flight are finished first."""
    if options.all == bool(options.names):
        raise InvalidInput("`unload` needs names, or --all alone", "`ollama-tui ps` lists them.")
    names = each_once(understand(name) for name in options.names)
    if options.all:
        parts.service.refuse_if_read_only()
        names = [one.name for one in await parts.service.running()]
    if not names:
        say("No model is loaded.")
        return ExitCode.DONE
    known = await look_at_loaded(parts)
    codes = {await _unload(parts, options, name, known) for name in names}
    return codes.pop() if len(codes) == 1 else ExitCode.IN_PART


async def keep_model(parts: Parts, options: argparse.Namespace) -> ExitCode:
    """Change for how long a loaded model stays, without reloading it."""
    seconds = parse_keep_alive(options.duration)
    if seconds == 0:
        known = await look_at_loaded(parts)
        return await _unload(parts, options, understand(options.name), known)
    running = await parts.loaded.keep(understand(options.name), seconds)
    if options.json:
        print_json({"name": running.name, "keep_alive_seconds": None if seconds < 0 else seconds})
    else:
        say(
            f"{running.name} stays loaded "
            + ("for ever" if seconds < 0 else f"for {_written(options.duration)} after each use")
        )
    return ExitCode.DONE


async def _unload(parts: Parts, options: argparse.Namespace, name: str, known: Known) -> ExitCode:
    try:
        running = await parts.loaded.unload(name)
    except OllamaTuiError as error:
        say_failure(str(error))
        return exit_code_of(type(error))
    found = occupancy_of(running, known)
    if options.json:
        told = {"name": running.name, "unloaded": True, "size_bytes": running.size}
        print_json({**told, **about_memory(found)})
    else:
        say(f"Unloading {running.name}: {units.memory(found.memory)} will be free.")
    return ExitCode.DONE


def _written(duration: str) -> str:
    """A time as it was asked for; a number alone is of seconds."""
    asked = duration.strip()
    return f"{asked} s" if asked[-1:].isdigit() else asked
