"""What Tab offers: names from this program's own files, so that no server is waited for."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable, Iterator

from argcomplete.completers import SuppressCompleter
from argcomplete.finders import CompletionFinder

from ollama_tui.cli.chosen import settings_of
from ollama_tui.config import Settings
from ollama_tui.core.cache import LibraryCache, known_servers
from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.hosts import DEFAULT_PORT, parse_host, server_key
from ollama_tui.core.names import parse_name

Names = Callable[[Settings], Iterable[str]]


def complete(parser: argparse.ArgumentParser) -> None:
    """Answer the shell whose question is in the environment, and end the program."""
    for command, action in _actions(parser):
        names = _OFFERED.get(f"{command} {action.metavar}") or _OFFERED.get(str(action.metavar))
        if names is not None:
            action.completer = _completer(names)  # type: ignore[attr-defined]
    CompletionFinder()(parser, always_complete_options=False, default_completer=SuppressCompleter())


def _actions(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.Action]]:
    """What can be typed, with the command that it belongs to; empty for all commands."""
    for action in parser._actions:
        yield "", action
        if isinstance(action, argparse._SubParsersAction):
            for name, command in action.choices.items():
                yield from ((name, one) for _, one in _actions(command))


def _completer(names: Names) -> Callable[..., Iterable[str]]:
    def offered(parsed_args: argparse.Namespace, **_: object) -> Iterable[str]:
        if parsed_args.demo:
            # It has no files, and to make its server takes longer than a Tab may.
            return ()
        try:
            with settings_of(parsed_args, os.environ) as (settings, _connection):
                return tuple(names(settings))
        except OllamaTuiError:
            return ()

    return offered


def _installed(settings: Settings) -> Iterable[str]:
    known = LibraryCache(settings.paths.cache, settings.server_key).load()
    names = (model.name for model in known.library) if known is not None else ()
    # What a server lists besides could be words of the shell.
    return filter(_is_name, names)


def _is_name(text: str) -> bool:
    try:
        return parse_name(text) is not None
    except OllamaTuiError:
        return False


def _to_pull(settings: Settings) -> Iterable[str]:
    from ollama_tui.core.well_known import WELL_KNOWN

    return dict.fromkeys((*_installed(settings), *(name for name, _ in WELL_KNOWN)))


def _downloads(settings: Settings) -> Iterable[str]:
    from ollama_tui.core.journal import Journal
    from ollama_tui.holder.place import HolderPlace

    place = HolderPlace(settings.paths.state, settings.machine, os.environ)
    record = Journal(place.journal).read(settings.server_key)
    return (one.name for one in record.unfinished)


def _hosts(settings: Settings) -> Iterable[str]:
    for key in known_servers(settings.paths.cache):
        address = key.removesuffix(f"@{settings.machine}")
        short = address.removeprefix("http://").removesuffix(f":{DEFAULT_PORT}")
        # What another machine calls its own address is none here.
        try:
            if server_key(parse_host(short), settings.machine) == key:
                yield short
        except OllamaTuiError:
            continue


def _times(_: Settings) -> Iterable[str]:
    return ("5m", "30m", "2h", "1d", "forever")


_OFFERED: dict[str, Names] = {
    "NAME": _installed,
    "HOST": _hosts,
    "TIME": _times,
    "pull NAME": _to_pull,
    "pulls NAME": _downloads,
}
"""What is offered for a word of the usage, or for that of one command."""
