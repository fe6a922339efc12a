"""Settings: which of several wins, and what is said of a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest

from ollama_tui.config import Paths, Settings, default_paths, demo_paths, load_settings
from ollama_tui.core.errors import InvalidInput
from ollama_tui.core.hosts import DEFAULT_URL, machine_name

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
            (None, "", "h:x", "config.toml: host 'h:x' is not the address of a server"),
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
            "on_download_end = ['tell me', '--all', '']\n"
            '[keys]\nmodel.use = "w"\n"model.inspect" = "e, f5"\n',
        )

        settings = load_settings(_UTF8, paths)

        assert settings.url == "http://gpu-3:11434"
        assert (settings.read_only, settings.mouse, settings.ascii) == (True, True, True)
        assert settings.theme == "nord"
        assert settings.insecure_registries == ("r.lan:5000", "s.lan")
        assert (settings.preflight, settings.notify) == (False, False)
        assert (settings.parallel_downloads, settings.stall_seconds) == (3, 40)
        assert settings.on_download_end == ("tell me", "--all", "")
        assert settings.keys == {"model.use": "w", "model.inspect": "e, f5"}

    def test_the_one_in_the_readme_is_valid(self, paths: Paths) -> None:
        readme = Path(__file__).parent.parent / "README.md"
        write(paths, readme.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0])

        assert load_settings(_UTF8, paths).on_download_end == ("/home/me/bin/tell-me", "gpu-box")

    def test_an_empty_command_is_none(self, paths: Paths) -> None:
        write(paths, "on_download_end = []")

        assert load_settings(_UTF8, paths).on_download_end == ()

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("host = 7", "{path}: host must be a text"),
            ("theme = []", "{path}: theme must be a text"),
            ("readonly = 1", "{path}: readonly must be true or false"),
            ('mouse = "yes"', "{path}: mouse must be true or false"),
            ("ascii = 0.5", "{path}: ascii must be true or false"),
            ("notify = 1", "{path}: notify must be true or false"),
            ("preflight = 0", "{path}: preflight must be true or false"),
            ("parallel_downloads = 0", "{path}: parallel_downloads must be a whole number from 1"),
            ("parallel_downloads = true", "{path}: parallel_downloads must be a whole number"),
            ("stall_seconds = 1.5", "{path}: stall_seconds must be a whole number from 5 to 3600"),
            ('insecure_registries = "r"', "{path}: insecure_registries must be a list of texts"),
            ("insecure_registries = [1]", "{path}: insecure_registries must be a list of texts"),
            ("on_download_end = 'tell'", "{path}: on_download_end must be a list of texts"),
            ("on_download_end = ['a', 1]", "{path}: on_download_end must be a list of texts"),
            (
                "on_download_end = ['', 'a']",
                "{path}: on_download_end must be a list that begins with a program's name",
            ),
            (
                "on_download_end = [' ']",
                "{path}: on_download_end must be a list that begins with a program's name",
            ),
            (
                'on_download_end = ["a", "b\\u0000"]',
                "{path}: on_download_end must be a list of texts without NUL characters",
            ),
            ('keys = "q"', "{path}: keys must be a table"),
            ("[keys]\nmodel.use = 1", "{path}: keys must be a table of texts"),
            ('[keys]\nmodel.use = ["w"]', "{path}: keys must be a table of texts"),
            ('colour = "red"', "{path} sets 'colour', which is no setting"),
            ('[model]\nuse = "w"', "{path} sets 'model', which is no setting"),
            ('"a\\u001b[2J" = 1', "{path} sets 'a[2J', which is no setting"),
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

    def test_one_that_cannot_be_read_is_refused_with_its_path(self, paths: Paths) -> None:
        paths.config.mkdir()

        with pytest.raises(InvalidInput, match=r"config\.toml cannot be read: is a directory"):
            load_settings(_UTF8, paths)

    def test_an_option_turns_on_what_the_file_leaves_off(self, paths: Paths) -> None:
        write(paths, "readonly = false\nascii = false")

        settings = load_settings(_UTF8, paths, read_only=True, ascii_only=True)

        assert settings.read_only
        assert settings.ascii


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

    def test_the_demos_are_all_in_its_folder(self, tmp_path: Path) -> None:
        paths = demo_paths(tmp_path)

        assert {paths.config.parent, paths.state.parent, paths.cache.parent} == {tmp_path}
