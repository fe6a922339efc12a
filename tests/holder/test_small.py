"""The holder stays small: it brings nothing that it does not need, and keeps what it needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from ollama_tui.holder.client import HeldDownloads
from ollama_tui.holder.place import HolderPlace
from tests.holder.holding import MIB, half_way
from tests.holders import holders

FOREIGN = {
    *("textual", "rich", "fastapi", "starlette", "uvicorn", "pydantic", "ollama"),
    *("httpx._main", "click", "pygments", "ollama_tui.core.client", "ollama_tui.tui"),
}
PROGRAM = """
import sys
from ollama_tui.holder.__main__ import main
try:
    main()
except TypeError:  # the words that its starter gives it are missing
    print(*(name for name, module in sys.modules.items() if module is not None))
"""


@pytest.fixture(scope="module")
def modules() -> set[str]:
    """What is there once the holder has imported all that it needs, as `__main__` does it."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    return set(done.stdout.split())


def test_it_imports_nothing_that_draws_serves_or_describes(modules: set[str]) -> None:
    assert modules & FOREIGN == set()


def test_it_has_all_that_a_download_needs_before_an_upgrade_can_take_it_away(
    modules: set[str],
) -> None:
    assert modules >= {"httpx", "ollama_tui.core.pull_stream", "ollama_tui.core.registries"}


async def test_it_stays_under_36_mb(downloads: HeldDownloads, place: HolderPlace) -> None:
    for name in "ab":
        await downloads.start(name)
    await half_way(downloads, "a", "b")

    (holder,) = holders(place.folder)

    assert holder.memory_info().rss < 36 * MIB


async def test_what_it_holds_open_is_closed_when_a_download_has_ended(
    downloads: HeldDownloads, place: HolderPlace
) -> None:
    await downloads.start("a")
    await half_way(downloads, "a")
    (holder,) = holders(place.folder)
    before = _servers(holder)

    await downloads.pause("a")

    assert len(before) == 1
    assert _servers(holder) == []


def _servers(holder: psutil.Process) -> list[str]:
    """The connections to servers which are open."""
    return [str(one.raddr) for one in holder.net_connections("tcp") if one.status == "ESTABLISHED"]
