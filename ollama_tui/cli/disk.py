"""`du`: what fills the disk of the models."""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from contextlib import aclosing, suppress

from ollama_tui.cli.exit_codes import ExitCode
from ollama_tui.cli.output import iso, print_json, print_text, say, table
from ollama_tui.cli.parts import Parts
from ollama_tui.core.disk_parts import disk_parts, remarks
from ollama_tui.core.disk_usage import Damaged, DiskUsage, Partial, Unused
from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.history import EndedPull
from ollama_tui.core.pulls import Pull
from ollama_tui.core.text import clean

_SECONDS = 3.0
"""How long the downloads are waited for."""


async def print_usage(parts: Parts, options: argparse.Namespace) -> ExitCode:
    """Print what each model takes, what is left of downloads, and what is free."""
    library = await parts.library()
    usage = await parts.machine.disk.usage(library, await _pulls(parts))
    if options.json:
        print_json({"server": parts.service.url, **_content(usage)})
        return ExitCode.DONE
    shown = disk_parts(usage, time.time())
    tables = [
        table(part.headings, [*part.rows, *([part.total] if part.total else [])], part.right)
        for part in shown
    ]
    print_text("\n\n".join(tables), ascii_only=parts.settings.ascii)
    for remark in remarks(shown):
        say(remark)
    return ExitCode.DONE


async def _pulls(parts: Parts) -> tuple[Pull | EndedPull, ...]:
    """The downloads that parts may be of; none where they are not soon known."""
    with suppress(OllamaTuiError, TimeoutError):
        async with (
            asyncio.timeout(_SECONDS),
            parts.downloads as downloads,
            aclosing(downloads.watch()) as changes,
        ):
            return (*await anext(changes), *downloads.history)
    return ()


def _content(usage: DiskUsage) -> dict[str, object]:
    return {
        "source": "server" if usage.unknown else "folder",
        "reason": usage.unknown or None,
        "folder": usage.folder or None,
        "free_bytes": usage.disk.free if usage.disk else None,
        "total_bytes": usage.disk.total if usage.disk else None,
        "models": [
            {"name": model.name, "size_bytes": model.size, "own_bytes": model.own}
            for model in usage.models
        ],
        "models_bytes": usage.models_size,
        "shared_bytes": usage.shared,
        "partials": [_partial(one) for one in usage.partials],
        "unreferenced": [_unused(one) for one in usage.unused],
        "damaged": [_damaged(one) for one in usage.damaged],
        "other_folders": [
            {"folder": one.folder, "models": one.models, "disk_bytes": one.size}
            for one in usage.others
        ],
    }


def _partial(one: Partial) -> dict[str, object]:
    return {
        "model": one.model or None,
        "digest": one.layer.replace("-", ":"),
        "disk_bytes": one.held,
        "size_bytes": one.size,
        "modified": iso(one.modified),
    }


def _unused(one: Unused) -> dict[str, object]:
    return {
        "file": clean(os.fsencode(one.file).decode(errors="replace")),
        "disk_bytes": one.held,
        "modified": iso(one.modified),
    }


def _damaged(one: Damaged) -> dict[str, object]:
    return {
        "name": one.name,
        "reason": one.why,
        "disk_bytes": one.held,
        "stops_pruning": one.stops_pruning,
    }
