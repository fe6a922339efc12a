"""Models that are made from others, as Ollama 0.32.15 made them."""

from __future__ import annotations

import asyncio
import json

from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.store import installed
from ollama_tui.demo.wire import Request

ASKED = {
    "num_ctx": 1048576,
    "num_keep": 16777217,
    "stop": ['a"b', "\n\nUser:", "é\u200bx\t"],
    "temperature": 0.7,
    "top_k": 131072,
    "use_mmap": True,
    "mirostat": 2,
}
SYSTEM = 'Be "brief".\nSay """x""" twice.'
SHOWN = """\
mirostat                       2
num_ctx                        1.048576e+06
num_keep                       1.6777217e+07
stop                           "a\\"b"
stop                           "\\n\\nUser:"
stop                           "é\\u200bx\\t"
temperature                    0.7
top_k                          131072
use_mmap                       true"""
MODELFILE = f"""\
TEMPLATE {{{{ .Prompt }}}}
SYSTEM \"\"\"{SYSTEM}\"\"\"
PARAMETER mirostat 2
PARAMETER num_ctx 1.048576e+06
PARAMETER num_keep 1.6777217e+07
PARAMETER stop a"b
PARAMETER stop "

User:"
PARAMETER stop é\u200bx\t
PARAMETER temperature 0.7
PARAMETER top_k 131072
PARAMETER use_mmap true
"""


def create(emulator: Emulator, source: str, **given: object) -> None:
    body = {"model": "made", "from": source, "stream": False, **given}
    assert ask(emulator, "/api/create", body) == {"status": "success"}


def shown(emulator: Emulator) -> dict[str, object]:
    return ask(emulator, "/api/show", {"model": "made"})


def ask(emulator: Emulator, path: str, body: dict[str, object]) -> dict[str, object]:
    async def answer() -> bytes:
        headers = {"host": "127.0.0.1:11434"}
        given = await emulator.answer(Request("POST", path, headers, json.dumps(body).encode()))
        assert isinstance(given.body, bytes)
        return given.body

    told: dict[str, object] = json.loads(asyncio.run(answer()))
    return told


def server() -> Emulator:
    clock = FastClock()
    return Emulator([installed("tiny", 1_000)], now=clock.now, sleep=clock.sleep)


def test_values_are_told_as_go_prints_them() -> None:
    emulator = server()

    create(emulator, "tiny", parameters=ASKED, system=SYSTEM)

    lines = str(shown(emulator)["parameters"]).split("\n")
    assert sorted(lines, key=lambda line: line.split()[0]) == SHOWN.split("\n")
    assert shown(emulator)["system"] == SYSTEM


def test_the_modelfile_quotes_as_little_as_the_genuine_one() -> None:
    emulator = server()

    create(emulator, "tiny", parameters=dict(sorted(ASKED.items())), system=SYSTEM)

    assert str(shown(emulator)["modelfile"]).endswith(MODELFILE)


def test_what_is_not_given_is_kept_and_nothing_takes_the_place_of_something() -> None:
    emulator = server()
    create(emulator, "tiny", parameters={"num_ctx": 8, "stop": ["a"], "seed": 1}, system="Hi.")

    create(emulator, "made", parameters={"num_ctx": None, "stop": []}, system="")

    told = sorted(str(shown(emulator)["parameters"]).split("\n"))
    assert told == ["num_ctx                        <nil>", "seed                           1"]
    assert "PARAMETER num_ctx <nil>\n" in str(shown(emulator)["modelfile"])
    assert shown(emulator)["system"] == "Hi."
