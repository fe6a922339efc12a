"""`current` and `use`: the user's choice."""

from __future__ import annotations

import argparse

from ollama_tui.cli.exit_codes import ExitCode
from ollama_tui.cli.output import print_json, print_text, say, say_failure
from ollama_tui.cli.parts import Parts
from ollama_tui.core.names import parse_name, same_model, understand
from ollama_tui.core.presence import is_installed


async def print_current(parts: Parts, options: argparse.Namespace) -> ExitCode:
    """Print the current model unless it is gone; a server that is down does not hide it."""
    name = parts.current.read()
    if name is None:
        if options.json:
            print_json({"name": None, "installed": None})
        say("No current model is chosen. `ollama-tui use NAME` chooses one.")
        return ExitCode.NO_SUCH_MODEL
    is_there = await is_installed(
        parts.service.library,
        name,
        tell=lambda why: say_failure(f"Whether it is still installed is unknown. {why}"),
    )
    if options.json:
        print_json({"name": name, "installed": is_there})
    elif is_there is not False:
        print_text(name)
    if is_there is False:
        say_failure(f"{name} is chosen, but not installed any more. {another(parts)}")
        return ExitCode.NO_SUCH_MODEL
    return ExitCode.DONE


async def use_model(parts: Parts, options: argparse.Namespace) -> ExitCode:
    """Make an installed model the current one."""
    wanted = understand(options.name)
    library = await parts.library()
    if library.get(wanted) is None:
        parse_name(wanted)
    previous = parts.current.read()
    name = await parts.alias.choose(wanted, library)
    trouble = await parts.alias.try_to_follow()
    if options.json:
        about_alias = {"alias": parts.alias.name, "alias_trouble": trouble or None}
        told = {"name": name, "previous": previous}
        print_json({**told, **about_alias} if parts.alias.name else told)
    else:
        print_text(name)
        say(_words(name, previous))
    return told_of_alias(parts, trouble)


def another(parts: Parts) -> str:
    """What to do when the current model is gone."""
    return f"`{parts.settings.command('use NAME')}` chooses another."


async def follow_change(parts: Parts, changed: str) -> ExitCode:
    """Let the alias follow if the model that was changed is the current one."""
    return told_of_alias(parts, await parts.alias.try_to_follow(changed))


def told_of_alias(parts: Parts, trouble: str) -> ExitCode:
    """Say why the alias does not follow; in read-only mode that is as it should be."""
    if not trouble:
        return ExitCode.DONE
    if parts.settings.read_only:
        say(trouble)
        return ExitCode.DONE
    say_failure(trouble)
    return ExitCode.IN_PART


def _words(name: str, previous: str | None) -> str:
    if previous is None:
        return f"{name} is now the current model; none was chosen before."
    if same_model(previous, name):
        return f"{name} is the current model, as it was."
    return f"{name} is now the current model; it was {previous}."
