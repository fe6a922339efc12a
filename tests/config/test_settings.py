"""Settings: which of several wins, and what is said of a wrong one."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs
import pytest

from ollama_tui.config import (
    Origin,
    Paths,
    Settings,
    default_paths,
    demo_paths,
    load_settings,
)
from ollama_tui.config.table import SETTINGS, Setting
from ollama_tui.core.errors import InvalidInput
from ollama_tui.core.hosts import DEFAULT_URL, machine_name
from ollama_tui.core.keep_alive import FOR_EVER

_UTF8 = {"LANG": "en_GB.UTF-8"}


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return demo_paths(tmp_path)


def write(paths: Paths, text: str) -> None:
    paths.config.write_text(text, encoding="utf-8")


class TestWithoutAnything:
    def test_the_defaults_hold(self, paths: Paths) -> None:
        settings = load_settings(_UTF8, paths)

        assert settings == Settings(paths, machine=machine_name())
        assert settings.url == DEFAULT_URL
        assert settings.server_key == f"http://localhost:11434@{machine_name()}"

    def test_no_file_is_made(self, paths: Paths, tmp_path: Path) -> None:
        load_settings({}, paths)

        assert list(tmp_path.iterdir()) == []


class TestTheHost:
    @pytest.mark.parametrize(
        ("option", "environment", "file", "url"),
        [
            ("o", "e", "f", "http://o:11434"),
            (None, "e", "f", "http://e:11434"),
            ("", "e", "f", "http://e:11434"),
            (None, None, "f", "http://f:11434"),
            (None, "", "f", "http://f:11434"),
            (None, "  ", "f", "http://f:11434"),
            (None, None, None, DEFAULT_URL),
        ],
    )
    def test_the_option_beats_the_environment_beats_the_file(
        self,
        paths: Paths,
        option: str | None,
        environment: str | None,
        file: str | None,
        url: str,
    ) -> None:
        write(paths, f'host = "{file or ""}"')
        found = {} if environment is None else {"OLLAMA_HOST": environment}

        assert load_settings(found, paths, host=option).url == url

    def test_a_wrong_one_in_the_environment_does_not_matter_beside_an_option(
        self, paths: Paths
    ) -> None:
        assert load_settings({"OLLAMA_HOST": "h:x"}, paths, host="o").url == "http://o:11434"

    @pytest.mark.parametrize(
        ("option", "environment", "file", "words"),
        [
            ("h:x", "", "", "--host: 'h:x' is not the address of a server"),
            (None, "h:x", "", "OLLAMA_HOST: 'h:x' is not the address of a server"),
            (None, "", "h:x", "config.toml, line 1: host 'h:x' is not the address of a server"),
        ],
    )
    def test_a_wrong_one_is_refused_with_its_place(
        self, paths: Paths, option: str | None, environment: str, file: str, words: str
    ) -> None:
        write(paths, f'host = "{file}"')

        with pytest.raises(InvalidInput) as refusal:
            load_settings({"OLLAMA_HOST": environment}, paths, host=option)

        assert words in str(refusal.value)
        assert "Write it as host" in refusal.value.remedy


class TestTheFile:
    def test_every_setting_is_read(self, paths: Paths) -> None:
        write(
            paths,
            'host = "gpu-3"\nreadonly = true\nmouse = true\nascii = true\ntheme = "nord"\n'
            'insecure_registries = ["r.lan:5000", "http://s.lan/"]\npreflight = false\n'
            "notify = false\nparallel_downloads = 3\nstall_seconds = 40\n"
            "on_download_end = ['tell me', '--all', '']\nundo_seconds = 0\n"
            'poll_seconds = 5\nkeep_alive_choices = ["90", "1h30m", "forever", "90s"]\n'
            "max_loaded_models = 3\n"
            '[keys]\nmodel.use = "f2"\n"model.inspect" = "f3, f5"\n',
        )

        settings = load_settings(_UTF8, paths)

        assert settings.url == "http://gpu-3:11434"
        assert (settings.read_only, settings.mouse, settings.ascii) == (True, True, True)
        assert settings.theme == "nord"
        assert settings.insecure_registries == ("r.lan:5000", "s.lan")
        assert (settings.preflight, settings.notify) == (False, False)
        assert (settings.parallel_downloads, settings.stall_seconds) == (3, 40)
        assert settings.on_download_end == ("tell me", "--all", "")
        assert (settings.undo_seconds, settings.poll_seconds) == (0, 5)
        assert settings.keep_alive_choices == (90, 5400, FOR_EVER)
        assert settings.max_loaded_models == 3
        assert settings.keys == {"model.use": "f2", "model.inspect": "f3, f5"}

    def test_the_one_in_the_readme_is_valid(self, paths: Paths) -> None:
        readme = Path(__file__).parents[2] / "README.md"
        write(paths, readme.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0])

        assert load_settings(_UTF8, paths).on_download_end == ("/home/me/bin/tell-me", "gpu-box")

    def test_without_a_word_on_a_setting_its_default_holds(self, paths: Paths) -> None:
        write(paths, "mouse = true")

        assert load_settings(_UTF8, paths) == Settings(paths, machine=machine_name(), mouse=True)

    def test_an_empty_command_is_none(self, paths: Paths) -> None:
        write(paths, "on_download_end = []")

        assert load_settings(_UTF8, paths).on_download_end == ()

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("host = 7", "{path}, line 1: host must be a text"),
            ("theme = []", "{path}, line 1: theme must be a text"),
            ('theme = "nrod"', "{path}, line 1: theme is no theme that there is: 'nrod'"),
            ("readonly = 1", "{path}, line 1: readonly must be true or false"),
            ('mouse = "yes"', "{path}, line 1: mouse must be true or false"),
            ("ascii = 0.5", "{path}, line 1: ascii must be true or false"),
            ("notify = 1", "{path}, line 1: notify must be true or false"),
            ("preflight = 0", "{path}, line 1: preflight must be true or false"),
            (
                "parallel_downloads = 0",
                "{path}, line 1: parallel_downloads must be a whole number from 1",
            ),
            (
                "parallel_downloads = true",
                "{path}, line 1: parallel_downloads must be a whole number",
            ),
            (
                "stall_seconds = 1.5",
                "{path}, line 1: stall_seconds must be a whole number from 5 to 3600",
            ),
            (
                'insecure_registries = "r"',
                "{path}, line 1: insecure_registries must be a list of texts",
            ),
            (
                "insecure_registries = [1]",
                "{path}, line 1: insecure_registries must be a list of texts",
            ),
            ("on_download_end = 'tell'", "{path}, line 1: on_download_end must be a list of texts"),
            (
                "on_download_end = ['a', 1]",
                "{path}, line 1: on_download_end must be a list of texts",
            ),
            (
                "on_download_end = ['', 'a']",
                "{path}, line 1: on_download_end must be a list that begins with a program's name",
            ),
            (
                "on_download_end = [' ']",
                "{path}, line 1: on_download_end must be a list that begins with a program's name",
            ),
            (
                'on_download_end = ["a", "b\\u0000"]',
                "{path}, line 1: on_download_end must be a list of texts without NUL characters",
            ),
            ('keys = "q"', "{path}, line 1: keys must be a table"),
            ("[keys]\n\nmodel.use = 1", "{path}, line 3: keys.model.use must be a text"),
            ('[keys]\nmodel.use = ["w"]', "{path}, line 2: keys.model.use must be a text"),
            ('colour = "red"', "{path}, line 1 sets 'colour', which is no setting"),
            ('\n[model]\nuse = "w"', "{path}, line 2 sets 'model', which is no setting"),
            ("mouse = true\n# \npoll_seconds = 0", "{path}, line 3: poll_seconds must be a whole"),
            ('current_alias = "a b"', "{path}, line 1: current_alias 'a b' cannot be a model"),
            ('current_alias = "x:cloud"', "{path}, line 1: current_alias x:cloud cannot be named"),
            ("current_alias = 1", "current_alias must be a text"),
            ("poll_seconds = 61", "poll_seconds must be a whole number from 1 to 60"),
            ("max_loaded_models = -1", "max_loaded_models must be a whole number from 0 to 1000"),
            ("keep_alive_choices = 5", "keep_alive_choices must be a list of texts"),
            ("keep_alive_choices = []", "keep_alive_choices must be a list of 1 to 9 times"),
            ('keep_alive_choices = ["0"]', "keep_alive_choices must be a list of 1 to 9 times"),
            ('keep_alive_choices = ["soon"]', "keep_alive_choices 'soon' is not a time to stay"),
            ('"a\\u001b[2J" = 1', "{path}, line 1 sets 'a[2J', which is no setting"),
        ],
    )
    def test_a_wrong_value_is_refused_with_file_and_name(
        self, paths: Paths, text: str, words: str
    ) -> None:
        write(paths, text)

        with pytest.raises(InvalidInput) as refusal:
            load_settings(_UTF8, paths)

        assert words.format(path=paths.config) in str(refusal.value)
        assert refusal.value.remedy

    @pytest.mark.parametrize(
        ("name", "meant"),
        [("paralel_downloads", "parallel_downloads"), ("read_only", "readonly"), ("key", "keys")],
    )
    def test_a_name_that_is_nearly_a_setting_s_is_told_which(
        self, paths: Paths, name: str, meant: str
    ) -> None:
        write(paths, f"{name} = 1")

        with pytest.raises(InvalidInput) as refusal:
            load_settings(_UTF8, paths)

        assert refusal.value.remedy == f"Did you mean {meant}?"

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ('[keys]\n\nmodel.delet = "f2"', "line 3: there is no act 'model.delet'"),
            ('[keys]\n"model.delet" = "f2"', "line 2: there is no act 'model.delet'"),
            ('mouse = true\nkeys = { model.use = "entr" }', "line 2: 'entr' for model.use is no"),
            ('[keys]\nmodel.use = "q"', "line 2: the key 'q' is bound to model.use and"),
            ('keys."\\u001b[2J" = "q"', "line 1: there is no act '[2J'"),
        ],
    )
    def test_keys_that_cannot_be_bound_are_refused_with_their_line(
        self, paths: Paths, text: str, words: str
    ) -> None:
        write(paths, text)

        with pytest.raises(InvalidInput) as refusal:
            load_settings(_UTF8, paths)

        assert f"{paths.config}, {words}" in str(refusal.value)
        assert refusal.value.remedy

    @pytest.mark.parametrize("host", [None, "box"])
    def test_what_is_wrong_in_it_is_refused_though_an_option_beats_it(
        self, paths: Paths, host: str | None
    ) -> None:
        write(paths, 'host = "h:x"')

        with pytest.raises(InvalidInput, match="line 1: host 'h:x' is not"):
            load_settings(_UTF8, paths, host=host)

    @pytest.mark.parametrize(
        "content",
        [
            b"host =",
            b"host = 'a",
            b"\xff\xfe",
            b"a = " + b"[" * 100_000,
            b"x = 1\nx = 2",
            b"\x1b[2J",
        ],
        ids=["cut", "open", "binary", "nested", "twice", "escape"],
    )
    def test_a_damaged_one_is_refused_with_its_path(self, paths: Paths, content: bytes) -> None:
        paths.config.write_bytes(content)

        with pytest.raises(InvalidInput) as refusal:
            load_settings(_UTF8, paths)

        assert f"{paths.config} is not valid TOML" in str(refusal.value)
        assert str(refusal.value).isprintable()

    def test_a_mark_of_its_encoding_is_no_part_of_it(self, paths: Paths) -> None:
        write(paths, "\ufeffmouse = true")

        assert load_settings(_UTF8, paths).mouse

    def test_one_that_is_not_utf_8_is_refused_with_the_line(self, paths: Paths) -> None:
        paths.config.write_bytes(b"mouse = true\r\n# \xe9t\xe9\n")

        with pytest.raises(InvalidInput, match=r"it is not UTF-8 \(at line 2\)"):
            load_settings(_UTF8, paths)

    def test_one_that_cannot_be_read_is_refused_with_its_path(self, paths: Paths) -> None:
        paths.config.mkdir()

        with pytest.raises(InvalidInput, match=r"config\.toml cannot be read: is a directory"):
            load_settings(_UTF8, paths)

    def test_a_pipe_in_its_place_is_not_waited_for(self, paths: Paths) -> None:
        os.mkfifo(paths.config)

        with pytest.raises(InvalidInput, match=r"config\.toml cannot be read: it is not a file"):
            load_settings(_UTF8, paths)

    def test_an_option_turns_on_what_the_file_leaves_off(self, paths: Paths) -> None:
        write(paths, "readonly = false\nascii = false")

        settings = load_settings(_UTF8, paths, read_only=True, ascii_only=True)

        assert settings.read_only
        assert settings.ascii


class TestWhereItComesFrom:
    def test_what_nobody_set_is_a_default(self, paths: Paths) -> None:
        assert load_settings(_UTF8, paths).origins == {}

    def test_the_winner_is_named(self, paths: Paths) -> None:
        write(paths, 'host = "f"\nmouse = true\nreadonly = false\ntheme = ""')
        environment = {"LANG": "C", "OLLAMA_HOST": "e", "OLLAMA_API_KEY": "s3cret"}

        settings = load_settings(environment, paths, read_only=True, preflight=False)

        assert settings.origins == {
            "host": Origin.ENVIRONMENT,
            "mouse": Origin.FILE,
            "readonly": Origin.OPTION,
            "theme": Origin.FILE,
            "preflight": Origin.OPTION,
            "ascii": Origin.ENVIRONMENT,
            "OLLAMA_API_KEY": Origin.ENVIRONMENT,
        }

    def test_the_environment_and_the_option_beat_the_file(self, paths: Paths) -> None:
        write(paths, 'host = "f"\nascii = true')

        settings = load_settings({"OLLAMA_HOST": "e", **_UTF8}, paths, host="o", ascii_only=True)

        assert settings.origins == {"host": Origin.OPTION, "ascii": Origin.OPTION}


class TestTheTable:
    def test_each_setting_has_a_name_and_a_field_of_its_own(self, paths: Paths) -> None:
        assert len({one.name for one in SETTINGS}) == len(SETTINGS)
        assert len({one.field for one in SETTINGS}) == len(SETTINGS)
        assert all(hasattr(Settings(paths), one.field) for one in SETTINGS)

    @pytest.mark.parametrize("setting", [one for one in SETTINGS if not one.is_secret])
    def test_what_is_written_for_a_default_can_be_read(
        self, paths: Paths, setting: Setting
    ) -> None:
        default = getattr(Settings(paths), setting.field)

        assert setting.read(setting.write(default)) == default

    def test_secrets_stand_in_no_file(self, paths: Paths) -> None:
        write(paths, 'OLLAMA_API_KEY = "s3cret"')

        with pytest.raises(InvalidInput, match="sets 'OLLAMA_API_KEY', which is no setting"):
            load_settings(_UTF8, paths)


class TestTheKeyOfAProxy:
    @pytest.mark.parametrize(
        ("text", "key"), [("s3cret", "s3cret"), (" s3cret\n", "s3cret"), ("", "")]
    )
    def test_it_comes_from_the_environment(self, paths: Paths, text: str, key: str) -> None:
        assert load_settings({"OLLAMA_API_KEY": text}, paths).key == key

    @pytest.mark.parametrize("text", ["a\nb", "sécret", "a\x00b"])
    def test_one_that_cannot_be_sent_is_refused_without_being_told(
        self, paths: Paths, text: str
    ) -> None:
        with pytest.raises(InvalidInput, match="OLLAMA_API_KEY has a character") as refusal:
            load_settings({"OLLAMA_API_KEY": text}, paths)

        assert text not in str(refusal.value)

    def test_it_is_not_shown(self, paths: Paths) -> None:
        assert "s3cret" not in repr(load_settings({"OLLAMA_API_KEY": "s3cret"}, paths))

    def test_the_demo_has_none(self, paths: Paths) -> None:
        assert load_settings({"OLLAMA_API_KEY": "s3cret"}, paths, demo=True).key == ""


class TestTheTokenOfServe:
    @pytest.mark.parametrize("demo", [False, True])
    def test_it_comes_from_the_environment_and_is_not_shown(self, paths: Paths, demo: bool) -> None:
        settings = load_settings({"OLLAMA_TUI_TOKEN": " s3cret\n"}, paths, demo=demo)

        assert settings.token == "s3cret"
        assert "s3cret" not in repr(settings)

    def test_one_that_cannot_be_sent_is_refused_without_being_told(self, paths: Paths) -> None:
        with pytest.raises(InvalidInput, match="OLLAMA_TUI_TOKEN has a character") as refusal:
            load_settings({"OLLAMA_TUI_TOKEN": "sécret"}, paths)

        assert "sécret" not in str(refusal.value)


class TestUnicode:
    @pytest.mark.parametrize(
        ("environment", "is_ascii"),
        [
            ({"LANG": "en_GB.UTF-8"}, False),
            ({"LC_ALL": "C.utf8", "LANG": "C"}, False),
            ({"LC_ALL": "", "LC_CTYPE": "C.UTF-8"}, False),
            ({"LC_ALL": "C", "LANG": "en_GB.UTF-8"}, True),
            ({"LANG": "C"}, True),
            ({}, True),
            ({"LANG": "en_GB.UTF-8", "TERM": "linux"}, True),
        ],
    )
    def test_only_a_terminal_that_speaks_it_gets_it(
        self, paths: Paths, environment: dict[str, str], is_ascii: bool
    ) -> None:
        assert load_settings(environment, paths).ascii == is_ascii


class TestPaths:
    def test_they_follow_the_platform(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "c"))
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "s"))
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "k"))

        paths = default_paths()

        assert paths.config == tmp_path / "c" / "ollama-tui" / "config.toml"
        assert paths.current == tmp_path / "s" / "ollama-tui" / "current.json"
        assert paths.preferences.parent == paths.log.parent == tmp_path / "s" / "ollama-tui"
        assert paths.cache == tmp_path / "k" / "ollama-tui"

    @pytest.mark.parametrize("folder", [RuntimeError("no home"), Path("~/.config"), Path("rel")])
    def test_without_a_home_it_is_said_that_there_is_none(
        self, monkeypatch: pytest.MonkeyPatch, folder: Path | RuntimeError
    ) -> None:
        def found(_: object) -> Path:
            if isinstance(folder, RuntimeError):
                raise folder
            return folder

        monkeypatch.setattr(platformdirs.PlatformDirs, "user_config_path", property(found))

        with pytest.raises(InvalidInput, match=r"no home folder\. Set HOME"):
            default_paths()

    def test_the_demos_are_all_in_its_folder(self, tmp_path: Path) -> None:
        paths = demo_paths(tmp_path)

        assert {paths.config.parent, paths.state.parent, paths.cache.parent} == {tmp_path}
