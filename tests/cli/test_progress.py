from __future__ import annotations

import json

import pytest

from ollama_tui.cli.output import cells, iso, table
from ollama_tui.cli.progress import JsonLines, ProgressBar, ProgressLines, bar_line
from ollama_tui.core.layers import PullProgress
from ollama_tui.core.pulls import Pull

NAME = "qwen3:8b"


def part(completed: int, total: int = 42_500_000_000) -> PullProgress:
    return PullProgress("pulling abc", "sha256:abc", total, completed)


@pytest.fixture
def pull() -> Pull:
    """One that is 61 % here, with a speed and a time left."""
    so_far = Pull(NAME, 0.0)
    for second in range(8):
        so_far = so_far.advanced(part(25_500_000_000 + second * 84_000_000), float(second))
    return so_far


class TestBar:
    def test_a_wide_terminal_shows_all(self, pull: Pull) -> None:
        line = bar_line(pull, 120)

        assert line.startswith(f"{NAME}  ━")
        assert "61 %  26.1 of 42.5 GB  84 MB/s  3 min left" in line

    @pytest.mark.parametrize("width", [1, 2, 5, 9, 20, 33, 40, 60, 79, 120, 500])
    def test_it_fits_every_width(self, width: int, pull: Pull) -> None:
        assert cells(bar_line(pull, width)) <= width
        assert cells(bar_line(Pull("n" * 300, 0.0), width)) <= width

    def test_a_narrow_one_keeps_the_percentage(self, pull: Pull) -> None:
        assert "61 %" in bar_line(pull, 20)
        assert bar_line(pull, 4) == "61 %"

    def test_phases_are_words(self, pull: Pull) -> None:
        assert "asking the registry" in bar_line(Pull(NAME, 0.0), 80)
        assert "verifying" in bar_line(pull.advanced(PullProgress("verifying sha"), 8.0), 80)
        assert "stalled" in bar_line(pull.at(60.0), 80)

    def test_one_that_broke_off_says_why_and_that_it_is_asked_for_again(self, pull: Pull) -> None:
        broken = pull.broken_off("stalled at 61 %")
        again = broken.begun(9.0).broken_off("stalled at 61 %").begun(9.0).broken_off("the end")

        assert "61 %  stalled at 61 %, trying again  26.1 of" in bar_line(broken, 120)
        assert "stalled at 61 %, trying again" in bar_line(broken.begun(9.0), 120)
        assert "the end, trying again, 3rd time" in bar_line(again, 120)

    def test_when_bytes_come_again_it_shows_them_alone(self, pull: Pull) -> None:
        again = pull.broken_off("stalled at 61 %").begun(9.0).advanced(part(26_200_000_000), 9.0)

        assert "again" not in bar_line(again, 120)

    def test_an_unchanged_line_is_not_written_again(
        self, pull: Pull, capsys: pytest.CaptureFixture[str]
    ) -> None:
        bar = ProgressBar(lambda: 60, ascii_only=True)

        bar.show(pull)
        bar.show(pull)
        bar.end(pull)

        written = capsys.readouterr().err
        assert written.count("61 %") == 1
        assert written.isascii()
        assert written.endswith("\r\x1b[K")


class TestLines:
    def test_one_for_each_tenth_and_phase(self, capsys: pytest.CaptureFixture[str]) -> None:
        lines, pull = ProgressLines(lambda: 0.0), Pull(NAME, 0.0)

        for percent in range(101):
            pull = pull.advanced(part(percent, 100), percent / 100)
            lines.show(pull)
        lines.show(pull.advanced(PullProgress("verifying sha"), 2.0))

        written = capsys.readouterr().err.splitlines()
        assert len(written) == 11
        assert "10 %" in written[1]
        assert "verifying" in written[-1]

    def test_one_for_each_time_that_it_broke_off(
        self, pull: Pull, capsys: pytest.CaptureFixture[str]
    ) -> None:
        lines = ProgressLines(lambda: 0.0)
        broken = pull.broken_off("stalled at 61 %")

        for shown in (pull, broken, broken, broken.begun(9.0), broken.broken_off("it was cut")):
            lines.show(shown)

        _, first, second = capsys.readouterr().err.splitlines()
        assert first.startswith(f"{NAME}: 61 %, stalled at 61 %, trying again, 26.1 of")
        assert "it was cut, trying again, 2nd time" in second

    def test_one_every_ten_seconds(self, capsys: pytest.CaptureFixture[str]) -> None:
        moments = iter([0.0, 5.0, 11.0, 11.0])
        lines, pull = ProgressLines(lambda: next(moments)), Pull(NAME, 0.0)

        for _ in range(3):
            lines.show(pull)

        assert len(capsys.readouterr().err.splitlines()) == 2


class TestJsonLines:
    def test_only_changes_are_written(self, pull: Pull, capsys: pytest.CaptureFixture[str]) -> None:
        lines = JsonLines()

        lines.show(pull)
        lines.show(pull)
        lines.end(pull.finished(9.0))

        first, last = map(json.loads, capsys.readouterr().out.splitlines())
        assert (first["version"], first["state"], first["name"]) == (1, "pulling", NAME)
        assert first["bytes_per_second"] == 84_000_000
        assert (last["state"], last["share"]) == ("done", 1.0)


class TestTable:
    def test_wide_letters_keep_the_columns_straight(self) -> None:
        lines = table(("NAME", "SIZE"), [("模型", "1"), ("abc", "22")], right=(1,)).splitlines()

        assert [cells(line) for line in lines] == [10, 10, 10]

    @pytest.mark.parametrize("moment", [None, 1e18, 253402300801.0])
    def test_a_moment_beyond_the_calendar_is_unknown(self, moment: float | None) -> None:
        assert iso(moment) is None
