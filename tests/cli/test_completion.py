"""What Tab offers in a shell."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest

from ollama_tui.config import Settings, default_paths, load_settings
from ollama_tui.core.cache import KnownLibrary, LibraryCache
from ollama_tui.core.journal import Journal, Record, UnfinishedPull
from ollama_tui.core.library import Library
from ollama_tui.core.models import Model
from ollama_tui.core.well_known import WELL_KNOWN
from ollama_tui.demo.emulator import Emulator
from ollama_tui.holder.place import HolderPlace
from tests.cli.conftest import Run
from tests.cli.test_process import PROGRAM
from tests.forking import fork
from tests.terminals import Terminal

README = (Path(__file__).parent.parent.parent / "README.md").read_text(encoding="utf-8")
NAMES = ("assistant:latest", "gemma3:12b", "gemma3:1b", "hf.co/who/model-GGUF:Q4_K_M", "qwen3:8b")
SLOW = ("asyncio", "httpx", "ollama", "pydantic", "textual", "rich", "humanize")

Know = Callable[..., Settings]


@pytest.fixture
def know() -> Know:
    """Keep a library of these names for a server, as the dashboard and `ls` do."""

    def known(*names: str, host: str | None = None) -> Settings:
        settings = load_settings(os.environ, default_paths(), host=host)
        library = Library(tuple(Model(name) for name in names))
        cache = LibraryCache(settings.paths.cache, settings.server_key)
        cache.save(KnownLibrary(library, time.time()))
        return settings

    return known


def question(words: str) -> dict[str, str]:
    """The environment in which a shell asks the program at Tab."""
    line = f"ollama-tui {words}"
    asked = {"COMP_LINE": line, "COMP_POINT": str(len(line)), "_ARGCOMPLETE": "1"}
    return os.environ | asked | {"_ARGCOMPLETE_IFS": "\n", "_ARGCOMPLETE_SUPPRESS_SPACE": "1"}


def asked(words: str, *python: str) -> subprocess.CompletedProcess[str]:
    """The program as a shell asks it at Tab."""
    command = ["sh", "-c", '"$@" 8>&1 9>/dev/null 1>/dev/null', "sh"]
    return subprocess.run(
        [*command, PROGRAM[0], *python, *PROGRAM[1:]],
        env=question(words), capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip


def offered(words: str) -> list[str]:
    """What is offered behind these words, by a program whose imports are made before."""
    with open(os.devnull, "r+") as nothing, NamedTemporaryFile("r") as answer:
        asks = question(words) | {"_ARGCOMPLETE_STDOUT_FILENAME": answer.name}
        assert fork((), [nothing.fileno()] * 3, asks).wait() == 0
        return answer.read().split("\n")


class TestNames:
    @pytest.mark.parametrize(
        "command",
        ["use", "show", "rm", "rm --yes qwen3:8b", "cp", "mv", "load", "unload", "keep", "run"],
    )
    def test_a_command_is_offered_what_is_installed(self, command: str, know: Know) -> None:
        know(*NAMES)

        assert offered(f"{command} ") == list(NAMES)
        assert offered(f"{command} gem") == ["gemma3:12b", "gemma3:1b"]

    def test_a_new_name_is_the_user_s_own(self, know: Know) -> None:
        know(*NAMES)

        assert offered("cp qwen3:8b ") == [""]

    def test_what_can_be_pulled_is_well_known_or_there_already(self, know: Know) -> None:
        know(*NAMES)

        names = offered("pull ")

        assert names[: len(NAMES)] == list(NAMES)
        assert {name for name, _ in WELL_KNOWN} < set(names)
        assert names.count("gemma3:12b") == 1

    def test_downloads_are_those_that_are_not_finished(self, know: Know) -> None:
        settings = know(*NAMES)
        place = HolderPlace(settings.paths.state, settings.machine, os.environ)
        record = Record((UnfinishedPull("qwen3:32b"), UnfinishedPull("mistral")))
        Journal(place.journal).write(settings.server_key, record)

        for deed in ("cancel", "pause", "resume"):
            assert offered(f"pulls {deed} ") == ["qwen3:32b", "mistral"]
        assert offered("pulls ")[:3] == ["cancel", "pause", "resume"]

    def test_they_are_the_names_of_the_server_that_is_named(self, know: Know) -> None:
        know("here:1b")
        know("there:1b", host="box")

        assert offered("use ") == ["here:1b"]
        assert offered("--host box use ") == ["there:1b"]
        assert offered("rm --host box ") == ["there:1b"]
        assert offered("use --host nobody ") == [""]

    def test_the_server_is_not_asked(self, server: Emulator, run: Run) -> None:
        run("ls")
        server.requests.clear()

        assert offered("use q") == ["qwen3:8b"]
        assert not server.requests

    def test_a_broken_setting_costs_the_names_alone(self, know: Know, config_file: Path) -> None:
        know(*NAMES)
        config_file.write_text("not toml")

        assert asked("use ").stdout == ""
        assert "use" in offered("")

    def test_a_damaged_file_is_no_name(self, know: Know) -> None:
        for file in know(*NAMES).paths.cache.iterdir():
            file.write_text("{")

        assert offered("use ") == [""]
        assert offered("--host ") == [""]

    def test_what_no_model_can_be_called_is_not_offered(self, know: Know) -> None:
        know("qwen3:8b", "$(touch pwned)", "`id`", "a;rm -rf ~", "--yes", "../x", "a b", "a'b")

        assert offered("use ") == ["qwen3:8b"]

    def test_the_demo_keeps_no_names(self, know: Know) -> None:
        know(*NAMES)

        assert offered("--demo use ") == [""]


class TestOtherWords:
    def test_commands_come_first(self) -> None:
        assert offered("comp") == ["completion"]
        assert not [word for word in offered("") if word.startswith("-")]

    def test_options_are_offered_behind_a_dash(self) -> None:
        assert {"--yes", "--json", "--host"} < set(offered("rm --"))

    def test_servers_are_those_that_were_seen(self, know: Know) -> None:
        for host in (None, "gpu-box", "10.0.0.7:8080", "https://far.example.org/ollama"):
            know(*NAMES, host=host)

        servers = ["10.0.0.7:8080", "gpu-box", "localhost", "https://far.example.org:443/ollama"]
        assert offered("ls --host ") == servers

    def test_another_machine_s_own_server_is_none_here(self, know: Know) -> None:
        settings = know(*NAMES, host="box")
        elsewhere = LibraryCache(settings.paths.cache, "http://localhost:11434@another-box")
        elsewhere.save(KnownLibrary(Library(), 1.0))

        assert offered("--host ") == ["box"]

    @pytest.mark.parametrize("words", ["keep qwen3:8b ", "load qwen3:8b --keep-alive "])
    def test_times_are_offered_where_one_is_asked_for(self, words: str) -> None:
        assert "forever" in offered(words)

    def test_files_are_never_offered(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "file").touch()
        monkeypatch.chdir(tmp_path)

        assert offered("cp a ") == [""]
        assert offered("serve --port ") == [""]


class TestSpeed:
    def test_nothing_slow_is_imported(self, know: Know) -> None:
        know(*NAMES)

        traced = asked("use ", "-X", "importtime").stderr

        assert "argcomplete" in traced
        imported = {line.rpartition("|")[2].strip() for line in traced.splitlines()}
        assert not imported & set(SLOW)


class TestKeeping:
    def test_a_list_is_kept_for_the_next_tab(self, server: Emulator, run: Run) -> None:
        run("ls")

        assert offered("use ") == ["big:480b-cloud", "gemma3:latest", "qwen3:8b"]

    def test_what_is_deleted_is_offered_no_more(self, server: Emulator, run: Run) -> None:
        run("rm", "--yes", "qwen3:8b")

        assert offered("use ") == ["big:480b-cloud", "gemma3:latest"]

    def test_what_was_pulled_is_offered(self, server: Emulator, run: Run) -> None:
        run("pull", "tiny")

        assert offered("use t") == ["tiny:latest"]

    def test_no_news_is_not_written(self, server: Emulator, run: Run, tmp_path: Path) -> None:
        run("ls")
        (file,) = (tmp_path / "cache" / "ollama-tui").glob("library-*.json")
        before = file.stat()

        run("ls")

        assert (file.stat().st_mtime_ns, file.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


class TestScript:
    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_each_shell_has_one(self, shell: str, run: Run) -> None:
        printed = run("completion", shell)

        assert printed.code == 0
        assert "_ARGCOMPLETE" in printed.out
        assert printed.err == ""

    @pytest.mark.parametrize("arguments", [[], ["tcsh"]])
    def test_another_shell_is_wrong_usage(self, arguments: list[str], run: Run) -> None:
        assert run("completion", *arguments).code == 2


STARTS = {
    "bash": (".bashrc", ["bash", "-i"]),
    "zsh": (".zshrc", ["zsh", "-i"]),
    "fish": (".config/fish/config.fish", ["fish", "-i"]),
}
"""The file of a user that holds the README's line, and how a shell is started that reads it."""


def home_of(shell: str, folder: Path) -> Path:
    """The home of a user who has done what the README says, and nothing else."""
    file, _ = STARTS[shell]
    line, of = re.escape(f"completion {shell}"), re.escape(f"# in ~/{file}")
    (found,) = re.findall(rf"^.*{line}.*?(?= +{of}$)", README, re.MULTILINE)
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    (folder / file).write_text(f"{found}\n")
    return folder


@pytest.mark.parametrize("shell", STARTS)
def test_a_shell_completes_the_word(shell: str, know: Know, tmp_path: Path) -> None:
    know(*NAMES)
    know(*NAMES, host="gpu-box")
    words = {
        "use gemma3:12": "use gemma3:12b",
        "rm qwen3:8b gemma3:12": "rm qwen3:8b gemma3:12b",
        "show assist": "show assistant:latest",
        "show hf": "show hf.co/who/model-GGUF:Q4_K_M",
        "--host=gpu": "--host=gpu-box",
    }

    assert completed_by(shell, words, tmp_path) == list(words.values())


def test_bash_waits_where_two_names_begin_so(know: Know, tmp_path: Path) -> None:
    know(*NAMES)

    completed = completed_by("bash", ["use gemma3:1", "use ge"], tmp_path)

    assert completed == ["use gemma3:1"] * 2


def completed_by(shell: str, typed: Iterable[str], home: Path) -> list[str]:
    """What a new shell makes of each of these lines of a command when Tab is pressed behind it."""
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    user = {"PATH": path, "HOME": str(home_of(shell, home))}
    # fish has its file there, and this program its own.
    user["XDG_CONFIG_HOME"] = str(home / ".config")

    terminal = Terminal(STARTS[shell][1], os.environ | user, size=(200, 24))
    # Tab, then to the line's start: the line is printed in place of being run.
    for line in (*(f"ollama-tui {words}\t\x01echo IT IS " for words in typed), "exit"):
        terminal.write(f"{line}\r".encode())
    terminal.ended()
    begins = "IT IS ollama-tui "
    said = [line.strip() for line in terminal.written.decode(errors="replace").splitlines()]
    return [line.removeprefix(begins) for line in said if line.startswith(begins)]
