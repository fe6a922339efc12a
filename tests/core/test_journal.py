"""The file of the downloads that have not arrived, and of those that have ended."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ollama_tui.core.errors import NoSpace, OllamaTuiError, StateUnwritable
from ollama_tui.core.history import EndedPull, Outcome
from ollama_tui.core.journal import HISTORY_LENGTH, Journal, Record, UnfinishedPull
from ollama_tui.core.layers import PullProgress
from ollama_tui.core.pulls import Pull, PullState

SERVER, OTHER = "box:11434", "gpu.lan:11434"
UNFINISHED, PAUSED, FAILED = PullState.UNFINISHED, PullState.PAUSED, PullState.FAILED
ONE = UnfinishedPull("hf.co/u/R:Q4", True, PAUSED, 400, 1000)
BROKEN = UnfinishedPull("absent", False, FAILED, failure="No such model.")
PAST = EndedPull("tiny:latest", Outcome.FINISHED, 1_800_000_000.0, 1000, 1000, 2.0)
RECORD = Record((ONE, BROKEN), (PAST,))

_VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text("a\0\x1b\ud800é")
_FIELDS = sorted({*UnfinishedPull.__dataclass_fields__, *EndedPull.__dataclass_fields__})
_NESTED = st.recursive(
    _VALUES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(_FIELDS), inner, max_size=len(_FIELDS))
    ),
    max_leaves=12,
)
patient = settings(deadline=None)
"""A busy machine may take its time."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "downloads-box.json"


@pytest.fixture
def warnings() -> list[str]:
    return []


@pytest.fixture
def journal(path: Path, warnings: list[str]) -> Journal:
    return Journal(path, warnings.append)


def running() -> Pull:
    """A download of which 600 of 1,000 bytes are here."""
    pull = Pull("m:latest", 100.0)
    return pull.advanced(PullProgress("pulling a", "sha256:a", 1000, 600), 102.0)


class TestWhatIsKeptOfADownload:
    @pytest.mark.parametrize(
        "pull",
        [running(), running().waiting(), running().broken_off("cut"), running().begun(5.0)],
        ids=["runs", "waits", "is tried again", "begins"],
    )
    def test_what_runs_or_waits_is_unfinished(self, pull: Pull) -> None:
        kept = UnfinishedPull.of("M", False, pull)

        assert kept == UnfinishedPull("M", False, UNFINISHED, 600, 1000, digests=("sha256:a",))

    def test_what_is_paused_stays_so(self) -> None:
        assert UnfinishedPull.of("M", True, running().paused()) == UnfinishedPull(
            "M", True, PAUSED, 600, 1000, digests=("sha256:a",)
        )

    def test_what_failed_says_why(self) -> None:
        kept = UnfinishedPull.of("M", False, running().failed("The disk is full.", 103.0))

        assert (kept.state, kept.failure) == (FAILED, "The disk is full.")

    def test_it_is_shown_with_what_was_here(self) -> None:
        pull = ONE.pull("hf.co/u/R:Q4", 50.0)

        assert (pull.state, pull.completed, pull.total, pull.share) == (PAUSED, 400, 1000, 0.4)
        assert pull.ended is None

    def test_one_of_unknown_size_has_no_share(self) -> None:
        assert UnfinishedPull("a").pull("a:latest", 0.0).share is None

    def test_one_that_has_it_all_is_not_shown_as_whole(self) -> None:
        share = UnfinishedPull("a", completed=1000, total=1000).pull("a:latest", 0.0).share

        assert share is not None
        assert share < 1

    @pytest.mark.parametrize("kind", [NoSpace, OllamaTuiError])
    def test_it_is_known_whether_the_disk_was_full(self, kind: type[OllamaTuiError]) -> None:
        kept = UnfinishedPull.of("a", False, running().failed("It failed.", 103.0, kind))

        read = UnfinishedPull.from_json(kept.to_json())

        assert read is not None
        assert read.pull("a:latest", 0.0).failure_kind is kind

    def test_its_layers_are_known_again_before_and_after_it_is_resumed(self) -> None:
        kept = UnfinishedPull.of("a", False, running())

        read = UnfinishedPull.from_json(kept.to_json() | {"digests": list(kept.digests)})

        assert read is not None
        pull = read.pull("a:latest", 0.0)
        assert pull.digests == pull.waiting().digests == pull.begun(1.0).digests == ("sha256:a",)

    @pytest.mark.parametrize("digests", [None, 7, "x", {"a": 1}])
    def test_layers_that_cannot_be_read_are_none(self, digests: object) -> None:
        read = UnfinishedPull.from_json({"name": "a", "digests": digests})

        assert read is not None
        assert read.digests == ()

    def test_one_that_failed_has_ended(self) -> None:
        pull = BROKEN.pull("absent:latest", 50.0)

        assert (pull.state, pull.ended, pull.failure) == (FAILED, 50.0, "No such model.")


class TestWriting:
    def test_what_is_written_is_read_again(self, journal: Journal, path: Path) -> None:
        journal.write(SERVER, RECORD)

        assert journal.read(SERVER) == RECORD
        assert Journal(path).read(SERVER) == RECORD

    def test_servers_are_kept_apart(self, journal: Journal) -> None:
        journal.write(SERVER, RECORD)
        journal.write(OTHER, Record((BROKEN,)))

        assert journal.read(SERVER) == RECORD
        assert journal.read(OTHER) == Record((BROKEN,))

    def test_what_another_run_left_of_other_servers_stays(
        self, journal: Journal, path: Path
    ) -> None:
        journal.write(SERVER, RECORD)

        Journal(path).write(OTHER, Record())

        assert journal.read(SERVER) == RECORD

    def test_it_is_its_owner_s_alone(self, journal: Journal, path: Path) -> None:
        journal.write(SERVER, RECORD)

        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700

    def test_a_program_that_was_killed_while_it_wrote_leaves_nothing_for_long(
        self, journal: Journal, path: Path
    ) -> None:
        path.parent.mkdir()
        fragment = path.with_name(f".{path.name}.abcd_123")
        fragment.write_text("{")
        os.utime(fragment, (1.0, 1.0))
        path.with_name(".preferences.json.abcd_123").write_text("{")

        journal.write(SERVER, RECORD)

        assert sorted(os.listdir(path.parent)) == [".preferences.json.abcd_123", path.name]

    def test_one_that_cannot_be_written_stays_as_it_was(
        self, journal: Journal, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        journal.write(SERVER, RECORD)
        before = path.read_bytes()
        monkeypatch.setattr(os, "fsync", _full)

        with pytest.raises(StateUnwritable, match="no space left on device"):
            journal.write(SERVER, Record())

        assert path.read_bytes() == before
        assert os.listdir(path.parent) == [path.name]

    def test_what_could_not_be_written_is_not_written_with_the_next(
        self, journal: Journal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as full:
            full.setattr(os, "fsync", _full)
            with pytest.raises(StateUnwritable):
                journal.write(SERVER, RECORD)

        journal.write(OTHER, Record((BROKEN,)))

        assert journal.read(SERVER) == Record()

    def test_a_name_in_no_known_encoding_is_no_hindrance(self, journal: Journal) -> None:
        journal.write("b\udcffx:11434", RECORD)

        assert journal.read("b\udcffx:11434") == RECORD


class TestReading:
    def test_without_a_file_there_is_nothing(self, journal: Journal, path: Path) -> None:
        assert journal.read(SERVER) == Record()
        assert not path.parent.exists()

    def test_of_the_history_fifty_are_read(self) -> None:
        found = {"history": [PAST.to_json()] * 60}

        assert len(Record.from_json(found).history) == HISTORY_LENGTH == 50

    @pytest.mark.parametrize("found", [None, [], 1, {"unfinished": 1, "history": {}}])
    def test_what_is_no_record_is_an_empty_one(self, found: object) -> None:
        assert Record.from_json(found) == Record()

    @pytest.mark.parametrize("found", [None, [], "a", {}, {"name": ""}, {"name": "\x1b"}])
    def test_what_has_no_name_is_left_out(self, found: object) -> None:
        assert Record.from_json({"unfinished": [found, ONE.to_json()]}) == Record((ONE,))

    @pytest.mark.parametrize(
        "change",
        [
            {"state": "pulling"},
            {"state": ["paused"]},
            {"insecure": 1},
            {"completed": -1},
            {"completed": True},
            {"total": 1e30},
            {"total": 2**70},
            {"failure": None},
        ],
    )
    def test_a_value_that_cannot_be_is_as_if_it_were_missing(
        self, change: dict[str, object]
    ) -> None:
        found = {"name": "m", "total": 1000} | change

        assert UnfinishedPull.from_json(found) == UnfinishedPull(
            "m", total=1000 if "total" not in change else 0
        )

    def test_there_is_never_more_here_than_in_all(self) -> None:
        kept = UnfinishedPull.from_json({"name": "m", "completed": 2000, "total": 1000})

        assert kept == UnfinishedPull("m", completed=1000, total=1000)

    def test_what_a_newer_version_added_is_left_out(self) -> None:
        assert UnfinishedPull.from_json({"name": "m", "colour": "red"}) == UnfinishedPull("m")

    def test_its_texts_are_cleaned(self) -> None:
        found = {"name": "m\x1b[2J", "failure": "a\u202eb"}

        assert UnfinishedPull.from_json(found) == UnfinishedPull("m[2J", failure="ab")

    @patient
    @given(_NESTED)
    def test_whatever_is_found_nothing_is_raised(self, found: object) -> None:
        for content in (found, {"unfinished": [found], "history": [found]}):
            record = Record.from_json(content)
            assert Record.from_json(json.loads(json.dumps(record.to_json()))) == record


DAMAGES = {
    "nothing": b"",
    "half": b"{",
    "a list": b"[]",
    "no text": b"\xff\xfe",
    "no servers": b'{"servers": []}',
    "no version": b'{"version": "1", "servers": {}}',
    "deep": b"[" * 100_000,
}


class TestADamagedFile:
    @pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
    def test_it_reads_as_an_empty_one_and_stays(
        self, journal: Journal, path: Path, warnings: list[str], damage: bytes
    ) -> None:
        path.parent.mkdir()
        path.write_bytes(damage)

        assert journal.read(SERVER) == Record()
        assert path.read_bytes() == damage
        assert warnings == []

    @pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
    def test_before_it_is_written_it_is_set_aside_and_told(
        self, journal: Journal, path: Path, warnings: list[str], damage: bytes
    ) -> None:
        path.parent.mkdir()
        path.write_bytes(damage)

        journal.write(SERVER, RECORD)
        journal.write(SERVER, RECORD)

        (aside,) = path.parent.glob("*.damaged-*")
        assert aside.read_bytes() == damage
        assert warnings == [
            f"{path} is damaged and was set aside as {aside.name}; "
            "what was unfinished has to be asked again"
        ]
        assert journal.read(SERVER) == RECORD


class TestAFileThatIsNotOurs:
    @pytest.mark.parametrize("version", [2, 99, 2**70])
    def test_one_of_a_newer_version_is_neither_read_nor_written(
        self, journal: Journal, path: Path, version: int
    ) -> None:
        journal.write(SERVER, RECORD)
        content = json.loads(path.read_text()) | {"version": version}
        path.write_text(json.dumps(content))
        before = path.read_bytes()
        later = Journal(path)

        with pytest.raises(StateUnwritable, match="was written by a newer ollama-tui"):
            later.write(SERVER, Record())

        assert later.read(SERVER) == Record()
        assert path.read_bytes() == before

    def test_one_without_a_version_is_one_of_the_first(self, journal: Journal, path: Path) -> None:
        path.parent.mkdir()
        path.write_text(json.dumps({"servers": {SERVER: RECORD.to_json()}}))

        assert journal.read(SERVER) == RECORD

    def test_one_that_cannot_be_read_is_told_and_left_alone(
        self, journal: Journal, path: Path
    ) -> None:
        path.mkdir(parents=True)

        with pytest.raises(StateUnwritable, match=r"cannot be read: .*Make it readable for you"):
            journal.write(SERVER, RECORD)

        assert journal.read(SERVER) == Record()
        assert path.is_dir()


def _full(handle: int) -> None:
    raise OSError(28, os.strerror(28))
