from __future__ import annotations

import json
from pathlib import Path

import pytest

from ollama_tui.cli import main
from ollama_tui.config.table import SETTINGS
from ollama_tui.demo.emulator import Emulator
from tests.cli.conftest import Run


def row(told: str, name: str) -> str:
    """The line of a setting, its blanks folded."""
    return next(" ".join(line.split()) for line in told.splitlines() if line.startswith(name))


class TestWhatIsInForce:
    def test_each_setting_is_printed_with_value_and_origin(
        self, run: Run, config_file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        config_file.write_text('# mine\npoll_seconds = 5\nhost = "f"\n[keys]\nmodel.use = "f2"\n')
        monkeypatch.setenv("OLLAMA_HOST", "gpu-3")

        told = run("config", "--readonly")

        assert (told.code, told.err) == (0, "")
        assert row(told.out, "config file") == f"config file: {config_file}"
        assert row(told.out, "host") == 'host "http://gpu-3:11434" OLLAMA_HOST'
        assert row(told.out, "readonly") == "readonly true --readonly"
        assert row(told.out, "poll_seconds") == "poll_seconds 5 line 2"
        assert row(told.out, "keys") == 'keys {"model.use": "f2"} line 4'
        assert row(told.out, "stall_seconds") == "stall_seconds 22 default"
        assert all(setting.name in told.out for setting in SETTINGS)

    def test_json_has_every_setting(self, run: Run, config_file: Path) -> None:
        config_file.write_text('keep_alive_choices = ["90m", "forever"]')

        told = json.loads(run("config", "--json").out)

        assert told["version"] == 1
        assert told["file"] == {"path": str(config_file), "exists": True}
        assert told["failure"] is None
        assert [one["name"] for one in told["settings"]] == [one.name for one in SETTINGS]
        choices = next(one for one in told["settings"] if one["name"] == "keep_alive_choices")
        assert choices == {
            "name": "keep_alive_choices",
            "about": "how long `t` can keep a model",
            "value": ["90m", "forever"],
            "origin": "file",
            "place": "line 1",
        }

    @pytest.mark.parametrize("options", [(), ("--json",)])
    def test_of_a_command_no_arguments_are_printed(
        self, run: Run, config_file: Path, options: tuple[str, ...]
    ) -> None:
        config_file.write_text('on_download_end = ["/usr/bin/curl", "-H", "Bearer s3cret"]')

        told = run("config", *options).out

        assert '"/usr/bin/curl", "' in told
        assert "s3cret" not in told

    def test_without_a_file_its_place_is_told(self, run: Run, config_file: Path) -> None:
        config_file.unlink()

        assert f"config file: {config_file} (not there)" in run("config").out

    def test_the_remembered_theme_is_in_force_until_the_file_names_one(
        self, run: Run, config_file: Path, state_folder: Path
    ) -> None:
        assert row(run("config").out, "theme") == 'theme "ansi-dark" default'

        state_folder.mkdir(parents=True)
        (state_folder / "preferences.json").write_text('{"theme": "ansi-light"}')
        assert row(run("config").out, "theme") == 'theme "ansi-light" remembered'

        config_file.write_text('theme = "nord"')
        assert row(run("config").out, "theme") == 'theme "nord" line 1'

    def test_nothing_is_sent(self, server: Emulator, run: Run) -> None:
        assert run("config").code == 0
        assert not server.requests

    def test_the_demo_reads_no_file(self, run: Run, config_file: Path) -> None:
        config_file.write_text("mouse = 7")

        told = run("--demo", "config")

        assert told.code == 0
        assert "config file: none" in told.out
        assert json.loads(run("--demo", "config", "--json").out)["file"] is None


class TestSecrets:
    @pytest.mark.parametrize("form", [(), ("--json",)])
    @pytest.mark.parametrize("command", ["config", "info"])
    def test_none_is_printed(
        self,
        run: Run,
        config_file: Path,
        monkeypatch: pytest.MonkeyPatch,
        form: tuple[str, ...],
        command: str,
    ) -> None:
        config_file.write_text('insecure_registries = ["me:s3cret@r.lan"]\npreflight = false')
        for name in ("OLLAMA_API_KEY", "OLLAMA_TUI_TOKEN"):
            monkeypatch.setenv(name, "s3cret")
        monkeypatch.setenv("OLLAMA_HOST", "http://me:s3cret@127.0.0.1:1")

        told = run(command, *form)

        assert "127.0.0.1:1" in told.out
        assert "s3cret" not in told.out + told.err

    def test_that_one_is_set_is_told(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OLLAMA_API_KEY", "s3cret")

        told = run("config").out

        assert row(told, "OLLAMA_API_KEY") == "OLLAMA_API_KEY set OLLAMA_API_KEY"
        assert row(told, "OLLAMA_TUI_TOKEN") == "OLLAMA_TUI_TOKEN not set default"


class TestWhatIsWrong:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("\npoll_secs = 3", "line 2 sets 'poll_secs', which is no setting. Did you mean poll"),
            ("mouse =\n", "is not valid TOML: Invalid value (at line 1, column 8)"),
            ('[keys]\nmodel.us = "x"', "line 2: there is no act 'model.us'. Did you mean model.u"),
        ],
    )
    def test_it_is_told_with_its_line_and_the_file(
        self, run: Run, config_file: Path, text: str, words: str
    ) -> None:
        config_file.write_text(text)

        told = run("config")

        assert told.code == 2
        assert words in told.err
        assert told.out == f"config file: {config_file}\n"
        assert words in json.loads(run("config", "--json").out)["failure"]

    def test_a_wrong_variable_is_told(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OLLAMA_HOST", "h:x")

        told = run("config")

        assert told.code == 2
        assert "OLLAMA_HOST: 'h:x' is not the address of a server" in told.err

    @pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["config", "--help"]])
    def test_it_does_not_keep_help_and_version_from_being_printed(
        self, config_file: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        config_file.write_text("mouse =")

        with pytest.raises(SystemExit) as ended:
            main(arguments)

        assert ended.value.code == 0
        assert capsys.readouterr().out

    def test_any_other_command_is_refused_with_the_line(self, run: Run, config_file: Path) -> None:
        config_file.write_text("mouse = 1")

        told = run("ls")

        assert (told.code, told.out) == (2, "")
        assert f"{config_file}, line 1: mouse must be true or false" in told.err
