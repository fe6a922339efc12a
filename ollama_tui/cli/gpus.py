"""`gpu`: what the GPUs of this machine do, and who holds their memory."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ollama_tui.cli.beneath import occupancies_of
from ollama_tui.cli.exit_codes import ExitCode
from ollama_tui.cli.output import print_json, print_text, say, say_failure, table
from ollama_tui.cli.parts import Parts
from ollama_tui.cli.terminal import redrawn_size
from ollama_tui.core import units
from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.gpus import Gpu, Holder, Holding, Reading, Shares, share_out
from ollama_tui.core.gpus.reader import GpuReader
from ollama_tui.core.insights import Insights
from ollama_tui.core.models import RunningModel
from ollama_tui.core.occupancies import Occupancies

_PATIENCE = 10.0
"""Seconds for the driver's answer."""
_WATCHED_EVERY = 2.0


async def show_gpus(parts: Parts, options: argparse.Namespace) -> ExitCode:
    """Print the GPUs, once or until the user has seen enough."""
    assert parts.machine.gpus is not None
    reader, screen = GpuReader(parts.machine.gpus), _Screen(parts.settings.ascii)
    # The driver's word is here already.
    occupancies = occupancies_of(parts, has_figures=False)
    while True:
        reading = await reader.read(_PATIENCE)
        if reading is None:
            screen.say(f"the GPUs' driver does not answer for {_PATIENCE:.0f} seconds", say_failure)
            code = ExitCode.IN_PART
        else:
            seen = await _seen(parts, occupancies, reading)
            code = _show(parts, options, seen, screen)
        # Where there is no GPU at all, none is waited for.
        if not options.watch or (reading is not None and (reading.is_empty or reading.elsewhere)):
            return code
        await asyncio.sleep(_WATCHED_EVERY)


@dataclass(frozen=True, slots=True)
class _Seen:
    """The GPUs, and what is loaded."""

    reading: Reading
    running: Sequence[RunningModel] = ()
    code: ExitCode = ExitCode.DONE


def _show(parts: Parts, options: argparse.Namespace, seen: _Seen, screen: _Screen) -> ExitCode:
    reading, shares = seen.reading, share_out(seen.reading, seen.running)
    if options.json:
        print_json({"server": parts.service.url, **_described(reading, shares)})
    elif reading.gpus:
        screen.show(table(_HEADINGS, _rows(reading, shares), right=(1, 2, 3, 4)), options.watch)
    if not options.json:
        screen.say(*_what_is_missing(reading))
    return ExitCode.IN_PART if reading.elsewhere else seen.code


async def _seen(parts: Parts, occupancies: Occupancies, reading: Reading) -> _Seen:
    """The GPUs with the models of their processes; what is loaded matters where there are any."""
    if not reading.gpus:
        return _Seen(reading)
    try:
        running, known = await occupancies.look_twice(parts.service.library)
    except OllamaTuiError as error:
        say_failure(f"What is loaded is unknown. {error}")
        return _Seen(reading, code=ExitCode.IN_PART)
    insights = Insights(known)
    return _Seen(reading.naming(insights.names), insights.present(running) or ())


def _what_is_missing(reading: Reading) -> tuple[str, Callable[[str], None]]:
    """What to say of that, and how; empty if nothing is missing."""
    if reading.elsewhere:
        return f"GPUs are {reading.elsewhere}", say_failure
    if reading.why:
        return reading.why, say
    return "" if reading.gpus else "No GPU is seen on this machine.", say


class _Screen:
    """Where a table is printed, or drawn over the one before, and each word is said once."""

    def __init__(self, ascii_only: bool) -> None:
        self._ascii_only, self._lines, self._text = ascii_only, 0, ""
        self._said = ""

    def say(self, words: str, aloud: Callable[[str], None]) -> None:
        if words and words != self._said:
            aloud(words)
        self._said = words

    def show(self, text: str, is_watched: bool) -> None:
        if is_watched and (size := redrawn_size(sys.stdout)):
            # What is higher than the terminal could not be drawn over.
            lines = text.splitlines()[: size.lines - 1]
            if (text := "\n".join(lines)) == self._text:
                return
            before = f"\x1b[{self._lines}A\x1b[J" if self._lines else ""
            self._text, self._lines, text = text, len(lines), f"{before}{text}"
        print_text(text, ascii_only=self._ascii_only)


_HEADINGS = ("GPU", "MEMORY", "BUSY", "TEMP", "POWER")


def _rows(reading: Reading, shares: Shares) -> list[tuple[str, ...]]:
    rows = []
    for gpu in reading.gpus:
        rows.append(_gpu_row(gpu))
        rows += _holding_rows(shares.of[gpu.key])
    if shares.unplaced:
        rows.append(("on which GPU is not seen", "", "", "", ""))
        rows += _holding_rows(shares.unplaced)
    return rows


def _gpu_row(gpu: Gpu) -> tuple[str, ...]:
    power = units.watts(gpu.power)
    if gpu.power is not None and gpu.power_limit:
        power = f"{gpu.power:.0f} of {gpu.power_limit:.0f} W"
    return (
        f"{gpu.label} {gpu.name}".strip(),
        f"{units.gibibytes(gpu.used)} of {units.memory(gpu.total)}",
        units.share(gpu.utilisation),
        units.degrees(gpu.temperature),
        power,
    )


def _holding_rows(held: Iterable[Holding]) -> list[tuple[str, ...]]:
    return [(f"  {_words(one)}", units.memory(one.used), "", "", "") for one in held]


def _words(one: Holding) -> str:
    if one.kind is Holder.MODEL:
        return one.name if one.is_measured else f"{one.name} (as reported)"
    if one.kind is Holder.OTHER:
        return " · ".join(filter(None, (one.name, one.user, f"pid {one.pid}")))
    return one.name


def _described(reading: Reading, shares: Shares) -> dict[str, object]:
    return {
        "gpus": [_gpu(gpu, shares.of[gpu.key]) for gpu in reading.gpus],
        "unplaced": [_holding(one) for one in shares.unplaced],
        "free_bytes": reading.free,
        "why": reading.why or None,
        "elsewhere": reading.elsewhere or None,
    }


def _gpu(gpu: Gpu, held: Iterable[Holding]) -> dict[str, object]:
    return {
        "index": gpu.index,
        "slice": gpu.slice,
        "name": gpu.name or None,
        "uuid": gpu.uuid or None,
        "maker": gpu.maker,
        "total_bytes": gpu.total,
        "used_bytes": gpu.used,
        "free_bytes": gpu.free,
        "utilisation": gpu.utilisation,
        "temperature_celsius": gpu.temperature,
        "power_watts": gpu.power,
        "power_limit_watts": gpu.power_limit,
        "holders": [_holding(one) for one in held],
    }


def _holding(one: Holding) -> dict[str, object]:
    return {
        "kind": one.kind.value,
        "name": one.name,
        "bytes": one.used,
        "user": one.user or None,
        "pid": one.pid,
        "source": "measured" if one.is_measured else "reported",
    }
