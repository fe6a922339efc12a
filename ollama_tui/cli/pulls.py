"""`pulls`: what is downloading, waiting or unfinished, and what became of the others."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from textwrap import wrap

from ollama_tui.cli.exit_codes import ExitCode
from ollama_tui.cli.output import iso, print_json, print_text, say, say_failure, table
from ollama_tui.cli.parts import Parts
from ollama_tui.cli.terminal import stream_width
from ollama_tui.core import units
from ollama_tui.core.downloads import Downloads
from ollama_tui.core.errors import InvalidInput, NoSuchModel
from ollama_tui.core.history import EndedPull
from ollama_tui.core.names import each_once, name_key, understand
from ollama_tui.core.pulls import Pull, PullState

_WATCHED_EVERY = 1.0


async def show_pulls(parts: Parts, options: argparse.Namespace) -> ExitCode:
    """Print the downloads, or cancel, pause or resume some."""
    if options.deed:
        parts.service.refuse_if_read_only()
    async with parts.downloads as downloads, aclosing(downloads.watch()) as changes:
        pulls = await anext(changes)
        if options.deed:
            return await _change(parts, options, pulls)
        _print(parts, options, pulls)
        while options.watch and any(pull.is_awaited for pull in pulls):
            await asyncio.sleep(_WATCHED_EVERY)
            pulls = await anext(changes)
            _print(parts, options, pulls)
        if downloads.trouble:
            say_failure(downloads.trouble)
            return ExitCode.IN_PART
    return ExitCode.DONE


async def _change(parts: Parts, options: argparse.Namespace, pulls: tuple[Pull, ...]) -> ExitCode:
    deed, code = _DEEDS[options.deed], ExitCode.DONE
    named = _named(options, pulls)
    if options.all:
        named = [pull for pull in named if deed.is_meant_by_all(pull)]
    for pull in named:
        if not deed.applies(pull):
            say_failure(f"{pull.name} is {pull.state.value}: there is nothing to {options.deed}.")
            code = ExitCode.IN_PART
            continue
        await deed.perform(parts.downloads, pull.name)
        if options.json:
            print_json({"name": pull.name, "done": options.deed})
        else:
            say(f"{deed.word} {pull.name}")
    if options.all and not named:
        failed = any(pull.state is PullState.FAILED and deed.applies(pull) for pull in pulls)
        by_name = " What has failed needs its name." if failed else ""
        say(f"There is nothing to {options.deed}.{by_name}")
    return code


async def _give_up(downloads: Downloads, name: str) -> None:
    await downloads.cancel(name)
    # One that has failed is given up by taking it off the list.
    await downloads.forget(name)


def _can_go_on(pull: Pull) -> bool:
    return pull.state.is_held or pull.state is PullState.FAILED


@dataclass(frozen=True, slots=True)
class _Deed:
    """What can be done to downloads."""

    word: str
    """What is said once it is done."""
    perform: Callable[[Downloads, str], Awaitable[None]]
    applies: Callable[[Pull], bool]
    """Whether a download is in a state for it."""
    is_meant_by_all: Callable[[Pull], bool]
    """Whether `--all` means that one, too: what has failed is chosen by its name alone."""


_DEEDS: dict[str, _Deed] = {
    "cancel": _Deed("Cancelled", _give_up, lambda _: True, lambda one: not one.state.has_ended),
    "pause": _Deed(
        "Paused",
        lambda downloads, name: downloads.pause(name),
        lambda one: one.is_awaited,
        lambda one: one.is_awaited,
    ),
    "resume": _Deed(
        "Resumed",
        lambda downloads, name: downloads.resume(name),
        _can_go_on,
        lambda one: one.state.is_held,
    ),
}


def _named(options: argparse.Namespace, pulls: tuple[Pull, ...]) -> list[Pull]:
    there = {name_key(pull.name): pull for pull in pulls if not pull.state.is_over}
    if options.all == bool(options.names):
        raise InvalidInput(
            f"`pulls {options.deed}` needs names, or --all alone", "`ollama-tui pulls` lists them."
        )
    if options.all:
        return list(there.values())
    names = each_once(understand(name) for name in options.names)
    for name in names:
        if name_key(name) not in there:
            raise NoSuchModel(f"no download of {name} is there", "`ollama-tui pulls` lists them.")
    return [there[name_key(name)] for name in names]


def _print(parts: Parts, options: argparse.Namespace, pulls: tuple[Pull, ...]) -> None:
    pulls = tuple(pull for pull in pulls if not pull.state.is_over)
    history = parts.downloads.history
    if options.json:
        print_json(
            {
                "server": parts.service.url,
                "pulls": [_listed(pull) for pull in pulls],
                "history": [_ended(one) for one in history],
            }
        )
    elif options.history:
        _print_history(parts, history)
    elif pulls:
        print_text(_table(pulls), ascii_only=parts.settings.ascii)
        if any(pull.state is PullState.FAILED for pull in pulls):
            again = parts.settings.command("pulls resume NAME")
            say(f"`{again}` pulls again what failed; `cancel` drops it from the list.")
        if parts.downloads.caveat:
            say(parts.downloads.caveat)
    elif not parts.downloads.trouble:
        say("Nothing is downloading. `ollama-tui pulls --history` tells what became of the last.")


def _print_history(parts: Parts, history: tuple[EndedPull, ...]) -> None:
    if not history:
        say("No download has ended yet.")
        return
    rows = [
        (
            one.shown_name,
            one.outcome.value,
            units.date(one.ended_at),
            units.received(one.fetched, one.total),
            units.rate(one.rate) if one.rate else units.UNKNOWN,
            one.failure,
        )
        for one in history
    ]
    headings = ("NAME", "ENDED", "WHEN", "FETCHED", "SPEED", "WHY")
    print_text(table(headings, rows, right=(3, 4)), ascii_only=parts.settings.ascii)


def _table(pulls: tuple[Pull, ...]) -> str:
    """A line a download, what failed last and below it why."""
    pulls = tuple(sorted(pulls, key=lambda pull: pull.state.has_ended))
    headings = ("NAME", "STATE", "", "BYTES", "SPEED", "LEFT")
    heading, *rows = table(headings, [_row(pull) for pull in pulls], (2, 3, 4, 5)).splitlines()
    width = stream_width(sys.stdout) or sys.maxsize
    lines = [heading]
    for pull, row in zip(pulls, rows, strict=True):
        lines += [row, *wrap(pull.failure, width, initial_indent="  ", subsequent_indent="  ")]
    return "\n".join(lines)


def _row(pull: Pull) -> tuple[str, ...]:
    amount = "{} of {} {}".format(*units.arrived(pull.completed, pull.total))
    return (
        pull.name,
        units.trying_again(pull.note, pull.attempt) if pull.is_retried else pull.state.value,
        units.share(pull.share),
        amount if pull.total else units.UNKNOWN,
        units.rate(pull.rate) if pull.rate is not None else units.UNKNOWN,
        units.time_left(pull.seconds_left).removesuffix(" left") or units.UNKNOWN,
    )


def _listed(pull: Pull) -> dict[str, object]:
    left = pull.seconds_left
    return {
        "name": pull.name,
        "state": pull.state.value,
        "completed_bytes": pull.completed,
        "total_bytes": pull.total or None,
        "share": None if pull.share is None else round(pull.share, 4),
        "bytes_per_second": None if pull.rate is None else round(pull.rate),
        "seconds_left": None if left is None else round(left),
        "attempt": pull.attempt,
        "note": pull.note or None,
        "failure": pull.failure or None,
    }


def _ended(one: EndedPull) -> dict[str, object]:
    return {
        "name": one.name,
        "outcome": one.outcome.value,
        "ended": iso(one.ended_at),
        "total_bytes": one.total or None,
        "fetched_bytes": one.fetched,
        "seconds": round(one.seconds, 1),
        "bytes_per_second": None if one.rate is None else round(one.rate),
        "failure": one.failure or None,
        "new_name": one.new_name or None,
    }
