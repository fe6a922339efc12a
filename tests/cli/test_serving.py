"""`serve` as a process of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.registry import PullFault, PullFaultKind
from tests.cli.conftest import Run
from tests.cli.test_process import PROGRAM, ran, wait_until

TOKEN = "s3cr3t-of-this-box"


@dataclass(frozen=True, slots=True)
class Served:
    """A server that listens."""

    process: subprocess.Popen[str]
    said: dict[str, object]
    """What it printed."""
    client: httpx.Client

    def ended_by(self, number: signal.Signals) -> tuple[int, str]:
        """End it: its exit code, and all that it wrote to stderr."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=30)
        assert out == ""
        return self.process.returncode, err


@contextmanager
def serving(*arguments: str) -> Iterator[Served]:
    """A server on a free port, once it answers."""
    command = [*PROGRAM, *arguments, "--port", "0", "--json"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            assert process.stdout is not None
            said = json.loads(process.stdout.readline())
            url = said["url"].replace("0.0.0.0", "127.0.0.1")
            with httpx.Client(base_url=url, timeout=30) as client:
                # The socket is there before anybody answers.
                client.get("/api/models/alive")
                yield Served(process, said, client)
        finally:
            process.kill()


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

    def test_sigterm_ends_it_in_good_order(self, temporary: Path) -> None:
        with serving("--demo", "serve") as served:
            code, err = served.ended_by(signal.SIGTERM)

        assert (code, list(temporary.iterdir())) == (143, [])
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
        assert rest[-3:-1] == ["event: error", 'data: {"detail": "The download was cancelled."}']
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


class TestOtherAddresses:
    @pytest.mark.parametrize("bind", ["0.0.0.0", "192.0.2.1", "::"])
    def test_without_a_token_nobody_else_is_let_in(self, bind: str) -> None:
        refused = ran("--demo", "serve", "--port", "0", "--bind", bind)

        assert (refused.returncode, refused.stdout) == (2, "")
        assert "OLLAMA_TUI_TOKEN" in refused.stderr
        assert bind in refused.stderr

    @pytest.mark.parametrize("token", ["", "  ", "tökén"])
    def test_a_token_that_cannot_be_one_is_none(
        self, monkeypatch: pytest.MonkeyPatch, token: str
    ) -> None:
        monkeypatch.setenv("OLLAMA_TUI_TOKEN", token)

        refused = ran("--demo", "serve", "--port", "0", "--bind", "0.0.0.0")

        assert (refused.returncode, refused.stdout) == (2, "")
        assert "OLLAMA_TUI_TOKEN" in refused.stderr

    def test_with_one_it_is_asked_of_everybody(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OLLAMA_TUI_TOKEN", TOKEN)
        headers = {"Authorization": f"Bearer {TOKEN}", "Host": "gpu-box-3"}

        with serving("--demo", "serve", "--bind", "0.0.0.0") as served:
            refused = served.client.get("/api/models/alive")
            passed = served.client.get("/api/models/alive", headers=headers)

        assert str(served.said["url"]).startswith("http://0.0.0.0:")
        assert (refused.status_code, passed.status_code) == (401, 200)

    def test_localhost_is_this_machine(self) -> None:
        with serving("--demo", "serve", "--bind", "localhost") as served:
            answer = served.client.get("/api/models/alive")
            rebound = served.client.get("/api/models/alive", headers={"Host": "evil.example"})

        assert (answer.status_code, rebound.status_code) == (200, 403)

    @pytest.mark.parametrize("bind", ["", "a..b", "x" * 300])
    def test_what_is_no_address_is_wrong_usage(self, bind: str) -> None:
        refused = ran("--demo", "serve", "--bind", bind)

        assert (refused.returncode, refused.stdout) == (2, "")
        assert "--bind" in refused.stderr
        assert len(refused.stderr.splitlines()) == 1

    def test_one_of_another_machine_is_said(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OLLAMA_TUI_TOKEN", TOKEN)

        failed = ran("--demo", "serve", "--port", "0", "--bind", "192.0.2.1")

        assert (failed.returncode, failed.stdout) == (1, "")
        assert "Cannot listen on port 0 of 192.0.2.1: " in failed.stderr


class TestThePort:
    def test_one_that_is_taken_is_said(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            failed = ran("--demo", "serve", "--port", str(port))

        assert (failed.returncode, failed.stdout) == (1, "")
        assert f"port {port} of 127.0.0.1: address already in use" in failed.stderr
        assert "--port" in failed.stderr

    @pytest.mark.parametrize("port", ["65536", "-1", "http", ""])
    def test_what_is_none_is_wrong_usage(self, port: str) -> None:
        refused = ran("--demo", "serve", f"--port={port}")

        assert (refused.returncode, refused.stdout) == (2, "")
        assert "port" in refused.stderr
        assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("missing", ["fastapi", "uvicorn"])
def test_without_the_extra_one_line_says_how_to_install_it(missing: str) -> None:
    code = (
        f"import sys; sys.modules[{missing!r}] = None; from ollama_tui.cli import main;"
        "sys.exit(main(['--demo', 'serve', '--port', '0']))"
    )

    refused = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False
    )

    assert (refused.returncode, refused.stdout) == (2, "")
    (line,) = refused.stderr.splitlines()
    assert "pip install 'ollama-tui[api]'" in line
