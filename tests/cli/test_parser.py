from __future__ import annotations

import json
from pathlib import Path

import pytest

from ollama_tui import __version__
from ollama_tui.cli.exit_codes import ExitCode, exit_code_of
from ollama_tui.cli.parser import parse
from ollama_tui.core.errors import (
    InvalidInput,
    NoSuchModel,
    NotOllama,
    OllamaTuiError,
    PullFailed,
    Refused,
    ServerFailed,
    StateUnwritable,
    TooOld,
    Unreachable,
)
from ollama_tui.demo.emulator import Emulator
from tests.cli.conftest import Run


class TestOptions:
    @pytest.mark.parametrize(
        ("option", "name", "value"),
        [
            (["--host", "box"], "host", "box"),
            (["--demo"], "demo", True),
            (["--readonly"], "readonly", True),
            (["--ascii"], "ascii", True),
            (["--log-level", "info"], "log_level", "info"),
        ],
    )
    def test_global_ones_stand_before_or_after_the_command(
        self, option: list[str], name: str, value: object
    ) -> None:
        assert getattr(parse([*option, "ls"]), name) == value
        assert getattr(parse(["ls", *option]), name) == value
        assert getattr(parse(option), name) == value

    def test_the_later_one_wins(self) -> None:
        assert parse(["--host", "a", "ls", "--host", "b"]).host == "b"

    def test_without_any_there_is_no_command(self) -> None:
        assert parse([]).command is None

    @pytest.mark.parametrize("arguments", [["--help"], ["pull", "--help"], ["--version"]])
    def test_help_and_version_end_well(
        self, arguments: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SystemExit) as ended:
            parse(arguments)

        assert ended.value.code == 0
        assert capsys.readouterr().out

    def test_the_version_is_the_program_s(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            parse(["ls", "--version"])

        assert capsys.readouterr().out == f"ollama-tui {__version__}\n"

    def test_help_has_examples_and_exit_codes(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            parse(["--help"])

        told = capsys.readouterr().out
        assert "ollama-tui --demo" in told
        assert all(f"{code.value} " in told for code in ExitCode)
        assert "129, 143 ended by SIGHUP, SIGTERM" in told

    def test_help_offers_nothing_that_is_refused(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            parse(["run", "--help"])

        assert "--json" not in capsys.readouterr().out


class TestWrongUsage:
    @pytest.mark.parametrize(
        "arguments",
        [
            ["nosuch"],
            ["--nosuch"],
            ["pull"],
            ["use"],
            ["ls", "more"],
            ["--log-level", "loud", "ls"],
            ["--host"],
            ["--demo", "--host", "box", "ls"],
            ["--host", "a b", "ls"],
            ["--host", "ftp://x", "ls"],
            ["--host", "x:99999", "ls"],
        ],
    )
    def test_it_gives_2_and_one_line(self, arguments: list[str], run: Run) -> None:
        refused = run(*arguments)

        assert (refused.code, refused.out) == (2, "")
        assert refused.err.startswith("ollama-tui: ")
        assert refused.err.count("\n") == 1

    @pytest.mark.parametrize(
        ("word", "said"),
        [
            ("list", "There is no command 'list'. Did you mean ls?"),
            ("stop", "Did you mean unload?"),
            ("Delete", "Did you mean rm?"),
            ("unlaod", "Did you mean unload?"),
            ("xyzzy", "`ollama-tui --help` lists them."),
        ],
    )
    def test_a_command_that_is_none_brings_the_one_that_was_meant(
        self, word: str, said: str, run: Run
    ) -> None:
        refused = run("--readonly", word, "more")

        assert refused.code == 2
        assert said in refused.err

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["run", "tiny", "why is"], "`ollama-tui run tiny -- 'why is'` hands it on."),
            (["run", "tiny", "--verbose"], "`ollama-tui run tiny -- --verbose` hands it on."),
            (["ls", "--foo"], "`ollama-tui ls --help` shows what there is."),
            (["--foo"], "`ollama-tui --help` shows what there is."),
            (["run", "--foo"], "`ollama-tui run --help` shows what there is."),
        ],
    )
    def test_it_says_what_to_type_or_where_that_is_told(
        self, arguments: list[str], said: str
    ) -> None:
        with pytest.raises(InvalidInput) as refused:
            parse(arguments)

        assert refused.value.remedy == said

    def test_control_characters_of_arguments_are_not_printed(self, run: Run) -> None:
        assert "\x1b" not in run("ls", "\x1b[2J").err
        assert "\x1b" not in run("--host", "\x1b[2J", "ls").err

    def test_a_wrong_address_in_the_environment_names_its_place(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OLLAMA_HOST", "a:b:c:d")

        refused = run("ls")

        assert refused.code == 2
        assert "OLLAMA_HOST" in refused.err

    @pytest.mark.parametrize("text", ["not toml", "colour = 1", 'host = ["x"]'])
    def test_a_wrong_config_file_is_named(self, text: str, run: Run, config_file: Path) -> None:
        config_file.write_text(text)

        refused = run("ls")

        assert refused.code == 2
        assert str(config_file) in refused.err


class TestDemo:
    def test_it_needs_no_server_and_reads_no_settings(
        self, run: Run, monkeypatch: pytest.MonkeyPatch, config_file: Path
    ) -> None:
        monkeypatch.setenv("OLLAMA_HOST", "not an address")
        config_file.write_text("not toml")

        assert "gemma3:27b" in run("--demo", "ls").out
        assert "pinned" in run("ps", "--demo").out
        assert json.loads(run("info", "--demo", "--json").out)["demo"] is True

    def test_it_leaves_nothing_behind(
        self, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        temporary = tmp_path / "temporary"
        temporary.mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(temporary))

        chosen = run("--demo", "use", "gemma3:27b")

        assert (chosen.code, chosen.out) == (0, "gemma3:27b\n")
        assert list(temporary.iterdir()) == []
        assert not (tmp_path / "state").exists()

    def test_a_missing_temporary_folder_is_said(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tempfile.tempdir", "/nosuch/folder")

        refused = run("--demo", "ls")

        assert refused.code == 1
        assert "temporary folder" in refused.err


class TestExitCodes:
    @pytest.mark.parametrize(
        ("failure", "code"),
        [
            (OllamaTuiError, 1),
            (InvalidInput, 2),
            (Unreachable, 3),
            (NotOllama, 3),
            (NoSuchModel, 4),
            (Refused, 5),
            (TooOld, 1),
            (ServerFailed, 1),
            (PullFailed, 1),
            (StateUnwritable, 1),
        ],
    )
    def test_each_failure_has_one(self, failure: type[OllamaTuiError], code: int) -> None:
        assert exit_code_of(failure) == code


class TestLog:
    def test_it_goes_to_stderr(self, server: Emulator, run: Run) -> None:
        listed = run("ls", "--json", "--log-level", "info")

        assert "GET" in listed.err
        assert json.loads(listed.out)["version"] == 1
