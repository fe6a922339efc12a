from __future__ import annotations

from dataclasses import replace

import pytest

from ollama_tui.core.gpus import Gpu, Gpus, Reading
from ollama_tui.core.gpus.watched import HISTORY

CARD = Gpu(0, "NVIDIA RTX A4000", "GPU-0", total=16, used=4, free=12, utilisation=0.5)


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("NVIDIA GeForce RTX 4090", "RTX 4090"),
        ("NVIDIA RTX A4000", "RTX A4000"),
        ("AMD Radeon RX 7900 XTX", "RX 7900 XTX"),
        ("AMD Radeon PRO W7900", "Radeon PRO W7900"),
        ("Tesla T4", "Tesla T4"),
    ],
)
def test_the_makers_name_is_left_out(name: str, short: str) -> None:
    assert Gpu(0, name).short_name == short


def test_a_slice_has_a_number_of_its_own() -> None:
    assert [Gpu(1).label, Gpu(1, slice=3).label] == ["1", "1.3"]


def test_the_sums_are_unknown_where_one_card_is() -> None:
    known, unknown = Reading((CARD, CARD)), Reading((CARD, Gpu(1)))

    assert (known.free, known.used, known.total) == (24, 8, 32)
    assert (unknown.free, Reading().free) == (None, None)


class TestHistory:
    def test_it_grows_at_its_end_and_is_short(self) -> None:
        gpus = Gpus()
        for at in range(HISTORY + 3):
            gpus = gpus.followed_by(Reading((replace(CARD, utilisation=at / 100),)))

        assert len(gpus.history[0]) == HISTORY
        assert gpus.history[0][-1] == (HISTORY + 2) / 100

    def test_it_stays_with_its_card(self) -> None:
        other = replace(CARD, index=1, uuid="GPU-1", utilisation=0.9)
        gpus = Gpus().followed_by(Reading((CARD, other))).followed_by(Reading((other,)))

        assert gpus.history == ((0.9, 0.9),)

    def test_values_that_stand_still_give_the_very_same(self) -> None:
        gpus = Gpus()
        for _ in range(HISTORY):
            gpus = gpus.followed_by(Reading((CARD,)))

        assert gpus.followed_by(Reading((CARD,))) is gpus


def test_an_old_reading_says_since_when_until_there_is_a_new_one() -> None:
    old = Gpus().followed_by(Reading((CARD,))).grown_old(100.0)

    assert old.grown_old(130.0) is old
    assert old.as_of == 100.0
    assert old.followed_by(Reading((CARD,))).as_of is None
