from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ollama_tui.tui.layout import BOXED_FROM, GpuLines, Needs, heights

WIDTHS, HEIGHTS = st.integers(1, 300), st.integers(1, 120)
ROWS, DOWNLOADS = st.integers(1, 40), st.integers(0, 40)


@given(WIDTHS, st.integers(8, 120), ROWS, DOWNLOADS, st.booleans(), st.booleans(), st.booleans())
def test_the_panels_never_take_more_than_the_screen(
    width: int,
    height: int,
    rows: int,
    downloads: int,
    has_running: bool,
    folds_running: bool,
    folds_downloads: bool,
) -> None:
    given_out = heights(
        width, height, Needs(rows, downloads, has_running=has_running,
        folds_running=folds_running, folds_downloads=folds_downloads),
    )  # fmt: skip

    frame = 2 if width >= BOXED_FROM else 1
    assert given_out.running + given_out.downloads + frame + 2 <= height
    assert given_out.running >= 0
    assert given_out.downloads >= 0


@given(WIDTHS, st.integers(20, 120), ROWS, DOWNLOADS, st.booleans())
def test_the_models_keep_ten_lines_where_there_are_twenty(
    width: int, height: int, rows: int, downloads: int, has_running: bool
) -> None:
    given_out = heights(width, height, Needs(rows, downloads, has_running=has_running))

    frame = 2 if width >= BOXED_FROM else 1
    assert height - 2 - frame - given_out.running - given_out.downloads >= 10


@given(WIDTHS, st.integers(1, 7), ROWS, DOWNLOADS)
def test_on_the_smallest_screens_only_the_models_are_left(
    width: int, height: int, rows: int, downloads: int
) -> None:
    given_out = heights(width, height, Needs(rows, downloads, has_running=True))

    assert (given_out.running, given_out.downloads) == (0, 0)


@given(WIDTHS, HEIGHTS, ROWS)
def test_without_downloads_there_is_no_panel_for_them(width: int, height: int, rows: int) -> None:
    assert heights(width, height, Needs(rows, 0, has_running=True)).downloads == 0


def test_with_room_each_row_has_its_line() -> None:
    given_out = heights(120, 40, Needs(4, 2, has_running=True))

    assert given_out.running == 2 + 1 + 4
    assert given_out.downloads == 2 + 2
    assert given_out.has_headings


def test_headings_go_first_then_downloads_then_rows() -> None:
    shares = [heights(120, height, Needs(4, 4, has_running=True)) for height in range(40, 19, -1)]

    lost_headings = next(i for i, s in enumerate(shares) if not s.has_headings)
    lost_downloads = next(i for i, s in enumerate(shares) if s.downloads < 6)
    lost_rows = next(i for i, s in enumerate(shares) if s.running < 6)
    assert lost_headings < lost_downloads < lost_rows


def test_below_120_columns_there_are_rules_and_no_headings() -> None:
    given_out = heights(119, 40, Needs(4, 2, has_running=True))

    assert given_out.running == 1 + 4
    assert given_out.downloads == 1 + 2
    assert not given_out.has_headings


def test_folded_panels_keep_their_title_alone() -> None:
    given_out = heights(
        120, 40, Needs(4, 3, has_running=True, folds_running=True, folds_downloads=True)
    )

    assert (given_out.running, given_out.downloads) == (2, 2)


class TestGpus:
    @given(WIDTHS, st.integers(8, 120), ROWS, DOWNLOADS, st.integers(0, 60), st.integers(1, 16))
    def test_they_take_no_more_than_there_is(
        self, width: int, height: int, rows: int, downloads: int, lines: int, least: int
    ) -> None:
        given_out = heights(
            width, height, Needs(rows, downloads, has_running=True, gpus=GpuLines(lines, least))
        )

        if width >= BOXED_FROM:
            assert given_out.gpus == 0 or given_out.gpus + given_out.downloads + 2 + 12 <= height
        else:
            taken = given_out.running + given_out.downloads + given_out.gpus
            assert taken + 1 + 2 <= height

    @given(WIDTHS, st.integers(20, 120), ROWS, DOWNLOADS, st.integers(0, 60))
    def test_the_models_keep_ten_lines_all_the_same(
        self, width: int, height: int, rows: int, downloads: int, lines: int
    ) -> None:
        given_out = heights(
            width, height, Needs(rows, downloads, has_running=True, gpus=GpuLines(lines, 2))
        )

        is_boxed = width >= BOXED_FROM
        below = given_out.running + given_out.downloads + (0 if is_boxed else given_out.gpus)
        assert height - 2 - (2 if is_boxed else 1) - below >= 10

    def test_in_boxes_they_cost_the_other_panels_nothing(self) -> None:
        with_them = heights(120, 40, Needs(4, 2, has_running=True, gpus=GpuLines(13, 2)))
        without = heights(120, 40, Needs(4, 2, has_running=True))

        assert with_them.gpus == 2 + 13
        assert replace(with_them, gpus=0) == without

    def test_elsewhere_they_are_the_first_to_give_way(self) -> None:
        shares = [
            heights(80, height, Needs(4, 4, has_running=True, gpus=GpuLines(10, 2)))
            for height in range(40, 19, -1)
        ]

        lost_gpus = next(i for i, share in enumerate(shares) if share.gpus == 1)
        lost_downloads = next(i for i, share in enumerate(shares) if share.downloads < 5)
        assert lost_gpus < lost_downloads

    def test_with_fewer_lines_than_gpus_there_is_a_title_alone(self) -> None:
        tight = heights(80, 24, Needs(4, 0, has_running=True, gpus=GpuLines(30, 8)))

        assert tight.gpus == 1
        assert tight.running == 5
