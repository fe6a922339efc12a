"""`show`, `rm`, `cp`, `mv`: one installed model, or several."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import asdict

from ollama_tui.cli.exit_codes import ExitCode, exit_code_of
from ollama_tui.cli.output import print_json, print_text, say, say_failure, write_words
from ollama_tui.cli.parts import Parts
from ollama_tui.core import units
from ollama_tui.core.errors import OllamaTuiError, Refused
from ollama_tui.core.installed import Deleted, InstalledModels
from ollama_tui.core.models import Model, ModelDetails
from ollama_tui.core.names import same_model, understand


async def show_model(parts: Parts, options: argparse.Namespace) -> ExitCode:
    """Print all that the server tells of a model."""
    model = (await parts.service.library()).installed(understand(options.name))
    details = await parts.service.details(model.name)
    if options.json:
        print_json({**asdict(model), **_told(details), "name": model.name, "cloud": model.is_cloud})
    else:
        print_text(details.modelfile or f"FROM {model.name}")
    return ExitCode.DONE


async def copy_model(parts: Parts, options: argparse.Namespace) -> ExitCode:
    """Give a model a second name."""
    copy = await InstalledModels(parts.service).copy(
        understand(options.name), understand(options.new_name)
    )
    _tell_named(options, copy, f"{copy.name} is a copy of {understand(options.name)}")
    return ExitCode.DONE


async def rename_model(parts: Parts, options: argparse.Namespace) -> ExitCode:
    """Give a model another name; the current model follows."""
    name = understand(options.name)
    renamed = await InstalledModels(parts.service).rename(name, understand(options.new_name))
    current = parts.current.read()
    if current is not None and same_model(current, name):
        parts.current.choose(renamed.name, await parts.service.library())
    _tell_named(options, renamed, f"{name} is now {renamed.name}")
    return ExitCode.DONE


async def delete_models(parts: Parts, options: argparse.Namespace) -> ExitCode:
    """Delete models at once, after asking."""
    library = await parts.service.library()
    models = [library.installed(understand(name)) for name in options.names]
    if not options.yes:
        await _ask(models)
    installed, code = InstalledModels(parts.service), ExitCode.DONE
    for model in models:
        try:
            _tell_deleted(options, await installed.delete(model.name))
        except OllamaTuiError as error:
            say_failure(f"{model.name} is not deleted. {error}")
            code = exit_code_of(type(error)) if len(models) == 1 else ExitCode.IN_PART
    return code


async def _ask(models: Sequence[Model]) -> None:
    if sys.stdin is None or not sys.stdin.isatty():
        raise Refused("`rm` asks before it deletes, and there is no terminal", "Say --yes.")
    for model in models:
        say(f"  {model.name}  {units.disk(model.size)}")
    count = models[0].name if len(models) == 1 else units.counted(len(models), "model")
    write_words(f"Delete {count}? [y/N] ")
    answer = await asyncio.to_thread(sys.stdin.readline)
    if answer.strip().casefold() not in ("y", "yes"):
        raise Refused("nothing is deleted")


def _tell_deleted(options: argparse.Namespace, deleted: Deleted) -> None:
    if options.json:
        print_json({"deleted": deleted.name, **asdict(deleted)})
        return
    first = ", which was unloaded first" if deleted.unloaded else ""
    say(f"Deleted {deleted.name}{first}: up to {units.disk(deleted.size)} are free.")
    if deleted.trouble:
        say_failure(f"{deleted.name} is gone, but {deleted.trouble}")


def _tell_named(options: argparse.Namespace, model: Model, words: str) -> None:
    if options.json:
        print_json({"name": model.name, "digest": model.digest})
    else:
        print_text(model.name)
        say(words)


def _told(details: ModelDetails) -> dict[str, object]:
    return {key: value for key, value in asdict(details).items() if value not in ("", (), None)}
