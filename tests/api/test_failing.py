"""Downloads that fail: before the first byte with a status, later with an event."""

from __future__ import annotations

from pathlib import Path

import pytest

from ollama_tui.core.connection import Connection
from ollama_tui.core.errors import (
    Interrupted,
    InvalidInput,
    NeedsNewerOllama,
    NoSpace,
    NoSuchModel,
    OllamaTuiError,
    PullFailed,
    Refused,
    RegistryBusy,
)
from ollama_tui.core.pull_rules import PullRules
from ollama_tui.core.registries import Registries
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.registry import PullFault, PullFaultKind
from ollama_tui.demo.wire import Answer
from tests.api.conftest import NO_REGISTRIES
from tests.api.serving import (
    NO_SUCH_MODEL,
    NOT_RUNNING,
    Api,
    become_true,
    following,
    pulls_asked,
    registries_of,
    serving,
)
from tests.api.test_downloading import EIGHTH
from tests.core.raw_server import refused_url
from tests.core.test_pull_failures import ROWS

_STATUSES: dict[type[OllamaTuiError], int] = {
    InvalidInput: 400,
    NoSpace: 507,
    NoSuchModel: 500,
    NeedsNewerOllama: 502,
    PullFailed: 502,
    Interrupted: 502,
    RegistryBusy: 502,
    Refused: 403,
}


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PullRules, "pause", lambda self, fruitless, **_: 0.0)


class TestBeforeTheFirstByte:
    @pytest.mark.parametrize("name", ["nothere", "hf.co/user/nothere:Q4_K_M", "user%2Fnothere"])
    async def test_a_model_that_does_not_exist_is_an_error_status(
        self, api: Api, name: str
    ) -> None:
        failed = await api.download(name)

        assert (failed.status_code, failed.json()) == (500, {"detail": NO_SUCH_MODEL})
        assert failed.headers["content-type"] == "application/json"

    async def test_without_a_server_it_says_that_it_is_not_running(self, folder: Path) -> None:
        async with serving(Connection(await refused_url()), folder) as api:
            failed = await api.download("tiny")

        assert (failed.status_code, failed.json()) == (500, {"detail": NOT_RUNNING})

    @pytest.mark.parametrize(("text", "kind", "words"), ROWS)
    async def test_every_error_of_the_server_has_a_status_and_words(
        self, api: Api, emulator: Emulator, text: str, kind: type[OllamaTuiError], words: str
    ) -> None:
        emulator.registry.faults["*"] = PullFault(PullFaultKind.ERROR, 0, text)
        # It is asked for again, which in the end has words of its own.
        words = "ending an earlier download" if text == "context canceled" else words

        failed = await api.download("tiny")

        assert failed.status_code == _STATUSES[kind]
        detail = failed.json()["detail"]
        assert (NO_SUCH_MODEL if kind is NoSuchModel else words) in detail

    @pytest.mark.parametrize(
        ("answer", "status", "words"),
        [
            (Answer(200, (), b"<html>"), 502, "is not an Ollama server"),
            (Answer(502, (), b"<html>"), 502, "gave HTTP 502"),
            (Answer(503), 502, "is busy"),
            (Answer(401), 403, "asks for a key"),
            (Answer(403), 403, "refuses the host name"),
            (Answer(400, (), b'{"error": "invalid model name"}'), 400, "refuses that name"),
            (Answer(404, (), b"404 page not found"), 502, "Update Ollama"),
            (Answer(200, (), b""), 502, "ended before the model was whole"),
        ],
    )
    async def test_an_answer_that_is_no_stream_has_a_status_and_words(
        self, api: Api, emulator: Emulator, answer: Answer, status: int, words: str
    ) -> None:
        emulator.faults["/api/pull"] = Fault(answer=answer)

        failed = await api.download("tiny")

        assert failed.status_code == status
        assert words in failed.json()["detail"]

    async def test_nothing_is_kept_of_it_and_it_can_be_asked_for_again(
        self, api: Api, emulator: Emulator
    ) -> None:
        emulator.registry.faults["tiny:latest"] = PullFault(PullFaultKind.ERROR, 0, "EOF")
        await api.download("tiny")
        emulator.registry.faults.clear()
        await become_true(lambda: api.downloads.pulls == ())

        assert (await api.download("tiny")).status_code == 200

    async def test_in_read_only_mode_it_is_refused_and_nothing_is_sent(
        self, url: str, emulator: Emulator, folder: Path
    ) -> None:
        async with serving(Connection(url, read_only=True), folder, registries_of(emulator)) as api:
            failed = await api.download("tiny")

        assert failed.status_code == 403
        assert "Read-only mode" in failed.json()["detail"]
        assert not pulls_asked(emulator)


class TestANameThatCannotBeOne:
    @pytest.mark.parametrize(
        "name",
        [
            "",
            "a%20b",
            "%00",
            "a%1B[2J",
            "a/b/c/d",
            "a//b",
            "%F0%9F%A6%99",
            "%FF",
            "m:",
            "-",
        ],
    )
    async def test_it_is_a_bad_request_and_nothing_is_sent(
        self, api: Api, emulator: Emulator, name: str
    ) -> None:
        failed = await api.download(name)

        assert failed.status_code == 400
        assert failed.json()["detail"].isprintable()
        assert not emulator.requests

    async def test_its_detail_is_short(self, api: Api) -> None:
        failed = await api.download("x" * 10_000)

        assert failed.status_code == 400
        assert len(failed.json()["detail"]) < 200

    @pytest.mark.parametrize("name", NO_REGISTRIES)
    async def test_a_registry_that_cannot_be_one_is_the_servers_affair(
        self, url: str, emulator: Emulator, folder: Path, name: str
    ) -> None:
        emulator.registry.faults["*"] = EIGHTH

        async with (
            serving(Connection(url), folder, Registries()) as api,
            following(api, name) as told,
        ):
            first = await anext(told)
            emulator.registry.faults.clear()
            rest = [event async for event in told]

        assert first.json() == {"completed": 100, "total": 800}
        assert rest[-1].event == "done"


class TestLater:
    @pytest.mark.parametrize(
        ("fault", "words"),
        [
            (PullFault(PullFaultKind.ERROR, 0.125, "no space left on device"), "disk is full"),
            (PullFault(PullFaultKind.ERROR, 0.125, "the dog ate it"), "the dog ate it"),
            (PullFault(PullFaultKind.ERROR, 0.125, "file does not exist"), NO_SUCH_MODEL),
            (PullFault(PullFaultKind.TRUNCATE, 0.125), "ended before the model was whole"),
            (PullFault(PullFaultKind.ABORT, 0.125), NOT_RUNNING),
        ],
    )
    async def test_it_is_an_event_with_words_and_the_stream_ends(
        self, api: Api, emulator: Emulator, fault: PullFault, words: str
    ) -> None:
        emulator.registry.faults["tiny:latest"] = EIGHTH

        async with following(api, "tiny") as told:
            first = await anext(told)
            emulator.registry.faults["tiny:latest"] = fault
            rest = [event async for event in told]

        assert first.json() == {"completed": 100, "total": 1000}
        assert [event.event for event in rest] == ["error"]
        assert list(rest[0].json()) == ["detail"]
        assert words in rest[0].json()["detail"]
        assert api.downloads.pulls == ()

    async def test_its_words_are_on_one_line_of_the_wire(
        self, api: Api, emulator: Emulator
    ) -> None:
        emulator.registry.faults["tiny:latest"] = EIGHTH
        text = "it\r\n\ndata: broke"

        async with api.client.stream("POST", "/api/models/download/tiny") as answer:
            lines = answer.aiter_lines()
            await anext(lines)
            fault = PullFault(PullFaultKind.ERROR, 0.125, text)
            emulator.registry.faults["tiny:latest"] = fault
            rest = [line async for line in lines]

        detail = '{"detail": "The server says: it data: broke."}'
        assert rest == ["", "event: error", f"data: {detail}", ""]
