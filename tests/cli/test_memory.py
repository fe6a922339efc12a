"""What a loaded model takes, beside what the server says, in line mode."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from ollama_tui.core.occupancies import Sources
from ollama_tui.core.runners import Runner
from ollama_tui.demo.emulator import Emulator
from tests.cli.conftest import Run
from tests.cli.test_listing import loaded
from tests.core.engine_lines import SLIDING_WINDOWS


class TestMemory:
    def seen(
        self, monkeypatch: pytest.MonkeyPatch, *runners: Runner, lines: Sequence[str] = ()
    ) -> None:
        sources = Sources(
            servers=lambda url: frozenset({20}), runners=lambda: runners, log=lambda: lines
        )
        monkeypatch.setattr("ollama_tui.core.occupancies.sources_of", lambda service: sources)

    def test_what_the_engine_reserved_is_told_and_that_the_server_says_less(
        self, server: Emulator, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        runner = loaded("qwen3:8b", 0)
        server.runners.put([replace(runner, size=175 * 2**20)])
        digest = runner.key.removeprefix("sha256:")
        lines = [line.replace("a" * 64, digest) for line in SLIDING_WINDOWS]
        self.seen(monkeypatch, Runner(7, "m", digest, port="45123", parent=20), lines=lines)

        (row,) = json.loads(run("ps", "--json").out)["models"]
        listed = run("ps")

        assert (row["size_bytes"], row["memory_bytes"]) == (175 * 2**20, 431 * 2**20)
        assert (row["memory_source"], row["runner"]) == ("engine log", "running")
        assert "0.4 GiB" in listed.out
        assert "qwen3:8b: it takes 0.2 GiB more than the server says" in listed.err

    def test_a_runner_that_died_is_gone_not_loaded(
        self, server: Emulator, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server.runners.put([loaded("qwen3:8b", 0)])
        self.seen(monkeypatch)

        (row,) = json.loads(run("ps", "--json").out)["models"]
        listed = run("ps")

        assert (row["runner"], row["memory_bytes"]) == ("gone", row["size_bytes"])
        assert listed.out.splitlines()[1].split()[-1] == "gone"
        assert "its runner is gone" in listed.err

    def test_where_no_process_is_seen_the_server_is_repeated(
        self, server: Emulator, run: Run
    ) -> None:
        server.runners.put([loaded("qwen3:8b", 0)])

        (row,) = json.loads(run("ps", "--json").out)["models"]

        assert (row["memory_source"], row["runner"]) == ("reported", None)
        assert row["memory_bytes"] == row["size_bytes"]
