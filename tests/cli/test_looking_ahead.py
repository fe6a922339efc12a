"""What `pull` says before it begins, and what it asks where the disk is too full."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ollama_tui.core.gpus import Gpu, Reading
from ollama_tui.core.gpus.machine import MachineGpus
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.manifests import ModelConfig, manifest
from ollama_tui.demo.registry import Registry
from ollama_tui.demo.registry_routes import registry_answer
from ollama_tui.demo.store import installed
from ollama_tui.demo.wire import Request
from tests.cli.conftest import Run
from tests.cli.test_pulling import pull_bodies
from tests.core.test_model_folder import folder_of_models
from tests.holders import holders
from tests.terminals import on_a_terminal

HUGE_BYTES = 10**15
"""More than any disk has free."""
ASKED = "Pull it all the same? [y/N] "


class _Manifests(BaseHTTPRequestHandler):
    """Answers what a model of the emulator's registry is made of."""

    registry: Registry
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        host = self.headers["host"]
        answer = registry_answer(self.registry, host, Request("GET", self.path))
        assert answer is not None
        assert isinstance(answer.body, bytes)
        self.send_response(answer.status)
        self.send_header("content-length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing on stderr."""


class _Listening(ThreadingHTTPServer):
    """Says nothing on stderr of who hangs up before the answer is written."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Pass over a broken connection; anything else is a fault of the test's."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


@pytest.fixture
def registry_host() -> Iterator[str]:
    """The host and port of a registry on this machine."""
    with _Listening(("127.0.0.1", 0), _Manifests) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        yield f"127.0.0.1:{listening.server_port}"
        listening.shutdown()
        thread.join()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that the registry was asked for."""
    paths: list[str] = []
    monkeypatch.setattr(_Manifests, "asked", paths, raising=False)
    return paths


@pytest.fixture
def emulator(
    registry_host: str,
    asked: list[str],
    config_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Emulator:
    """A server on this machine with one model, and the registry, which may be asked."""
    models = {"huge": manifest("huge", HUGE_BYTES), "tiny": manifest("tiny", 9_000_000)}
    registry = Registry({f"{registry_host}/acme/{name}": models[name] for name in models})
    monkeypatch.setattr(_Manifests, "registry", registry, raising=False)
    emulator = Emulator([installed("other", 1000, config=ModelConfig(template=""))], registry)
    (model,) = emulator.store.models
    written = {"registry.ollama.ai/library/other/latest": model.modified_at.timestamp()}
    folder = folder_of_models(tmp_path / "models", written, *emulator.store.blobs)
    monkeypatch.setenv("OLLAMA_MODELS", str(folder))
    config_file.write_text("preflight = true\n")
    return emulator


@pytest.fixture
def huge(registry_host: str) -> str:
    """A model that fits on no disk."""
    return f"{registry_host}/acme/huge:latest"


@pytest.fixture
def tiny(registry_host: str) -> str:
    return f"{registry_host}/acme/tiny:latest"


class TestAModelThatFits:
    def test_what_will_be_fetched_and_what_is_free_is_said(
        self, server: Emulator, run: Run, tiny: str
    ) -> None:
        pulled = run("pull", tiny)

        assert (pulled.code, pulled.out) == (0, f"{tiny}\n")
        first = pulled.err.splitlines()[0]
        assert first.startswith(f"{tiny}: 9 MB to fetch; ")
        assert first.endswith(" free")

    def test_where_the_memory_is_known_what_its_weights_take_is_said(
        self, server: Emulator, run: Run, tiny: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reading = Reading((Gpu(0, total=2**30, free=1_000_000),))
        monkeypatch.setattr(MachineGpus, "read", lambda self: reading)

        told = run("pull", tiny).err.splitlines()[1]

        assert told == (
            f"{tiny}: at least 9 MiB of memory, its context on top; "
            "977 KiB free: a part of it would be on the CPU"
        )

    def test_a_detached_one_is_looked_at_too(self, server: Emulator, run: Run, tiny: str) -> None:
        assert "9 MB to fetch" in run("pull", "--detach", tiny).err

    def test_json_lines_stay_alone(self, server: Emulator, run: Run, tiny: str) -> None:
        pulled = run("pull", "--json", tiny)

        assert (pulled.code, pulled.err) == (0, "")

    def test_of_one_that_is_here_nothing_is_fetched(
        self, server: Emulator, run: Run, tiny: str
    ) -> None:
        run("pull", tiny)

        assert f"{tiny}: nothing to fetch of 9 MB" in run("pull", tiny).err


class TestTooLittleSpaceWithoutATerminal:
    @pytest.mark.parametrize("options", [(), ("--json",), ("--detach",)])
    def test_it_is_refused_with_5_and_nothing_is_sent(
        self,
        server: Emulator,
        run: Run,
        huge: str,
        options: tuple[str, ...],
        state_folder: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(sys, "stdin", None)

        refused = run("pull", huge, *options)

        assert (refused.code, refused.out) == (5, "")
        assert f"he disk is too full for {huge}: " in refused.err
        assert "too few" in refused.err
        assert "--no-preflight" in refused.err
        assert not pull_bodies(server)
        assert holders(state_folder) == []

    def test_without_looking_it_is_pulled(
        self, server: Emulator, run: Run, huge: str, asked: list[str]
    ) -> None:
        pulled = run("--no-preflight", "pull", huge)

        assert (pulled.code, pulled.out) == (0, f"{huge}\n")
        assert "fetch" not in pulled.err
        assert asked == []


class TestTooLittleSpaceOnATerminal:
    @pytest.mark.parametrize("answer", ["y", "Yes"])
    def test_a_yes_pulls(self, server: Emulator, huge: str, answer: str) -> None:
        code, drawn = answered(f"{answer}\r", huge)

        assert code == 0
        assert f"{huge}\r\n" in drawn
        assert pull_bodies(server)

    @pytest.mark.parametrize("answer", ["\r", "\x04"])
    def test_enter_does_not(self, server: Emulator, huge: str, answer: str) -> None:
        code, drawn = answered(answer, huge)

        assert code == 5
        assert "he disk is too full" in drawn
        assert not pull_bodies(server)

    def test_nor_does_ctrl_c(self, server: Emulator, huge: str) -> None:
        code, drawn = answered("\x03", huge)

        assert code == 130
        assert "Traceback" not in drawn
        assert not pull_bodies(server)


def answered(answer: str, name: str) -> tuple[int, str]:
    """The exit code of a `pull` on a terminal whose question is answered so, and what it drew."""
    with on_a_terminal("pull", name) as terminal:
        terminal.shows(ASKED)
        terminal.write(answer.encode())
        return terminal.ended(), terminal.written.decode()
