"""Downloads that go wrong, row by row: those that mend themselves, and those that say why not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field

import pytest

from ollama_tui.core.pull_rules import PullRules
from ollama_tui.core.pulls import PullState
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.registry import PullFault, PullFaultKind
from ollama_tui.demo.wire import NDJSON, Answer
from tests.faults.rows import Told, keys_answer
from tests.tui.dashboard import Opener
from tests.tui.test_pulling import LONG, begin_behind, state_of

AGAIN = "trying again"
GONE = {"*": Fault(unreachable=True)}
PAGE = {"/api/pull": Fault(answer=Answer(502, (), b"<html>Bad gateway</html>"))}


@dataclass(frozen=True, slots=True)
class Row(Told):
    """What is wrong with a download of 43 GB from 61 % on."""

    fault: PullFault | None
    faults: Mapping[str, Fault] = field(default_factory=dict)
    """What is wrong with the server besides, by path."""


def mends(row: str, kind: PullFaultKind, *words: str) -> Row:
    """A fault that ends the stream, and is overcome by asking again."""
    return Row(row, (*words, AGAIN), PullFault(kind, 0.612))


def says(row: str, words: str, text: str, at: float = 0.612) -> Row:
    """An error in the stream."""
    return Row(row, (words,), PullFault(PullFaultKind.ERROR, at, text))


MENDING = (
    mends("stalled", PullFaultKind.STALL, "stalled at 61 %"),
    mends("broken by the registry", PullFaultKind.BREAK),
    mends("cut short", PullFaultKind.TRUNCATE, "the stream ended before"),
    mends("connection broken", PullFaultKind.ABORT, "connection"),
    says("registry busy", AGAIN, "max retries exceeded: 429: too many requests"),
    says("registry failing", AGAIN, "pull model manifest: 503: unavailable", 0.0),
    says("registry breaks off", AGAIN, "read tcp 10.0.0.2:443: connection reset by peer"),
    Row("server gone", ("connection refused", AGAIN), PullFault(PullFaultKind.ABORT, 0.612), GONE),
    Row("proxy's page", ("gave HTTP 502", AGAIN), PullFault(PullFaultKind.ABORT, 0.612), PAGE),
)

FAILING = (
    says("disk full", "disk is full", "write /m/blobs/sha256-1: no space left on device"),
    says("no such model", "no such model or tag", "pull model manifest: file does not exist", 0.0),
    says("newer Ollama", "needs a newer Ollama", "pull model manifest: 412: newer version", 0.0),
    says("no access", "refuses access", "pull model manifest: 401: unauthorized", 0.0),
    says("damaged", "arrived was damaged", "digest mismatch, file must be downloaded again", 1),
    says("folder closed", "may not write to its model folder", "open /m/x: permission denied"),
    says("plain HTTP", "speaks plain HTTP", "http: server gave HTTP response to HTTPS client", 0.0),
    says("unknown words", "oops ", "oops \x1b]52;c;eA==\x07\u202e[/red]"),
    Row("page in place of a stream", ("is not an Ollama server",), None,
        {"/api/pull": Fault(answer=Answer(200, (), b"<html>Welcome</html>"))}),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _fast_and_soon_again(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    emulator.registry.rate = 20e9
    monkeypatch.setattr(PullRules, "pause", lambda self, fruitless, **_: 0.05)


def break_all(emulator: Emulator, row: Row) -> None:
    """Put the faults of a row in place."""
    if row.fault is not None:
        emulator.registry.faults[LONG] = row.fault


@pytest.mark.parametrize("row", MENDING, ids=[row.row for row in MENDING])
async def test_it_is_told_and_asked_for_again_until_it_is_whole(
    open_dashboard: Opener, emulator: Emulator, row: Row
) -> None:
    break_all(emulator, row)
    async with open_dashboard(emulator) as tui:
        await begin_behind(tui, LONG)
        await tui.shows(AGAIN)
        emulator.faults.update(row.faults)
        await tui.shows(*row.words)

        await keys_answer(tui)

        emulator.registry.faults.clear()
        emulator.faults.clear()
        await tui.until(lambda: LONG in tui.names)


@pytest.mark.parametrize("row", FAILING, ids=[row.row for row in FAILING])
async def test_it_is_told_why_and_pulled_again_it_arrives(
    open_dashboard: Opener, emulator: Emulator, row: Row
) -> None:
    break_all(emulator, row)
    emulator.faults.update(row.faults)
    async with open_dashboard(emulator) as tui:
        await begin_behind(tui, LONG)
        await tui.until(lambda: state_of(tui, LONG) is PullState.FAILED)
        await tui.shows(*row.words)

        await keys_answer(tui)

        emulator.registry.faults.clear()
        emulator.faults.clear()
        await tui.press("p")
        await tui.type(LONG)
        await tui.press("enter")
        await tui.until(lambda: LONG in tui.names)


async def test_two_thousand_lines_a_second_hold_up_no_key(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    flood = Flood()
    emulator.faults["/api/pull"] = Fault(answer=Answer(200, (("content-type", NDJSON),), flood()))
    async with open_dashboard(emulator) as tui:
        await begin_behind(tui, LONG)
        await tui.until(lambda: flood.lines > 200)

        await keys_answer(tui)

        flood.is_over = True
        await tui.shows(f"Pulled {LONG}")


class Flood:
    """A pull's stream that tells of each piece of each part."""

    lines = 0
    is_over = False

    async def __call__(self) -> AsyncGenerator[bytes, None]:
        """Twenty lines each hundredth of a second."""
        while not self.is_over:
            yield b"".join(self._line() for _ in range(20))
            await asyncio.sleep(0.01)
        yield b'{"status": "success"}\n'

    def _line(self) -> bytes:
        self.lines += 1
        told = {"status": "pulling ab", "digest": "sha256:ab", "total": 10**9}
        return json.dumps(told | {"completed": self.lines}).encode() + b"\n"
