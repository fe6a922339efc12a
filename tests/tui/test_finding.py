"""Looking for something in a long text."""

from __future__ import annotations

from ollama_tui.tui.finding import Found


def found(wanted: str, text: str) -> Found:
    """What is found once all is looked through."""
    looked = Found(wanted, text)
    for _ in looked.look():
        pass
    return looked


def test_small_letters_find_capitals_and_capitals_only_themselves() -> None:
    assert list(found("you", "You, you, YOU").starts) == [0, 5, 10]
    assert list(found("You", "You, you, YOU").starts) == [0]


def test_what_has_a_meaning_in_patterns_is_found_as_it_stands() -> None:
    assert list(found("{{ .*", "a {{ .* b").starts) == [2]


def test_nothing_overlaps() -> None:
    assert list(found("aa", "aaaaa").starts) == [0, 2]


def test_what_stands_where_two_pieces_meet_is_found_once() -> None:
    text = "x" * 131_070 + "needle" + "x" * 131_066 + "needle"

    assert list(found("needle", text).starts) == [131_070, 262_142]


def test_it_counts_and_goes_round_the_end() -> None:
    looked = found("a", "a b a b a")
    looked.go_from(3)

    words = [looked.words]
    for step in (1, 1, -1):
        looked.step(step)
        words.append(looked.words)

    assert words == ["2 of 3", "3 of 3", "1 of 3", "3 of 3"]


def test_from_behind_the_last_place_it_goes_to_the_first() -> None:
    looked = found("a", "a b a b")

    assert looked.go_from(5)
    assert looked.place == 0


def test_it_does_not_go_round_before_all_is_looked_through() -> None:
    looked = Found("a", "a" + "x" * 300_000)
    next(looked.look())

    assert not looked.go_from(5)
    assert looked.words == "1 so far"


def test_nothing_found_is_told() -> None:
    looked = found("z", "abc")
    looked.step(1)

    assert (looked.words, looked.place) == ("no match", None)


def test_the_places_in_sight_know_which_is_the_present_one() -> None:
    looked = found("ab", "ab ab ab")
    looked.go_from(1)

    assert list(looked.between(1, 7)) == [(0, 2, False), (3, 5, True), (6, 8, False)]
