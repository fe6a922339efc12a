"""Where the holder's lock and socket are."""

from __future__ import annotations

import errno
import json
import os
import shutil
import socket
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ollama_tui.core.errors import OllamaTuiError, Refused, StateUnwritable
from ollama_tui.holder import place as place_module
from ollama_tui.holder.place import HolderPlace, own_uid, read_socket, write_socket
from ollama_tui.holder.sockets import LONGEST_PATH, bind, fits, has_unix_sockets

SOMEBODY_ELSE = own_uid() + 4321

pytestmark = pytest.mark.skipif(not has_unix_sockets(), reason="needs Unix sockets")


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder with a path that leaves room for a socket, where the temporary folder is too."""
    folder = Path(tempfile.mkdtemp(dir="/tmp", prefix="h"))
    (folder / "tmp").mkdir()
    yield folder
    shutil.rmtree(folder)


def _place(
    short: Path, state: str = "state", machine: str = "box", uid: int | None = None, **names: str
) -> HolderPlace:
    environment = {"TMPDIR": str(short / "tmp"), **names}
    return HolderPlace(
        short / state, machine, environment, own_uid() if uid is None else uid, short / "run"
    )


def _runtime(short: Path, path: str = "runtime", mode: int = 0o700) -> str:
    folder = short / path
    folder.mkdir(parents=True)
    folder.chmod(mode)
    return str(folder)


def connected(path: Path) -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.connect(str(path))
    return client


class TestTheLock:
    def test_it_is_in_the_state_folder_and_has_the_machine_s_name(self, short: Path) -> None:
        assert _place(short).lock == short / "state" / "holder-box.lock"

    def test_its_path_holds_in_whatever_folder_a_process_works(
        self, short: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(short)

        place = HolderPlace(Path("state"), "box", {})

        assert place.lock == short.resolve() / "state" / "holder-box.lock"

    @pytest.mark.parametrize("machine", ["../../etc", "a/b", "a b", "", "..", "мир", "x" * 300])
    def test_any_machine_s_name_is_made_one_of_a_file(self, short: Path, machine: str) -> None:
        lock = _place(short, machine=machine).lock

        assert lock.parent == short / "state"
        assert lock.name.isascii()
        assert len(lock.name) < 100

    def test_names_that_differ_in_strange_characters_stay_apart(self, short: Path) -> None:
        assert _place(short, machine="мир").lock != _place(short, machine="дом").lock


class TestTheSocketIsIn:
    def test_the_runtime_folder_that_is_named(self, short: Path) -> None:
        runtime = _runtime(short)

        place = _place(short, XDG_RUNTIME_DIR=runtime)

        assert place.socket.parent == Path(runtime)

    def test_the_user_s_own_one_when_none_is_named(self, short: Path) -> None:
        runtime = _runtime(short, f"run/{own_uid()}")

        assert _place(short).socket.parent == Path(runtime)

    def test_the_state_folder_when_there_is_no_other(self, short: Path) -> None:
        assert _place(short).socket.parent == short / "state"

    @pytest.mark.parametrize("mode", [0o750, 0o701, 0o770, 0o777])
    def test_no_runtime_folder_that_others_can_enter(self, short: Path, mode: int) -> None:
        runtime = _runtime(short, mode=mode)

        place = _place(short, XDG_RUNTIME_DIR=runtime)

        assert place.socket.parent == short / "state"

    def test_no_runtime_folder_of_somebody_else(self, short: Path) -> None:
        runtime = _runtime(short)

        place = _place(short, uid=SOMEBODY_ELSE, XDG_RUNTIME_DIR=runtime)

        assert place.socket.parent == short / "state"

    @pytest.mark.skipif(own_uid() == 0, reason="root can write anywhere")
    def test_no_runtime_folder_that_cannot_be_written(self, short: Path) -> None:
        runtime = _runtime(short, mode=0o500)

        place = _place(short, XDG_RUNTIME_DIR=runtime)

        assert place.socket.parent == short / "state"

    @pytest.mark.parametrize("named", ["", "runtime", "/dev/null", "/no/such"])
    def test_nothing_that_is_no_folder(
        self, short: Path, named: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _runtime(short)
        monkeypatch.chdir(short)

        place = _place(short, XDG_RUNTIME_DIR=named)

        assert place.socket.parent == short / "state"

    def test_the_state_folder_when_the_runtime_folder_s_path_is_too_long(self, short: Path) -> None:
        runtime = _runtime(short, "r" * 90)

        place = _place(short, XDG_RUNTIME_DIR=runtime)

        assert place.socket.parent == short / "state"

    def test_a_folder_of_its_own_when_all_others_are_too_long(self, short: Path) -> None:
        assert _place(short, "s" * 90).socket.parent == short / "tmp" / f"ollama-tui-{own_uid()}"

    def test_nowhere_when_even_that_is_too_long(self, short: Path) -> None:
        place = _place(short, "s" * 90, TMPDIR=str(short / ("t" * 90)))

        with pytest.raises(StateUnwritable, match="too long"):
            _ = place.socket

        with pytest.raises(StateUnwritable, match="too long"):
            place.listen()

    def test_a_folder_in_tmp_where_no_other_is_named(self, short: Path) -> None:
        place = _place(short, "s" * 90, TMPDIR="")

        assert place.socket.parent == Path(f"/tmp/ollama-tui-{own_uid()}")

    def test_a_path_of_just_the_length_that_fits(self, short: Path) -> None:
        name = _place(short).socket.name
        longest = short / ("s" * (LONGEST_PATH - len(f"{short}//{name}"))) / name

        assert fits(longest)
        assert not fits(longest.with_name(f"{name}k"))
        assert not fits(short / ("ü" * 50) / name)

    def test_the_temporary_name_counts(self, short: Path) -> None:
        path = short / ("s" * (LONGEST_PATH - len(f"{short}/")))

        assert not fits(path)


class TestTheSocketSName:
    def test_two_state_folders_never_share_a_socket(self, short: Path) -> None:
        runtime = _runtime(short)

        one = _place(short, "one", XDG_RUNTIME_DIR=runtime)
        two = _place(short, "two", XDG_RUNTIME_DIR=runtime)

        assert one.socket.parent == two.socket.parent
        assert one.socket != two.socket

    def test_two_machines_never_share_a_socket(self, short: Path) -> None:
        assert _place(short, machine="one").socket != _place(short, machine="two").socket

    def test_it_is_the_same_from_every_terminal(self, short: Path) -> None:
        (short / "link").symlink_to(short / "state")

        assert _place(short).socket == _place(short).socket
        assert _place(short, "link").socket.name == _place(short).socket.name


class TestTheStateFolder:
    def test_it_is_made_for_its_owner_alone(self, short: Path) -> None:
        place = _place(short, "deep/state")

        place.prepare()
        place.prepare()

        assert stat.S_IMODE((short / "deep" / "state").stat().st_mode) == 0o700

    def test_that_of_another_user_is_refused_in_words(self, short: Path) -> None:
        (short / "state").mkdir()

        with pytest.raises(Refused, match=r"belongs to another user.*without sudo -E"):
            _place(short, uid=SOMEBODY_ELSE).prepare()

    def test_none_is_made_in_the_home_of_whoever_ran_sudo(self, short: Path) -> None:
        place = _place(short, "deep/state", uid=SOMEBODY_ELSE, SUDO_UID=str(own_uid()))

        with pytest.raises(Refused, match="belongs to another user"):
            place.prepare()

        assert not (short / "deep").exists()

    def test_one_is_made_in_a_folder_that_users_share(self, short: Path) -> None:
        _place(short, uid=SOMEBODY_ELSE).prepare()

        assert (short / "state").is_dir()

    def test_a_file_in_its_place_is_told_in_words(self, short: Path) -> None:
        (short / "state").write_text("")

        with pytest.raises(StateUnwritable, match="could not be written"):
            _place(short).prepare()


class TestListening:
    def test_the_best_folder_is_taken(self, short: Path) -> None:
        place = _place(short, XDG_RUNTIME_DIR=_runtime(short))

        path, listener = place.listen()

        with listener, connected(path):
            assert path == place.socket

    def test_the_last_resort_is_made_first(self, short: Path) -> None:
        path, listener = _place(short, "s" * 90).listen()

        with listener, connected(path):
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700

    def test_a_folder_that_takes_no_socket_is_passed_over(
        self, short: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        place = _place(short, XDG_RUNTIME_DIR=_runtime(short))
        place.prepare()
        genuine = bind

        def _refusing(path: Path) -> socket.socket:
            if path.parent != place.folder:
                raise StateUnwritable(os.strerror(errno.EOPNOTSUPP))
            return genuine(path)

        monkeypatch.setattr(place_module, "bind", _refusing)

        path, listener = place.listen()

        with listener:
            assert path.parent == place.folder

    def test_a_last_resort_that_is_somebody_s_trap_is_refused(self, short: Path) -> None:
        (short / "trap").mkdir(mode=0o700)
        (short / "tmp" / f"ollama-tui-{own_uid()}").symlink_to(short / "trap")

        with pytest.raises(OllamaTuiError, match="not a folder of yours alone"):
            _place(short, "s" * 90).listen()

        assert not any((short / "trap").iterdir())


class TestTheSocketSPathInTheLockFile:
    def test_it_is_read_as_it_was_written(self, tmp_path: Path) -> None:
        lock = tmp_path / "a.lock"
        handle = os.open(lock, os.O_RDWR | os.O_CREAT)

        write_socket(handle, Path("/run/user/1000/a-much-longer-name.sock"))
        write_socket(handle, Path("/run/b.sock"))
        os.close(handle)

        assert read_socket(lock) == Path("/run/b.sock")
        assert len(lock.read_bytes().splitlines()) == 1

    def test_a_path_in_no_known_encoding_is_kept(self, tmp_path: Path) -> None:
        path = Path(os.fsdecode(b"/run/\xff.sock"))
        handle = os.open(tmp_path / "a.lock", os.O_RDWR | os.O_CREAT)

        write_socket(handle, path)
        os.close(handle)

        assert read_socket(tmp_path / "a.lock") == path

    def test_the_locked_file_stays_the_same(self, tmp_path: Path) -> None:
        lock = tmp_path / "a.lock"
        handle = os.open(lock, os.O_RDWR | os.O_CREAT)

        write_socket(handle, Path("/run/b.sock"))

        assert os.fstat(handle).st_ino == lock.stat().st_ino
        os.close(handle)

    def test_the_rest_of_a_longer_line_is_not_read(self, tmp_path: Path) -> None:
        (tmp_path / "a.lock").write_bytes(b'{"socket": "/run/b.sock"}\nger.sock"}\n')

        assert read_socket(tmp_path / "a.lock") == Path("/run/b.sock")

    @pytest.mark.parametrize(
        "found",
        [
            b"",
            b"\n",
            b"4711\n",
            b"[]",
            b"{}",
            b"\xff\xfe\x00",
            b"[" * 5000,
            b"[" * 4000,
            b'{"socket": 1}',
            b'{"socket": ""}',
            b'{"socket": "/"}',
            b'{"socket": "b.sock"}',
            b'{"socket": "/b\\u0000.sock"}',
            b'{"socket": "/b\\ud800.sock"}',
            json.dumps({"socket": "/" + "b" * 200}).encode(),
        ],
    )
    def test_nonsense_names_none(self, tmp_path: Path, found: bytes) -> None:
        (tmp_path / "a.lock").write_bytes(found)

        assert read_socket(tmp_path / "a.lock") is None

    def test_no_file_names_none(self, tmp_path: Path) -> None:
        assert read_socket(tmp_path / "a.lock") is None
        assert read_socket(tmp_path) is None

    def test_a_file_that_cannot_be_written_is_told_in_words(self, tmp_path: Path) -> None:
        (tmp_path / "a.lock").touch()
        handle = os.open(tmp_path / "a.lock", os.O_RDONLY)

        with pytest.raises(StateUnwritable, match="could not be written"):
            write_socket(handle, Path("/run/b.sock"))

        os.close(handle)
