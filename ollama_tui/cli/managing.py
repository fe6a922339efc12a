"""`show`, `rm`, `cp`, `mv`: one installed model, or several."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from ollama_tui.cli.choice import another
from ollama_tui.cli.exit_codes import ExitCode, exit_code_of
from ollama_tui.cli.output import (
    is_yes,
    iso,
    print_json,
    print_text,
    say,
    say_failure,
    write_words,
)
from ollama_tui.cli.parts import Parts
from ollama_tui.core import renaming, units
from ollama_tui.core.errors import OllamaTuiError, Refused, undone
from ollama_tui.core.installed import Deleted, refuse_suffix
from ollama_tui.core.models import Model, ModelDetails
from ollama_tui.core.names import same_model, understand
from ollama_tui.core.release import Release, release_of
from ollama_tui.core.sections import facts_of, text_of


async def show_model(parts: Parts, options: argparse.Namespace) -> ExitCode:
    """Print all that the server tells of a model."""
    model = (await parts.service.library()).installed(understand(options.name))
    details, answer = await parts.service.everything(model.name)
    if options.part is not None:
        _tell_part(options, model, details)
    elif options.json:
        print_json(_told(model, details, answer))
    else:
        print_text(details.modelfile or f"FROM {model.name}")
    return ExitCode.DONE


async def copy_model(parts: Parts, options: argparse.Namespace) -> ExitCode:
    """Give a model a second name."""
    copy = await parts.installed.copy(understand(options.name), understand(options.new_name))
    _tell_named(options, copy, f"{copy.name} is a copy of {understand(options.name)}")
    return ExitCode.DONE


async def rename_model(parts: Parts, options: argparse.Namespace) -> ExitCode:
    """Give a model another name; the current model and the history follow."""
    name = understand(options.name)
    renamed = await renaming.rename_model(
        parts.installed, parts.alias, parts.downloads, name, understand(options.new_name)
    )
    follows = "; it stays the current model" if renamed.is_current else ""
    words = f"{name} is now {renamed.model.name}{follows}"
    _tell_named(options, renamed.model, words, current=renamed.is_current)
    for trouble in renamed.troubles:
        say_failure(trouble)
    return ExitCode.IN_PART if renamed.troubles else ExitCode.DONE


async def delete_models(parts: Parts, options: argparse.Namespace) -> ExitCode:
    """Delete models at once, after asking."""
    parts.service.refuse_if_read_only()
    names = [understand(name) for name in options.names]
    for name in names:
        refuse_suffix(name)
    library = await parts.service.library()
    # All are known before the first is deleted; two spellings of a name are one model.
    models = tuple(dict.fromkeys(library.installed(name) for name in names))
    if not options.yes:
        _ask(models)
    codes = set[ExitCode]()
    for model in models:
        try:
            release = await release_of(model, library, parts.machine.disk, parts.installed)
            deleted = await parts.installed.delete(model.name, model.digest)
        except OllamaTuiError as error:
            say_failure(undone(model.name, "deleted", error))
            codes.add(exit_code_of(type(error)))
            continue
        library = library.without((model.name,))
        parts.keep(library)
        codes.add(ExitCode.DONE)
        _tell_deleted(parts, options, deleted, release)
    return codes.pop() if len(codes) == 1 else ExitCode.IN_PART


def _ask(models: Sequence[Model]) -> None:
    if sys.stdin is None or not sys.stdin.isatty():
        raise Refused("`rm` asks before it deletes, and there is no terminal", "Say --yes.")
    for model in models:
        write_words(f"  {model.name}  {units.disk(model.size)}\n")
    named = units.named([model.name for model in models], "model")
    if not is_yes(f"Delete {named}? [y/N] "):
        raise Refused("nothing is deleted")


def _tell_deleted(
    parts: Parts, options: argparse.Namespace, deleted: Deleted, release: Release
) -> None:
    was_current = same_model(parts.current.read() or "", deleted.name)
    if options.json:
        told = asdict(deleted)
        sizes = {"size_bytes": told.pop("size"), "freed_bytes": release.own}
        print_json({"name": told.pop("name"), **sizes, **told, "was_current": was_current})
    elif not deleted.trouble:
        first = ", which was unloaded first" if deleted.unloaded else ""
        freed = f": {release.words}" if release.words else ""
        say(f"Deleted {deleted.name}{first}{freed}.")
    if deleted.trouble:
        say_failure(
            f"{deleted.name} is gone, but {deleted.trouble}. "
            "What is left of it goes when Ollama is restarted."
        )
    if was_current:
        say(f"{deleted.name} was the current model. {another(parts)}")


def _tell_named(options: argparse.Namespace, model: Model, words: str, **others: object) -> None:
    if options.json:
        print_json({"name": model.name, "digest": model.digest, **others})
    else:
        print_text(model.name)
        say(words)


def _tell_part(options: argparse.Namespace, model: Model, details: ModelDetails) -> None:
    is_facts = options.part == "facts"
    text = facts_of(model, details, time.time()) if is_facts else text_of(details, options.part)
    if options.json:
        print_json({"name": model.name, "part": options.part, "text": text})
    elif text:
        print_text(text)
    else:
        say(f"{model.name} has no {options.part}, or the server does not tell it.")


def _told(model: Model, details: ModelDetails, answer: Mapping[str, object]) -> dict[str, object]:
    """All of it: by the names that `ls` gives, since the list knows some that `show` omits.

    What else the server said keeps its own names; under `show` stands what would be taken for
    something else by them.
    """
    known = _known(model, details)
    others = {name: answer[name] for name in answer if name not in _READ}
    unclear = {name: others.pop(name) for name in (*known, "show", "version") if name in others}
    return {**others, **known, **({"show": unclear} if unclear else {})}


_READ = ("license", "modelfile", "parameters", "template", "system", "capabilities", "remote_host")
"""What the server calls that which is told in our own words."""


def _known(model: Model, details: ModelDetails) -> dict[str, object]:
    return {
        **asdict(details),
        "name": model.name,
        "size_bytes": model.size,
        "digest": model.digest or None,
        "modified": iso(model.modified),
        "family": details.family or model.family,
        "parameter_size": details.parameter_size or model.parameter_size or None,
        "quantization": details.quantization or model.quantization or None,
        "context_length": details.context_length or model.context_length,
        "capabilities": details.capabilities or model.capabilities,
        "cloud": model.is_cloud,
        "remote_host": model.remote_host or None,
    }
