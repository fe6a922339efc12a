"""A server that cannot be reached, breaks off or talks nonsense, row by row."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.wire import Answer, json_answer, text_answer
from tests.faults.rows import Told, is_well, keys_answer
from tests.tui.dashboard import Opener
from tests.tui.test_hostile import ESCAPES

DOWN = "● not reachable"
NOT_OLLAMA = "is not an Ollama server"
HTML = ("content-type", "text/html")
SIGN_IN = "https://ollama.com/connect?name=box&key=c3NoLWVkMjU1MTk"


@dataclass(frozen=True, slots=True)
class Row(Told):
    """A fault of the server's."""

    faults: Mapping[str, Fault]
    """By path, `*` for every path."""


def everywhere(row: str, words: str, fault: Fault) -> Row:
    """Every question meets that fault."""
    return Row(row, (DOWN, words, "Ollama does not answer"), {"*": fault})


def said(row: str, words: str, answer: Answer) -> Row:
    """Every question gets that answer."""
    return everywhere(row, words, Fault(answer=answer))


ROWS = (
    everywhere("refused", "connection refused", Fault(unreachable=True)),
    everywhere("hanging connect", "no connection to", Fault(unanswered=True)),
    everywhere("hanging answer", "no answer from", Fault(delay=math.inf)),
    everywhere("half-open socket", "no answer from", Fault(cut_after=9, stalls=True)),
    everywhere("closed", "closed the connection without an answer", Fault(closes=True)),
    everywhere("reset", "the connection was cut", Fault(cut_after=9, resets=True)),
    everywhere("cut", NOT_OLLAMA, Fault(cut_after=9)),
    everywhere("dripping", "no whole answer from", Fault(drip=0.001)),
    said("HTML 200", NOT_OLLAMA, Answer(200, (HTML,), b"<html>Welcome to nginx</html>")),
    said("empty 200", NOT_OLLAMA, Answer(200)),
    said("no text", NOT_OLLAMA, Answer(200, (), b"\xff\xfe\x00\x80")),
    said("list", NOT_OLLAMA, json_answer([{"models": []}])),
    said("no list of models", NOT_OLLAMA, json_answer({"models": 7})),
    said("nested", NOT_OLLAMA, Answer(200, (), b"[" * 100_000)),
    said("301 to https", "sends on to https://box", Answer(301, (("location", "https://box/"),))),
    said("301 in a circle", NOT_OLLAMA, Answer(301, (("location", "/api/tags"),))),
    said("400", "the server refuses the request (400)", Answer(400)),
    said(
        "401 with a sign-in address",
        "asks for a key",
        json_answer({"error": "unauthorized", "signin_url": SIGN_IN}, 401),
    ),
    said("403", "refuses the host name (403)", Answer(403)),
    said("404", "gave HTTP 404", Answer(404)),
    said("404 as a page", NOT_OLLAMA, Answer(404, (HTML,), b"<html>nothing here</html>")),
    said("500", "out of memory", json_answer({"error": "out of memory"}, 500)),
    said("500 with escapes", "the server failed", json_answer({"error": ESCAPES}, 500)),
    said("502", "gave HTTP 502", Answer(502, (HTML,), b"<html>Bad gateway</html>")),
    said("503", "the server is busy", json_answer({"error": "server busy"}, 503)),
    Row(
        "404 on ps",
        ("◐ limited", "unknown: this server has no ps"),
        {"/api/ps": Fault(answer=text_answer(404, "404 page not found"))},
    ),
    Row(
        "ps alone",
        (DOWN, "unknown while the server is down"),
        {"/api/ps": Fault(answer=json_answer({"error": "x"}, 500))},
    ),
    Row("tags alone", ("● running", "as of"), {"/api/tags": Fault(delay=math.inf)}),
)


@pytest.mark.parametrize("row", ROWS, ids=[row.row for row in ROWS])
async def test_it_is_told_keys_answer_and_it_passes(
    open_dashboard: Opener, emulator: Emulator, row: Row
) -> None:
    async with open_dashboard(emulator) as tui:
        names = tui.names
        emulator.faults.update(row.faults)
        await tui.shows(*row.words)

        await keys_answer(tui)
        assert tui.names == names
        assert tui.app.notice is None

        emulator.faults.clear()
        await tui.until(lambda: is_well(tui))
        assert tui.names == names
