"""Unix sockets of one user alone."""

from __future__ import annotations

import os
import socket
import stat
import struct
from pathlib import Path

import pytest

from ollama_tui.core.errors import Refused, StateUnwritable
from ollama_tui.holder.place import own_uid
from ollama_tui.holder.sockets import bind, has_unix_sockets, make_private, peer_uid
from tests.holder.test_place import SOMEBODY_ELSE, connected, short

__all__ = ["short"]

pytestmark = pytest.mark.skipif(not has_unix_sockets(), reason="needs Unix sockets")


class TestAFolderOfItsOwn:
    def test_it_is_made_for_its_owner_alone(self, short: Path) -> None:
        make_private(short / "own", own_uid())
        make_private(short / "own", own_uid())

        assert stat.S_IMODE((short / "own").stat().st_mode) == 0o700

    @pytest.mark.parametrize("mode", [0o701, 0o755, 0o777, 0o500])
    def test_one_that_is_open_is_refused(self, short: Path, mode: int) -> None:
        (short / "own").mkdir()
        (short / "own").chmod(mode)

        with pytest.raises(Refused, match="not a folder of yours alone"):
            make_private(short / "own", own_uid())

    def test_one_of_somebody_else_is_refused(self, short: Path) -> None:
        (short / "own").mkdir(mode=0o700)

        with pytest.raises(Refused):
            make_private(short / "own", SOMEBODY_ELSE)

    def test_a_symbolic_link_is_refused(self, short: Path) -> None:
        (short / "other").mkdir(mode=0o700)
        (short / "own").symlink_to(short / "other")

        with pytest.raises(Refused):
            make_private(short / "own", own_uid())

    def test_a_file_is_refused(self, short: Path) -> None:
        (short / "own").touch(mode=0o700)

        with pytest.raises(Refused):
            make_private(short / "own", own_uid())

    def test_one_that_cannot_be_made_is_told_in_words(self, short: Path) -> None:
        with pytest.raises(StateUnwritable, match="could not be written"):
            make_private(short / "no" / "own", own_uid())


class TestBinding:
    def test_whoever_finds_the_path_finds_a_listener(self, short: Path) -> None:
        with bind(short / "a.sock") as listener, connected(short / "a.sock") as client:
            accepted, _ = listener.accept()
            with accepted:
                accepted.sendall(b"here")

            assert client.recv(4) == b"here"

    def test_only_its_owner_can_connect_whatever_the_umask(self, short: Path) -> None:
        before = os.umask(0)
        try:
            with bind(short / "a.sock"):
                assert stat.S_IMODE((short / "a.sock").stat().st_mode) == 0o600
        finally:
            os.umask(before)

    def test_the_umask_is_left_alone(self, short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delattr(os, "umask")

        bind(short / "a.sock").close()

        assert (short / "a.sock").is_socket()

    def test_no_temporary_name_is_left(self, short: Path) -> None:
        with bind(short / "a.sock"):
            assert {path.name for path in short.iterdir()} == {"a.sock", "tmp"}

    def test_what_a_dead_holder_left_is_replaced(self, short: Path) -> None:
        bind(short / "a.sock").close()
        bind(short / "a.sock").close()
        (short / "a.sock").rename(short / "a.new")
        bind(short / "a.sock").close()

        with bind(short / "a.sock"), connected(short / "a.sock") as client:
            assert client.getpeername()

    def test_a_path_that_is_too_long_is_told_in_words(self, short: Path) -> None:
        with pytest.raises(StateUnwritable, match="could not be written"):
            bind(short / ("s" * 120))

    def test_a_folder_in_its_place_is_told_in_words(self, short: Path) -> None:
        (short / "a.sock").mkdir()

        with pytest.raises(StateUnwritable, match="could not be written"):
            bind(short / "a.sock")

        assert not (short / "a.new").exists()

    def test_a_child_does_not_inherit_it_unasked(self, short: Path) -> None:
        with bind(short / "a.sock") as listener:
            assert not listener.get_inheritable()


class _Answering(socket.socket):
    """A socket that answers what a kernel of another machine would."""

    answer = b""

    def getsockopt(self, *_: int) -> bytes:  # type: ignore[override]
        return self.answer


class TestThePeer:
    def test_it_is_the_user_at_the_other_end(self, short: Path) -> None:
        with bind(short / "a.sock") as listener, connected(short / "a.sock") as client:
            accepted, _ = listener.accept()
            with accepted:
                assert peer_uid(accepted) == own_uid()
            assert peer_uid(client) == own_uid()

    def test_of_another_container_the_user_is_known_and_the_process_is_not(self) -> None:
        with _Answering(socket.AF_UNIX) as connection:
            connection.answer = struct.pack("iII", 0, 4242, 4242)

            assert peer_uid(connection, "linux") == 4242

    def test_a_mac_s_answer_is_read(self) -> None:
        with _Answering(socket.AF_UNIX) as connection:
            connection.answer = struct.pack("IIh", 0, 501, 1).ljust(76, b"\0")

            assert peer_uid(connection, "darwin") == 501

    @pytest.mark.parametrize("answer", [b"", b"\0", struct.pack("II", 7, 501)])
    def test_an_answer_that_cannot_be_read_is_unknown(self, answer: bytes) -> None:
        with _Answering(socket.AF_UNIX) as connection:
            connection.answer = answer

            assert peer_uid(connection, "darwin") is None

    def test_it_is_unknown_where_nobody_says(self) -> None:
        with socket.socket(socket.AF_UNIX) as connection:
            assert peer_uid(connection, "aix") is None

    def test_it_is_unknown_when_nobody_is_there(self) -> None:
        with socket.socket(socket.AF_UNIX) as connection:
            assert peer_uid(connection) is None
