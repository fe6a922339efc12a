from __future__ import annotations

from ollama_tui.core.acts import Panel
from ollama_tui.core.library import Column, Library
from ollama_tui.core.memory.verdict import Verdict
from ollama_tui.core.models import Model
from ollama_tui.core.preferences import Preferences
from ollama_tui.tui.view import View

LIBRARY = Library((Model("beta:1b", 3), Model("alpha:1b", 5), Model("gamma:2b", 1)))


def shown(view: View) -> list[str]:
    """The names in sight."""
    return [model.name for model in view.shown(LIBRARY)]


def test_models_are_shown_by_name_at_first() -> None:
    assert shown(View()) == ["alpha:1b", "beta:1b", "gamma:2b"]


def test_reversing_turns_the_order_round_and_back() -> None:
    assert shown(View().reversed()) == ["gamma:2b", "beta:1b", "alpha:1b"]
    assert View().reversed().reversed() == View()


def test_sorting_goes_through_the_columns_that_are_shown() -> None:
    columns = (Column.NAME, Column.SIZE, Column.AGE)
    view = View().sorted_next(columns)

    assert view.sort is Column.SIZE
    assert shown(view) == ["gamma:2b", "beta:1b", "alpha:1b"]
    assert view.sorted_next(columns).sort is Column.AGE
    assert view.sorted_next(columns).sorted_next(columns).sort is Column.NAME


def test_the_next_column_begins_in_its_own_order() -> None:
    assert not View().reversed().sorted_next((Column.NAME, Column.SIZE)).reverse


def test_a_column_that_is_not_shown_any_more_goes_to_the_first() -> None:
    view = View(Column.CAPABILITIES).sorted_next((Column.NAME, Column.SIZE))

    assert view.sort is Column.NAME


def test_a_filter_is_typed_erased_kept_and_dropped() -> None:
    typed = View().typing().typed("1").typed("b")

    assert typed.is_typing
    assert shown(typed) == ["alpha:1b", "beta:1b"]
    assert typed.erased().filter == "1"
    assert typed.kept().filter == "1b"
    assert not typed.kept().is_typing
    assert typed.unfiltered() == View()


def test_erasing_nothing_leaves_nothing() -> None:
    assert View().erased() == View()


def test_a_filter_has_an_end() -> None:
    assert len(View().typed("x" * 500).typed("y").filter) <= 80


def test_marking_twice_unmarks() -> None:
    marked = View().marked("alpha:1b").marked("beta:1b")

    assert marked.marks == {"alpha:1b", "beta:1b"}
    assert marked.marked("beta:1b").marks == {"alpha:1b"}
    assert marked.unmarked() == View()


def test_marks_of_models_that_are_gone_are_dropped() -> None:
    view = View().marked("alpha:1b").marked("gone:1b")

    assert view.pruned(LIBRARY).marks == {"alpha:1b"}


def test_pruning_nothing_gives_the_same_view() -> None:
    view = View().marked("alpha:1b")

    assert view.pruned(LIBRARY) is view


def test_folding_again_unfolds() -> None:
    assert View().folding(Panel.RUNNING).folded == {Panel.RUNNING}
    assert View().folding(Panel.RUNNING).folding(Panel.RUNNING) == View()


def test_order_and_folds_are_remembered_and_the_rest_is_not() -> None:
    view = View(Column.SIZE, reverse=True, filter="a", marks=frozenset({"alpha:1b"}))
    kept = view.folding(Panel.DOWNLOADS).kept_in(Preferences(theme="nord"))

    assert kept == Preferences("size", True, "nord", ("Downloads",))
    assert View.remembered(kept) == View(Column.SIZE, True, folded=frozenset({Panel.DOWNLOADS}))


def test_a_remembered_panel_that_there_is_not_is_dropped() -> None:
    assert View.remembered(Preferences(folded=("Colours", "Running"))).folded == {Panel.RUNNING}


def test_what_does_not_fit_is_hidden_and_shown_again() -> None:
    verdicts = dict.fromkeys((model.key for model in LIBRARY), Verdict.SPILLS)
    hiding = View().fitting()

    assert not len(hiding.shown(LIBRARY, verdicts))
    assert hiding.fitting().shown(LIBRARY, verdicts) == View().shown(LIBRARY)
    assert len(hiding.shown(LIBRARY)) == len(LIBRARY)


def test_all_have_to_be_judged_where_the_rows_depend_on_it() -> None:
    assert not View().needs_all_verdicts
    assert View().fitting().needs_all_verdicts
    assert View(Column.FIT).needs_all_verdicts
