"""Downloads that go on without the terminal, seen and changed from a command line."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.manifests import manifest
from ollama_tui.demo.names import parse_name
from ollama_tui.demo.registry import PullFault, PullFaultKind, Registry
from tests.cli.conftest import Run
from tests.cli.test_process import wait_until
from tests.cli.test_pulling import pull_bodies
from tests.forking import Piped
from tests.holders import holders

HALF = PullFault(PullFaultKind.STALL, 0.5)
PULLING = ("starting", "pulling", "stalled")


@pytest.fixture
def emulator() -> Emulator:
    """A server that gets half of `a`, `b` and `c`, and the rest once its faults are gone."""
    models = {name: manifest(name, 60_000_000) for name in "abc"}
    registry = Registry({**models, "tiny": manifest("tiny", 9_000_000)}, rate=200e6)
    registry.faults.update({f"{name}:latest": HALF for name in models})
    return Emulator((), registry)


@pytest.fixture
def detached(server: Emulator, run: Run) -> Callable[..., None]:
    """Begins downloads that go on, and waits until they are half here."""

    def begin(*names: str) -> None:
        for name in names:
            assert run("pull", "--detach", name).code == 0
        wait_until(
            lambda: {row["name"] for row in half_here(run)} >= {f"{n}:latest" for n in names}
        )

    return begin


def listed(run: Run, *options: str) -> list[dict[str, object]]:
    """What `pulls --json` tells of the downloads."""
    rows = json.loads(run("pulls", "--json", *options).out.splitlines()[-1])["pulls"]
    assert isinstance(rows, list)
    return rows


def half_here(run: Run) -> list[dict[str, object]]:
    return [row for row in listed(run) if row["share"] == 0.5]


def states(run: Run) -> dict[object, object]:
    return {row["name"]: row["state"] for row in listed(run)}


class TestTheList:
    def test_it_shows_state_share_and_bytes(self, detached: Callable[..., None], run: Run) -> None:
        detached("a")

        shown = run("pulls")

        assert shown.code == 0
        heading, row = shown.out.splitlines()
        assert heading.split() == ["NAME", "STATE", "BYTES", "SPEED", "LEFT"]
        assert row.split()[:6] == ["a:latest", "pulling", "50", "%", "30", "of"]

    def test_json_has_every_field(
        self, detached: Callable[..., None], server: Emulator, run: Run
    ) -> None:
        detached("a")

        told = json.loads(run("pulls", "--json").out)

        assert (told["version"], told["history"]) == (1, [])
        assert told["server"].startswith("http://127.0.0.1:")
        (row,) = told["pulls"]
        assert set(row) == {
            "name", "state", "completed_bytes", "total_bytes", "share", "bytes_per_second",
            "seconds_left", "attempt", "note", "failure",
        }  # fmt: skip
        assert (row["name"], row["share"], row["attempt"]) == ("a:latest", 0.5, 1)
        assert row["completed_bytes"] == 30_000_000
        assert (row["note"], row["failure"]) == (None, None)

    def test_below_one_that_failed_it_says_why_and_what_to_do(
        self, server: Emulator, run: Run
    ) -> None:
        run("pull", "nosuch")

        shown = run("pulls")

        _, row, why = shown.out.splitlines()
        assert row.split()[:2] == ["nosuch:latest", "failed"]
        assert why.startswith("  The registry has no such model or tag. ")
        assert "`ollama-tui pulls resume NAME` pulls again what failed" in shown.err

    def test_without_downloads_it_says_so_and_starts_no_holder(
        self, server: Emulator, run: Run, state_folder: Path
    ) -> None:
        shown = run("pulls")

        assert (shown.code, shown.out) == (0, "")
        assert "Nothing is downloading" in shown.err
        assert listed(run) == []
        assert holders(state_folder) == []
        assert not server.requests

    def test_watched_it_is_printed_until_none_runs(
        self, detached: Callable[..., None], server: Emulator, run: Run
    ) -> None:
        detached("a")
        with Piped("pulls", "--watch", "--json") as process:
            first = json.loads(process.stdout.readline())
            server.registry.faults.clear()
            *_, last = process.communicate()[0].splitlines()

        assert process.returncode == 0
        assert [row["name"] for row in first["pulls"]] == ["a:latest"]
        assert json.loads(last)["pulls"] == []
        assert [row["outcome"] for row in json.loads(last)["history"]] == ["finished"]

    def test_history_tells_what_became_of_them(
        self, detached: Callable[..., None], server: Emulator, run: Run
    ) -> None:
        assert "No download has ended yet" in run("pulls", "--history").err
        detached("a")
        run("pulls", "cancel", "a")
        run("pull", "tiny")
        run("pull", "nosuch")

        shown = run("pulls", "--history")

        heading, failed, finished, cancelled = shown.out.splitlines()
        assert heading.split() == ["NAME", "ENDED", "WHEN", "FETCHED", "SPEED", "WHY"]
        assert failed.split()[:2] == ["nosuch:latest", "failed"]
        assert "no such model" in failed
        assert finished.split()[:2] == ["tiny:latest", "finished"]
        assert cancelled.split()[:2] == ["a:latest", "cancelled"]
        assert " MB " in cancelled
        assert set(json.loads(run("pulls", "--json").out)["history"][0]) == {
            "name", "outcome", "ended", "total_bytes", "fetched_bytes", "seconds",
            "bytes_per_second", "failure", "new_name",
        }  # fmt: skip

    def test_history_follows_a_rename(self, server: Emulator, run: Run) -> None:
        run("pull", "tiny")
        assert run("mv", "tiny", "mine").code == 0

        shown = run("pulls", "--history").out

        assert "tiny:latest, now mine:latest" in shown

    def test_what_a_killed_holder_left_is_unfinished_and_can_be_resumed(
        self, detached: Callable[..., None], server: Emulator, run: Run, state_folder: Path
    ) -> None:
        detached("a")
        (holder,) = holders(state_folder)
        holder.send_signal(signal.SIGKILL)
        wait_until(lambda: not holders(state_folder))
        assert states(run) == {"a:latest": "unfinished"}
        server.registry.faults.clear()

        resumed = run("pulls", "resume", "a")

        assert (resumed.code, resumed.err) == (0, "Resumed a:latest\n")
        wait_until(lambda: bool(server.store.find(parse_name("a"))))


class TestChanging:
    @pytest.mark.parametrize("name", ["A:latest", "https://ollama.com/library/a"])
    def test_a_download_is_paused_by_any_spelling(
        self, detached: Callable[..., None], server: Emulator, run: Run, name: str
    ) -> None:
        detached("a")

        paused = run("pulls", "pause", name)

        assert (paused.code, paused.out, paused.err) == (0, "", "Paused a:latest\n")
        assert states(run) == {"a:latest": "paused"}
        assert not server.downloads.running

    def test_it_goes_on_from_there(
        self, detached: Callable[..., None], server: Emulator, run: Run
    ) -> None:
        detached("a")
        run("pulls", "pause", "a")
        server.registry.faults.clear()

        resumed = run("pulls", "resume", "a", "--json")

        assert json.loads(resumed.out) == {"version": 1, "name": "a:latest", "done": "resume"}
        wait_until(lambda: bool(server.store.find(parse_name("a"))))

    def test_a_cancelled_one_is_gone_and_what_arrived_is_kept(
        self, detached: Callable[..., None], server: Emulator, run: Run
    ) -> None:
        detached("a", "b")

        cancelled = run("pulls", "cancel", "a", "a:latest")

        assert (cancelled.code, cancelled.err) == (0, "Cancelled a:latest\n")
        assert list(states(run)) == ["b:latest"]
        wait_until(lambda: list(server.store.partials.values()) == [30_000_000])

    def test_all_means_all_of_them(
        self, detached: Callable[..., None], server: Emulator, run: Run
    ) -> None:
        detached("a", "b")
        run("pull", "--detach", "c")

        assert run("pulls", "pause", "--all").code == 0
        assert set(states(run).values()) == {"paused"}
        assert run("pulls", "resume", "--all").code == 0
        assert "paused" not in states(run).values()
        assert run("pulls", "cancel", "--all").code == 0
        assert states(run) == {}

    def test_a_name_beside_all_is_wrong_usage_and_nothing_is_done(
        self, detached: Callable[..., None], run: Run
    ) -> None:
        detached("a", "b")

        assert run("pulls", "cancel", "a", "--all").code == 2
        assert set(states(run)) == {"a:latest", "b:latest"}

    def test_all_leaves_alone_what_has_failed(self, server: Emulator, run: Run) -> None:
        run("pull", "nosuch")

        resumed, cancelled = run("pulls", "resume", "--all"), run("pulls", "cancel", "--all")

        assert (resumed.code, cancelled.code) == (0, 0)
        by_name = "What has failed needs its name.\n"
        assert resumed.err == f"There is nothing to resume. {by_name}"
        assert cancelled.err == f"There is nothing to cancel. {by_name}"
        assert states(run) == {"nosuch:latest": "failed"}

    def test_a_failed_one_is_taken_off_the_list_by_cancelling_it(
        self, server: Emulator, run: Run
    ) -> None:
        run("pull", "nosuch")
        assert states(run) == {"nosuch:latest": "failed"}

        assert run("pulls", "cancel", "nosuch").code == 0

        assert states(run) == {}

    @pytest.mark.parametrize("deed", ["cancel", "pause", "resume"])
    def test_a_name_that_is_not_there_gives_4_and_changes_nothing(
        self, detached: Callable[..., None], run: Run, deed: str
    ) -> None:
        detached("a")
        before = states(run)

        refused = run("pulls", deed, "a", "b")

        assert (refused.code, refused.out) == (4, "")
        assert "no download of b" in refused.err.casefold()
        assert states(run) == before

    @pytest.mark.parametrize("deed", ["cancel", "pause", "resume"])
    def test_with_nothing_there_all_is_nothing_to_do(
        self, server: Emulator, run: Run, deed: str, state_folder: Path
    ) -> None:
        assert run("pulls", deed, "--all").code == 0
        assert run("pulls", deed, "a").code == 4
        assert holders(state_folder) == []

    @pytest.mark.parametrize("words", [("cancel",), ("pause",), ("resume",), ("delete", "a")])
    def test_a_missing_name_or_a_wrong_word_gives_2(
        self, server: Emulator, run: Run, words: tuple[str, ...]
    ) -> None:
        assert run("pulls", *words).code == 2

    def test_read_only_mode_shows_and_changes_nothing(
        self, detached: Callable[..., None], run: Run
    ) -> None:
        detached("a")

        assert run("--readonly", "pulls").code == 0
        assert run("--readonly", "pulls", "pause", "a").code == 5
        assert states(run)["a:latest"] in PULLING

    def test_the_demo_has_none(self, run: Run) -> None:
        shown = run("--demo", "pulls")

        assert (shown.code, shown.out) == (0, "")
        assert run("--demo", "pulls", "cancel", "a").code == 4


class TestDetaching:
    def test_it_returns_at_once_and_the_download_finishes(self, server: Emulator, run: Run) -> None:
        pulled = run("pull", "--detach", "tiny")

        assert (pulled.code, pulled.out) == (0, "tiny:latest\n")
        assert "Pulling tiny:latest; `ollama-tui pulls` shows how far it is." in pulled.err
        wait_until(lambda: bool(server.store.find(parse_name("tiny"))))

    def test_json_tells_name_and_state(self, server: Emulator, run: Run) -> None:
        pulled = run("pull", "--detach", "--json", "a")

        told = json.loads(pulled.out)
        assert (told["version"], told["name"]) == (1, "a:latest")
        assert told["state"] in PULLING

    def test_the_demo_refuses_with_5(self, run: Run) -> None:
        refused = run("--demo", "pull", "--detach", "qwen3:0.6b")

        assert (refused.code, refused.out) == (5, "")
        assert "--detach" in refused.err

    def test_read_only_mode_refuses_with_5_and_starts_no_holder(
        self, server: Emulator, run: Run, state_folder: Path
    ) -> None:
        refused = run("--readonly", "pull", "--detach", "tiny")

        assert (refused.code, refused.out) == (5, "")
        assert holders(state_folder) == []
        assert not server.requests


class TestTheTerminalOfAPull:
    def test_ctrl_c_cancels_it(self, server: Emulator, run: Run) -> None:
        with Piped("pull", "a") as process:
            said = process.stderr.readline(), process.stderr.readline()
            process.send_signal(signal.SIGINT)
            process.communicate()

        assert process.returncode == 130
        assert said[0].startswith("Pulling a:latest; Ctrl-C cancels it")
        assert states(run) == {}

    def test_ctrl_c_only_leaves_one_that_was_on_its_way(self, server: Emulator, run: Run) -> None:
        run("pull", "--detach", "a")
        with Piped("pull", "a") as process:
            said = process.stderr.readline(), process.stderr.readline()
            process.send_signal(signal.SIGINT)
            _, err = process.communicate()

        assert process.returncode == 130
        assert "Ctrl-C stops watching, and it goes on" in said[0]
        assert "a:latest goes on: `ollama-tui pulls` shows how far it is." in err
        assert states(run)["a:latest"] in PULLING

    @pytest.mark.parametrize("how", [signal.SIGHUP, signal.SIGKILL])
    def test_losing_it_does_not(self, server: Emulator, run: Run, how: signal.Signals) -> None:
        with pulling("a", server) as process:
            process.send_signal(how)
            process.communicate()
        assert states(run)["a:latest"] in PULLING

        server.registry.faults.clear()

        wait_until(lambda: bool(server.store.find(parse_name("a"))))
        assert len(pull_bodies(server)) == 1

    def test_a_second_pull_joins_the_first(self, server: Emulator, run: Run) -> None:
        with pulling("a", server) as first, pulling("a", server) as second:
            server.registry.faults.clear()
            outs = [process.communicate()[0] for process in (first, second)]

        assert outs == ["a:latest\n", "a:latest\n"]
        assert len(pull_bodies(server)) == 1

    def test_one_that_is_cancelled_elsewhere_says_so(self, server: Emulator, run: Run) -> None:
        with pulling("a", server) as process:
            run("pulls", "cancel", "a")
            out, err = process.communicate()

        assert (process.returncode, out) == (1, "")
        assert "cancelled elsewhere" in err

    def test_one_whose_holder_is_killed_goes_on(self, server: Emulator, state_folder: Path) -> None:
        with pulling("a", server) as process:
            (holder,) = holders(state_folder)
            holder.send_signal(signal.SIGKILL)
            server.registry.faults.clear()
            out, _ = process.communicate()

        assert (process.returncode, out) == (0, "a:latest\n")
        assert len(pull_bodies(server)) == 2


def pulling(name: str, server: Emulator) -> Piped:
    """A `pull` of which half has arrived."""
    process = Piped("pull", name)
    told = process.stderr.readline()
    while "50 %" not in told:
        told = process.stderr.readline()
        assert told, "it ended before half was here"
    return process
