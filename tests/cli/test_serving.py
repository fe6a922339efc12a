"""`serve` as a process of its own."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.registry import PullFault, PullFaultKind
from tests.cli.conftest import Run
from tests.cli.served import TOKEN, serving
from tests.cli.test_process import wait_until
from tests.forking import Piped


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


class TestServing:
    def test_it_says_where_and_answers_until_ctrl_c(self, temporary: Path) -> None:
        with serving("--demo", "serve") as served:
            folders = list(temporary.iterdir())
            listed = served.client.get("/api/models/all").json()
            chosen = served.client.post("/api/models/change", json={"model_name": "PHI4:14b"})
            code, err = served.ended_by(signal.SIGINT)

        assert served.said["version"] == 1
        assert served.said["url"] == str(served.client.base_url).rstrip("/")
        assert "phi4:14b" in [model["name"] for model in listed]
        assert chosen.json() == {"message": "Success! model set to phi4:14b"}
        assert (code, len(folders), list(temporary.iterdir())) == (0, 1, [])
        assert "Traceback" not in err

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
    def test_other_signals_end_it_in_good_order(
        self, temporary: Path, number: signal.Signals
    ) -> None:
        with serving("--demo", "serve") as served:
            code, err = served.ended_by(number)

        assert (code, list(temporary.iterdir())) == (128 + number, [])
        assert "Traceback" not in err

    @pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
    def test_it_can_be_ended_as_soon_as_it_has_said_where(
        self, temporary: Path, number: signal.Signals, code: int
    ) -> None:
        with Piped("--demo", "serve", "--port", "0", "--json") as process:
            process.stdout.readline()
            process.send_signal(number)
            _, err = process.communicate()

        assert (process.returncode, list(temporary.iterdir())) == (code, [])
        assert "Traceback" not in err

    def test_a_choice_is_that_of_the_line_mode_too(self, server: Emulator, run: Run) -> None:
        run("use", "gemma3")

        with serving("serve") as served:
            before = served.client.get("/api/models/current").json()
            served.client.post("/api/models/change", json={"model_name": "qwen3:8b"})
            after = run("current").out

        assert before == {"name": "gemma3:latest"}
        assert after == "qwen3:8b\n"

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_it_tells_who_follows_a_download_that_it_ends(
        self, server: Emulator, number: signal.Signals
    ) -> None:
        server.registry.faults["*"] = PullFault(PullFaultKind.STALL, 0.5)

        with (
            serving("serve") as served,
            served.client.stream("POST", "/api/models/download/huge") as answer,
        ):
            lines = answer.iter_lines()
            first = next(lines)
            served.process.send_signal(number)
            rest = list(lines)

        assert first.startswith('data: {"completed": ')
        told = 'data: {"detail": "The program ends; what arrived is kept."}'
        assert rest[-3:-1] == ["event: error", told]
        wait_until(lambda: not server.downloads.running)

    def test_in_read_only_mode_no_download_begins(self, server: Emulator) -> None:
        with serving("--readonly", "serve") as served:
            refused = served.client.post("/api/models/download/tiny")

        assert refused.status_code == 403
        assert not [request for request in server.requests if request.path == "/api/pull"]

    def test_it_starts_without_a_server_and_says_so(self, no_server: None) -> None:
        with serving("serve") as served:
            alive = served.client.get("/api/models/alive")
            listed = served.client.get("/api/models/all")

        assert alive.json() is False
        assert listed.json() == {"detail": "Ollama either not installed or not running."}


class TestTheLog:
    def test_operations_are_on_stderr(self) -> None:
        with serving("--demo", "serve") as served:
            served.client.get("/api/models/all")
            _, err = served.ended_by(signal.SIGINT)

        assert "INFO ollama_tui.api: listed " in err
        assert "DEBUG" not in err
        assert "uvicorn" not in err

    def test_less_can_be_asked_for(self) -> None:
        with serving("--demo", "serve", "--log-level", "error") as served:
            served.client.get("/api/models/all")
            _, err = served.ended_by(signal.SIGINT)

        assert "listed" not in err

    def test_more_can_be_asked_for_and_has_no_secrets(
        self, server: Emulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        address = os.environ["OLLAMA_HOST"].replace("//", "//user:pa55word@")
        monkeypatch.setenv("OLLAMA_HOST", address)
        monkeypatch.setenv("OLLAMA_API_KEY", "k3y-of-mine")
        monkeypatch.setenv("OLLAMA_TUI_TOKEN", TOKEN)

        with serving("serve", "--log-level", "debug") as served:
            headers = {"Authorization": f"Bearer {TOKEN}"}
            served.client.get("/api/models/all", headers=headers)
            served.client.post("/api/models/download/tiny", headers=headers)
            _, err = served.ended_by(signal.SIGINT)

        assert "DEBUG ollama_tui.api: models: " in err
        for secret in ("pa55word", "k3y-of-mine", TOKEN):
            assert secret not in err + str(served.said)


@pytest.mark.parametrize(
    ("missing", "importing"),
    [("fastapi", ("api", "api.application")), ("uvicorn", ("api.server",))],
)
def test_without_the_extra_one_line_says_how_to_install_it(
    missing: str, importing: tuple[str, ...], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    for name in importing:
        monkeypatch.delitem(sys.modules, f"ollama_tui.{name}", raising=False)

    refused = run("--demo", "serve", "--port", "0")

    assert (refused.code, refused.out) == (2, "")
    (line,) = refused.err.splitlines()
    assert "Install the program again with it: '.[api]'" in line
    # Nobody has published it: an index might give another's program of that name.
    assert "ollama-tui[api]" not in line
