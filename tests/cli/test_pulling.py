from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from ollama_tui.core.errors import Interrupted
from ollama_tui.core.pull_rules import PullRules
from ollama_tui.core.pulls import Pull
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.registry import PullFault, PullFaultKind
from ollama_tui.demo.wire import Answer
from ollama_tui.holder.client import HeldDownloads
from tests.cli.conftest import Run


def pull_bodies(server: Emulator) -> list[dict[str, object]]:
    return [json.loads(r.body) for r in server.requests if r.path == "/api/pull"]


class TestPull:
    @pytest.mark.parametrize(
        "name", ["tiny", "TINY:latest", "ollama pull tiny", "ollama.com/library/tiny"]
    )
    def test_it_fetches_the_model_and_prints_its_name(
        self, name: str, server: Emulator, run: Run
    ) -> None:
        pulled = run("pull", name)

        assert pulled.code == 0
        assert pulled.out.casefold() == "tiny:latest\n"
        assert "is here: 9 MB in 1 s" in pulled.err
        assert pulled.out.strip() in run("ls").out

    def test_json_lines_end_with_the_end(self, server: Emulator, run: Run) -> None:
        lines = [json.loads(line) for line in run("pull", "tiny", "--json").out.splitlines()]

        assert {line["version"] for line in lines} == {1}
        assert {line["name"] for line in lines} == {"tiny:latest"}
        assert (lines[-1]["state"], lines[-1]["share"]) == ("done", 1.0)

    def test_a_failure_stands_on_a_line_of_its_own(
        self, server: Emulator, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def lost(_: HeldDownloads, name: str) -> AsyncIterator[Pull]:
            yield Pull(name, 0.0)
            raise Interrupted("its holder is lost", "Pull again.")

        monkeypatch.setattr(HeldDownloads, "follow", lost)
        monkeypatch.setattr("ollama_tui.cli.pulling.terminal_width", lambda: 80)

        failed = run("pull", "tiny")

        assert failed.code == 1
        assert failed.err.endswith("\x1b[K\r\x1b[Kollama-tui: Its holder is lost. Pull again.\n")

    def test_insecure_is_sent_only_when_asked_for(self, server: Emulator, run: Run) -> None:
        run("pull", "tiny")
        run("pull", "tiny", "--insecure")

        assert [body["insecure"] for body in pull_bodies(server)] == [False, True]

    def test_a_broken_off_download_is_asked_for_again(
        self, server: Emulator, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(PullRules, "pause", lambda self, fruitless, **_: 0.0)
        dying = Answer(200, (), b'{"error":"context canceled"}\n')
        server.faults["/api/pull"] = Fault(answer=dying, times=1)

        assert run("pull", "tiny").code == 0
        assert len(pull_bodies(server)) == 2

    @pytest.mark.parametrize(
        ("resets", "words"), [(False, "ended before the model was whole"), (True, "connection")]
    )
    def test_one_that_is_cut_on_the_way_goes_on_and_says_so(
        self,
        resets: bool,
        words: str,
        server: Emulator,
        run: Run,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(PullRules, "pause", lambda self, fruitless, **_: 0.6)
        server.faults["/api/pull"] = Fault(cut_after=2, resets=resets, times=1)

        pulled = run("pull", "tiny")

        assert (pulled.code, pulled.out) == (0, "tiny:latest\n")
        assert words in pulled.err
        assert ", trying again" in pulled.err


class TestRefusals:
    @pytest.mark.parametrize("name", ["", "a b", "a/b/c/d", "\x1b[31mred", "x" * 300, "模型"])
    def test_an_invalid_name_is_refused_before_anything_is_sent(
        self, name: str, server: Emulator, run: Run
    ) -> None:
        refused = run("pull", name)

        assert (refused.code, refused.out) == (2, "")
        assert "\x1b" not in refused.err
        assert not server.requests

    def test_an_unknown_model_gives_4(self, server: Emulator, run: Run) -> None:
        refused = run("pull", "nosuch")

        assert (refused.code, refused.out) == (4, "")
        assert "no such model" in refused.err

    def test_its_last_json_line_says_why(self, server: Emulator, run: Run) -> None:
        last = json.loads(run("pull", "nosuch", "--json").out.splitlines()[-1])

        assert last["state"] == "failed"
        assert "no such model" in last["failure"]

    def test_read_only_mode_gives_5_and_sends_nothing(self, server: Emulator, run: Run) -> None:
        refused = run("--readonly", "pull", "tiny")

        assert refused.code == 5
        assert "ead-only mode" in refused.err
        assert not server.requests

    @pytest.mark.usefixtures("no_server")
    def test_a_server_that_is_down_gives_3(self, run: Run) -> None:
        refused = run("pull", "tiny")

        assert refused.code == 3
        assert "Connection refused" in refused.err

    def test_html_with_200_gives_3(self, server: Emulator, run: Run) -> None:
        server.faults["/api/pull"] = Fault(answer=Answer(200, (), b"<html>hi</html>"))

        assert run("pull", "tiny").code == 3

    @pytest.mark.parametrize(
        ("fault", "words"),
        [
            (PullFault(PullFaultKind.ERROR, 0.5, "no space left on device"), "disk is full"),
            (PullFault(PullFaultKind.ERROR, 1, "digest mismatch"), "damaged"),
        ],
    )
    def test_a_failure_on_the_way_gives_1_in_plain_words(
        self, fault: PullFault, words: str, server: Emulator, run: Run
    ) -> None:
        server.registry.faults["*"] = fault

        failed = run("pull", "tiny")

        assert (failed.code, failed.out) == (1, "")
        assert words in failed.err
        assert "Traceback" not in failed.err

    def test_a_connection_cut_before_the_first_layer_gives_3(
        self, server: Emulator, run: Run
    ) -> None:
        server.faults["/api/pull"] = Fault(cut_after=1, resets=True)

        assert run("pull", "tiny").code == 3
        assert len(pull_bodies(server)) == 1
