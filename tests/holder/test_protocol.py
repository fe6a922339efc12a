"""What goes over the holder's socket is read as it was meant."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ollama_tui.core import errors
from ollama_tui.core.errors import Interrupted, NoSpace, OllamaTuiError
from ollama_tui.core.history import EndedPull, Outcome
from ollama_tui.core.layers import Layer, Manifest
from ollama_tui.core.pulls import Pull, PullState
from ollama_tui.holder.protocol import (
    Snapshot,
    Target,
    error_from_json,
    error_to_json,
    from_line,
    pull_from_json,
    pull_to_json,
    to_line,
)

_KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, OllamaTuiError)
]
_TEXTS = st.text('a é\n\x00\x1b\u2028\ud800𝄞"\\')
_MOMENTS = st.floats(0, 1e9)
_PULLS = st.builds(
    Pull,
    name=_TEXTS,
    started=_MOMENTS,
    state=st.sampled_from(PullState),
    status=_TEXTS,
    completed=st.integers(0, 2**60),
    total=st.integers(0, 2**60),
    share=st.none() | st.floats(0, 1),
    fetched=st.integers(0, 2**60),
    attempt=st.integers(1, 1000),
    note=_TEXTS,
    failure=_TEXTS,
    failure_kind=st.sampled_from(_KINDS),
    ended=st.none() | _MOMENTS,
    digests=st.lists(_TEXTS, max_size=3).map(tuple),
    grew=_MOMENTS,
    is_found=st.booleans(),
    is_sizing=st.booleans(),
    samples=st.just(()) | st.tuples(*[st.tuples(_MOMENTS, st.integers(0, 2**60))] * 2),
)
_ENDED = st.builds(
    EndedPull,
    name=st.text("abc:/", min_size=1),
    outcome=st.sampled_from(Outcome),
    ended_at=_MOMENTS,
    total=st.integers(0, 2**60),
    fetched=st.integers(0, 2**60),
    seconds=_MOMENTS,
    failure=st.text("ab "),
)
_TARGETS = st.builds(
    Target,
    url=_TEXTS,
    server=_TEXTS,
    key=_TEXTS,
    insecure_registries=st.lists(_TEXTS).map(tuple),
    parallel_downloads=st.integers(1, 100),
    stall_seconds=st.floats(0.1, 1e6),
    preflight=st.booleans(),
    on_end=st.lists(_TEXTS).map(tuple),
)
patient = settings(deadline=None)
"""A busy machine may take its time."""
TARGET = Target("http://box:11434", "box:11434", "s3cr3t").to_json()


def _over_the_socket(content: dict[str, object]) -> dict[str, object]:
    return from_line(to_line(content))


class TestADownload:
    @patient
    @given(_PULLS)
    def test_it_is_read_as_it_was_told(self, pull: Pull) -> None:
        assert pull_from_json(_over_the_socket(pull_to_json(pull))) == pull

    def test_of_its_samples_the_first_and_the_last_travel_so_that_the_rate_stays(self) -> None:
        pull = Pull("a", 0.0, PullState.PULLING, samples=((1.0, 0), (2.0, 5), (5.0, 400)))

        told = pull_from_json(pull_to_json(pull))

        assert told.samples == ((1.0, 0), (5.0, 400))
        assert told.rate == pull.rate == 100.0

    def test_what_only_its_runner_needs_stays_there(self) -> None:
        layer = Layer("sha256:a", 100, 50, 50)
        pull = Pull("a", 0.0, layers=(layer,), manifest=Manifest(((layer.digest, 100),)))

        told = pull_from_json(_over_the_socket(pull_to_json(pull)))

        assert told == replace(pull, layers=(), manifest=None)

    def test_a_field_of_a_newer_version_is_left_out_and_a_missing_one_is_as_it_begins(
        self,
    ) -> None:
        told = pull_from_json({"name": "a", "started": 1.0, "state": "paused", "colour": "red"})

        assert told == Pull("a", 1.0, PullState.PAUSED)

    def test_a_failure_of_an_unknown_kind_is_a_failure(self) -> None:
        told = pull_to_json(Pull("a", 0.0)) | {"failure_kind": "OutOfTea"}

        assert pull_from_json(told).failure_kind is OllamaTuiError

    @pytest.mark.parametrize("found", [None, [], "a", 1, {}, {"state": "paused"}])
    def test_what_is_none_is_refused(self, found: object) -> None:
        with pytest.raises((ValueError, TypeError, KeyError)):
            pull_from_json(found)


class TestASnapshot:
    @patient
    @given(
        st.integers(0, 2**60),
        st.lists(_PULLS, max_size=3).map(tuple),
        st.none() | st.lists(_ENDED, max_size=3).map(tuple),
    )
    def test_it_is_read_as_it_was_told(
        self, number: int, pulls: tuple[Pull, ...], history: tuple[EndedPull, ...] | None
    ) -> None:
        snapshot = Snapshot(number, pulls, history)

        assert Snapshot.from_json(_over_the_socket(snapshot.to_json())) == snapshot

    @pytest.mark.parametrize("found", [{}, {"number": 1}, {"number": "x", "pulls": []}])
    def test_what_is_none_is_refused(self, found: dict[str, object]) -> None:
        with pytest.raises((ValueError, TypeError, KeyError)):
            Snapshot.from_json(found)


class TestAFailure:
    @pytest.mark.parametrize("kind", _KINDS)
    def test_it_is_raised_as_it_was(self, kind: type[OllamaTuiError]) -> None:
        told = error_from_json(
            _over_the_socket(error_to_json(kind("the disk is full", "Free it.")))
        )

        assert type(told) is kind
        assert (told.what, told.remedy) == ("the disk is full", "Free it.")

    @pytest.mark.parametrize("found", [None, [], {}, {"kind": "Exception"}, {"kind": 1}])
    def test_one_of_an_unknown_kind_is_one_that_can_be_told(self, found: object) -> None:
        assert type(error_from_json(found)) is OllamaTuiError

    def test_its_kind_is_never_more_than_a_name(self) -> None:
        assert error_to_json(NoSpace("full"))["kind"] == "NoSpace"
        assert type(error_from_json({"kind": "Interrupted", "what": "cut"})) is Interrupted


class TestAServer:
    @patient
    @given(_TARGETS)
    def test_it_is_read_as_it_was_told(self, target: Target) -> None:
        assert Target.from_json(_over_the_socket(target.to_json())) == target

    def test_neither_its_address_nor_its_key_is_shown(self) -> None:
        shown = repr(Target("http://user:pa55@box", "box", "s3cr3t"))

        assert "pa55" not in shown
        assert "s3cr3t" not in shown

    def test_a_wish_of_a_newer_version_is_left_out(self) -> None:
        assert Target.from_json(TARGET | {"colour": "red"}) == Target.from_json(TARGET)

    @pytest.mark.parametrize(
        "change",
        [
            {"url": None},
            {"server": 1},
            {"key": []},
            {"parallel_downloads": 0},
            {"parallel_downloads": "2"},
            {"parallel_downloads": 1.5},
            {"stall_seconds": -1},
            {"stall_seconds": None},
            {"stall_seconds": float("nan")},
            {"insecure_registries": "lan"},
            {"on_end": {"a": 1}},
        ],
    )
    def test_what_is_none_is_refused(self, change: dict[str, object]) -> None:
        with pytest.raises((ValueError, TypeError)):
            Target.from_json(TARGET | change)

    @pytest.mark.parametrize("missing", ["url", "server"])
    def test_one_without_an_address_or_a_name_is_refused(self, missing: str) -> None:
        with pytest.raises(TypeError):
            Target.from_json({key: TARGET[key] for key in TARGET if key != missing})


class TestALine:
    @patient
    @given(st.dictionaries(_TEXTS, st.none() | st.booleans() | st.integers() | _TEXTS))
    def test_whatever_is_in_it_it_is_one(self, content: dict[str, Any]) -> None:
        line = to_line(content)

        assert line.count(b"\n") == 1
        assert line.endswith(b"\n")
        assert from_line(line) == content

    @pytest.mark.parametrize("line", [b"", b"\n", b"[]", b"1", b"null", b"{", b"\xff"])
    def test_what_is_none_is_refused(self, line: bytes) -> None:
        with pytest.raises(ValueError, match=r"."):
            from_line(line)

    @pytest.mark.parametrize("opening", [b"[", b'{"a":'])
    def test_one_that_is_too_deep_is_refused(self, opening: bytes) -> None:
        with pytest.raises(ValueError, match="nested"):
            from_line(opening * 100_000)

    @patient
    @given(st.binary())
    def test_nothing_but_that_is_raised(self, line: bytes) -> None:
        with suppress(ValueError):
            assert isinstance(from_line(line), dict)
