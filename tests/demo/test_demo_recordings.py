"""The emulator answers as genuine servers were recorded to answer."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from pathlib import Path

import pytest

from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.machine import Machine
from ollama_tui.demo.manifests import Layer, Manifest, ModelConfig, composed
from ollama_tui.demo.registry import PullFault, PullFaultKind, Registry
from ollama_tui.demo.wire import Answer, Request, pieces_of

RECORDINGS = Path(__file__).parents[1] / "recordings"
VERSIONS = ("0.24.0", "0.32.15")
HOST = "registry.example:5000"

SKIPPED = {"v0.32.15/generate": "the toy model's runner died after one token"}

SESSION_TEXT = """
    root version tags-empty ps-empty unknown-path wrong-method bad-json no-body
    pull-tiny pull-cached pull-not-found pull-not-found-plain pull-invalid-name pull-empty-name
    pull-registry-down pull-cancelled pull-resumed-then-stalled pull-reset-midway
    pull-joined-to-a-dying-download pull-finished
    tags show show-missing show-invalid-name show-no-name
    copy copy-missing copy-invalid copy-over-existing create-derived show-derived
    tags-with-copies blob-present blob-absent status recommendations show-verbose
    create-bad-from create-nothing create-bad-template create-bad-parameter
    foreign-host-header blob-bad generate-missing generate-bad-keep-alive unload-not-loaded
    load ps-loaded pin ps-pinned keep-alive-10m ps-10m load-other ps-two
    keep-alive-without-num-ctx ps-after-keep-alive-without-num-ctx load-alias ps-alias
    generate unload ps-right-after-unload ps-after-unload
    delete-loaded ps-after-delete-loaded unload-deleted delete delete-missing delete-empty
"""
SESSION = SESSION_TEXT.split()
"""The order in which the recordings were made."""

STALL = PullFault(PullFaultKind.STALL, at=0.6)
BREAK = PullFault(PullFaultKind.BREAK, at=0.7)
REGISTRY_DURING = {
    "pull-cancelled": (4e6, None),
    "pull-resumed-then-stalled": (8e6, STALL),
    "pull-reset-midway": (16e6, BREAK),
}
"""How fast the registry was and what went wrong; it is fast and well the rest of the time."""

PAUSES_BEFORE = {"pull-resumed-then-stalled": 1.0, "pull-finished": 3.0, "ps-after-unload": 2.0}
"""Seconds that the recording client waited."""


@dataclass(frozen=True)
class Given:
    """What the emulator answered, and when its lines came."""

    status: int
    headers: Mapping[str, str]
    lines: tuple[tuple[float, str], ...]

    @property
    def body(self) -> str:
        return "".join(text for _, text in self.lines)


def recording(version: str, name: str) -> dict[str, object]:
    value: dict[str, object] = json.loads((RECORDINGS / f"v{version}" / f"{name}.json").read_text())
    return value


def model_info(version: str) -> Mapping[str, object]:
    shown = json.loads(str(recording(version, "show-verbose")["body"]))["model_info"]
    return {name: tuple(v) if isinstance(v, list) else v for name, v in shown.items()}


def recorded_registry(version: str) -> Registry:
    config = ModelConfig(
        quantization_level="F32", context_length=2048, embedding_length=64,
        model_info=model_info(version),
    )  # fmt: skip
    weights = "e1e5dde9879eea176aaeba16e642e8d0f1f7c432e4c6fa92a0f63bda389a86a2"
    told = config
    if version == "0.24.0":
        told = replace(config, system="Be brief.", licences=("MIT License",))
    tiny = composed(Layer(f"sha256:{weights}", "model", 337_920), told)
    big = composed(Layer(f"sha256:{'b16' * 21}0", "model", 163_212_992), config)
    if version == "0.32.15":
        # There the two models had the very same config.
        big = Manifest(big.digest, (*big.layers[:-1], tiny.layers[-1]), big.config)
    return Registry({f"{HOST}/acme/tiny": tiny, f"{HOST}/acme/big:8b": big})


def request_of(recorded: Mapping[str, object]) -> Request:
    asked = recorded["request"]
    assert isinstance(asked, dict)
    body = asked["body"]
    content = body if isinstance(body, str) else "" if body is None else json.dumps(body)
    headers = {name.lower(): value for name, value in asked.get("headers", {}).items()}
    return Request(
        asked["method"],
        asked["path"],
        {"host": "127.0.0.1:11434"} | headers,
        content.encode(),
    )


async def read(answer: Answer, clock: FastClock, recorded: Mapping[str, object]) -> Given:
    """Read an answer, leaving when the recording client left."""
    began, lines = clock.now(), []
    seen = recorded.get("lines")
    is_left = recorded.get("ended") == "closed by the client"
    limit = seen[-1][0] if isinstance(seen, list) and is_left else float("inf")
    pieces = pieces_of(answer.body)
    async for piece in pieces:
        seconds = (clock.now() - began).total_seconds()
        lines.append((seconds, piece.decode()))
        if seconds >= limit - 0.01:
            break
    if not isinstance(answer.body, bytes):
        await answer.body.aclose()
    return Given(answer.status, dict(answer.headers), tuple(lines))


async def play(version: str) -> dict[str, Given]:
    """Repeat the whole recording session with the emulator."""
    clock = FastClock()
    emulator = Emulator(
        (), recorded_registry(version), version,
        machine=Machine(vram=0, is_loopback=True), now=clock.now, sleep=clock.sleep,
    )  # fmt: skip
    given = {}
    for name in SESSION:
        recorded = recording(version, name)
        rate, fault = REGISTRY_DURING.get(name, (float("inf"), None))
        emulator.registry.rate = rate
        emulator.registry.faults = {"*": fault} if fault else {}
        clock.advance(PAUSES_BEFORE.get(name, 0.0))
        answer = await emulator.answer(request_of(recorded))
        given[name] = await read(answer, clock, recorded)
    return given


@pytest.fixture(scope="module")
def sessions() -> dict[str, dict[str, Given]]:
    return {version: asyncio.run(play(version)) for version in VERSIONS}


def cases() -> list[tuple[str, str]]:
    return [(v, name) for v in VERSIONS for name in SESSION if f"v{v}/{name}" not in SKIPPED]


@pytest.mark.parametrize(("version", "name"), cases())
def test_the_emulator_answers_as_recorded(
    version: str, name: str, sessions: dict[str, dict[str, Given]]
) -> None:
    recorded, given = recording(version, name), sessions[version][name]

    assert given.status == recorded["status"]
    assert told_headers(given.headers) == told_headers(recorded["headers"])
    if "lines" in recorded:
        assert phases(list(given.lines)) == phases(recorded["lines"])
    elif "x-ndjson" in given.headers.get("content-type", ""):
        assert statuses(given.body) == statuses(recorded["body"])
    else:
        assert outline(given.body) == outline(recorded["body"])
        assert facts(given.body) == facts(recorded["body"])


def test_every_recording_is_replayed_or_said_to_be_skipped() -> None:
    recorded = {f"{path.parent.name}/{path.stem}" for path in RECORDINGS.glob("v*/*.json")}
    replayed = {f"v{version}/{name}" for version, name in cases()}

    assert recorded == replayed | set(SKIPPED)


def told_headers(headers: object) -> dict[str, str]:
    assert isinstance(headers, Mapping)
    names = ("content-type", "allow", "location")
    return {name: value for name, value in headers.items() if name in names}


def statuses(body: object) -> list[str]:
    """The lines of a creation, without the digests of what is new."""
    lines = [json.loads(line) for line in str(body).splitlines()]
    return [re.sub(r"^(creating new layer sha256:).*", r"\1", line["status"]) for line in lines]


def outline(body: object) -> object:
    """The fields of a JSON body in their order, with their kinds; an error to the letter."""
    try:
        value = json.loads(str(body))
    except json.JSONDecodeError:
        return body
    return body if "error" in value else kinds(value)


def kinds(value: object) -> object:
    if isinstance(value, dict):
        return [(name, kinds(item)) for name, item in value.items()]
    if isinstance(value, list):
        seen = [kinds(item) for item in value]
        return "list" if value and not isinstance(value[0], dict) else sorted(seen, key=str)
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)", value):
        return "moment"
    return "number" if isinstance(value, int | float) else type(value).__name__


def facts(body: object) -> list[object]:
    """What must be the same to the letter in lists of models and in descriptions."""
    try:
        value = json.loads(str(body))
    except json.JSONDecodeError:
        return []
    models = [
        (
            model["name"],
            model.get("context_length"),
            model.get("size_vram"),
            model["details"]["parent_model"],
        )
        for model in value.get("models", [])
    ]
    texts = [value.get(name) for name in ("template", "system", "license", "parameters")]
    told = [value.get(name) for name in ("tensors", "capabilities", "done", "done_reason")]
    if value.get("done_reason") in ("stop", "length"):
        told.pop()
    parent = value.get("details", {}).get("parent_model")
    return [sorted(models, key=str), texts, told, parent, value.get("model_info")]


def phases(lines: object) -> list[object]:
    """A pull's lines as what happens: words, or a layer that grows, stands still, or is there."""
    assert isinstance(lines, list)
    parsed = [(seconds, json.loads(text)) for seconds, text in lines]
    found: list[object] = []
    for digest, group in groupby(parsed, key=lambda line: line[1].get("digest")):
        seen = list(group)
        if digest is None:
            found += [line for _, line in seen]
        else:
            found.append(layer_phase(seen))
    return found


def layer_phase(seen: list[tuple[float, dict[str, int]]]) -> tuple[object, ...]:
    """A layer: its size, whether it is there in the end, and how it moved for longer times."""
    last = seen[-1][1]
    steps = [
        (_movement(before, after), after_at - before_at)
        for (before_at, before), (after_at, after) in pairwise(seen)
    ]
    runs = [
        (movement, sum(seconds for _, seconds in group))
        for movement, group in groupby(steps, key=lambda step: step[0])
    ]
    # The genuine server tries again now and then, and a few bytes come; that is left out.
    lasting = [movement for movement, seconds in runs if seconds > 0.5]
    size = "tiny" if last["total"] < 1000 else last["total"]
    return size, last.get("completed") == last["total"], [m for m, _ in groupby(lasting)]


def _movement(before: dict[str, int], after: dict[str, int]) -> str:
    change = after.get("completed", 0) - before.get("completed", 0)
    return "grows" if change > 0 else "falls" if change < 0 else "stands still"
