"""`env`: the server and the current model as variables of a shell."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ollama_tui.cli.shell import _exports
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.manifests import manifest
from ollama_tui.demo.names import parse_name
from tests.cli.conftest import Run

WILD = "a b'c\"d$e`f\\g!h"


@pytest.fixture
def chosen(server: Emulator, run: Run) -> str:
    """The current model."""
    return run("use", "qwen3:8b").out.strip()


class TestLines:
    def test_they_set_server_and_model(self, chosen: str, run: Run) -> None:
        printed = run("env", "--shell", "bash")

        url = os.environ["OLLAMA_HOST"]
        assert printed.out == f"export OLLAMA_HOST={url}\nexport OLLAMA_MODEL={chosen}\n"
        assert (printed.code, printed.err) == (0, "")

    def test_the_folder_of_the_models_is_never_touched(self, chosen: str, run: Run) -> None:
        for shell in ("bash", "zsh", "fish"):
            assert "OLLAMA_MODELS" not in run("env", "--shell", shell).out

    def test_fish_has_words_of_its_own(self, chosen: str, run: Run) -> None:
        assert f"set -gx OLLAMA_MODEL '{chosen}';" in run("env", "--shell", "fish").out.splitlines()

    @pytest.mark.parametrize(
        ("shell", "word"),
        [("/usr/bin/fish", "set"), ("/bin/zsh", "export"), ("/bin/ksh", "export"), ("", "export")],
    )
    def test_without_a_word_it_is_for_the_user_s_own_shell(
        self, shell: str, word: str, chosen: str, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SHELL", shell)

        assert all(line.startswith(word) for line in run("env").out.splitlines())

    def test_an_unknown_shell_is_wrong_usage(self, chosen: str, run: Run) -> None:
        assert run("env", "--shell", "tcsh").code == 2

    def test_the_option_for_the_host_is_what_is_printed(self, chosen: str, run: Run) -> None:
        assert "OLLAMA_HOST=http://box:11434\n" in run("env", "--host", "box").out

    def test_json_holds_both(self, chosen: str, run: Run) -> None:
        assert json.loads(run("env", "--json").out) == {
            "version": 1,
            "OLLAMA_HOST": os.environ["OLLAMA_HOST"],
            "OLLAMA_MODEL": chosen,
        }


class TestLeavingOut:
    def test_no_current_model_leaves_its_variable_out_and_says_so(
        self, server: Emulator, run: Run
    ) -> None:
        printed = run("env")

        assert (printed.code, printed.out.count("\n")) == (0, 1)
        assert "`ollama-tui use NAME` chooses one" in printed.err
        assert run("env", "--quiet").err == ""
        assert json.loads(run("env", "--json").out)["OLLAMA_MODEL"] is None

    def test_a_current_model_that_is_gone_leaves_its_variable_out_and_says_so(
        self, chosen: str, server: Emulator, run: Run
    ) -> None:
        run("rm", chosen, "--yes")

        printed = run("env", "--quiet")

        assert "OLLAMA_MODEL" not in printed.out
        assert f"{chosen} is chosen, but not installed any more" in printed.err
        server.faults["*"] = Fault(closes=True)
        assert f"OLLAMA_MODEL={chosen}" in run("env").out

    def test_one_that_came_back_is_told(self, chosen: str, server: Emulator, run: Run) -> None:
        run("rm", chosen, "--yes")
        server.store.install(parse_name(chosen), manifest("again", 9_000_000), datetime.now(UTC))

        assert f"OLLAMA_MODEL={chosen}" in run("env").out

    def test_a_login_is_never_printed(
        self, chosen: str, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OLLAMA_HOST", os.environ["OLLAMA_HOST"].replace("://", "://me:pw@"))

        printed = run("env")

        assert printed.out == f"export OLLAMA_MODEL={chosen}\n"
        assert "OLLAMA_HOST is left out" in printed.err
        assert "pw" not in printed.err
        assert json.loads(run("env", "--json").out)["OLLAMA_HOST"] is None

    def test_the_server_is_not_asked(self, chosen: str, server: Emulator, run: Run) -> None:
        server.requests.clear()

        assert run("env").code == 0
        assert not server.requests

    def test_the_demo_has_no_address(self, run: Run) -> None:
        assert run("env", "--demo").code == 5


@pytest.mark.parametrize("shell", ["sh", "bash", "zsh", "fish"])
@pytest.mark.parametrize("value", ["http://box:11434/path", WILD, "'", "\\", "$(touch x)"])
def test_a_shell_reads_what_was_meant(shell: str, value: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here")
    lines = "\n".join(_exports({"OLLAMA_MODEL": value}, shell))

    read = subprocess.run(
        [shell, "-c", f"{lines}\nprintenv OLLAMA_MODEL"],
        capture_output=True, text=True, cwd=tmp_path, check=True,
    )  # fmt: skip

    assert read.stdout == f"{value}\n"
    assert list(tmp_path.glob("x")) == []
