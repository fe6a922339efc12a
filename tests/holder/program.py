"""A program of its own that asks the holder, for tests that kill it.

`python -m tests.holder.program PLACE TARGET DEED NAME`, of which the first two are JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.holder.client import HeldDownloads
from ollama_tui.holder.place import HolderPlace
from ollama_tui.holder.protocol import Target
from tests.holder.holding import client_of

_ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def program(
    place: HolderPlace,
    target: Target,
    deed: str,
    name: str,
    before: Callable[[], None] | None = None,
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A program that leads a session of its own, and is killed with the block.

    Args:
        place: where its holder is.
        target: the server.
        deed: what it does.
        name: the model.
        before: is called in it before it begins.
    """
    process = await asyncio.create_subprocess_exec(
        *command(place, target, deed, name),
        stdout=subprocess.PIPE,
        cwd=_ROOT,
        start_new_session=True,
        preexec_fn=before,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def command(place: HolderPlace, target: Target, deed: str, name: str) -> list[str]:
    """Its command line."""
    where = json.dumps([str(place.state), place.machine, dict(place.environment)])
    words = [where, json.dumps(target.to_json()), deed, name]
    return [sys.executable, "-m", "tests.holder.program", *words]


async def said(process: asyncio.subprocess.Process) -> str:
    """The next line that it writes."""
    assert process.stdout is not None
    async with asyncio.timeout(30):
        return (await process.stdout.readline()).decode().strip()


async def _main(words: Iterable[str]) -> None:
    where, target, deed, name = words
    state, machine, environment = json.loads(where)
    place = HolderPlace(Path(state), machine, environment)
    async with client_of(place, Target.from_json(json.loads(target))) as downloads:
        try:
            await _do(downloads, deed, name)
        except OllamaTuiError as error:
            print(error, flush=True)


async def _do(downloads: HeldDownloads, deed: str, name: str) -> None:
    match deed:
        case "start":
            print((await downloads.start(name)).name, flush=True)
        case "start and stay":
            print((await downloads.start(name)).name, flush=True)
            await asyncio.Event().wait()
        case "lease":
            async with aclosing(downloads.lease(name)) as pulls:
                async for pull in pulls:
                    print(pull.state.value, flush=True)


if __name__ == "__main__":
    os.environ.setdefault("LC_ALL", "C.UTF-8")
    asyncio.run(_main(sys.argv[1:]))
