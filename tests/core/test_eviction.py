"""What may have to go for a model that is loaded."""

from __future__ import annotations

from ollama_tui.core.eviction import Eviction, eviction
from ollama_tui.core.models import PINNED_FROM, Model, RunningModel

NOW = 1_000_000.0
NEW = Model("new:1b", digest="n")


def loaded(name: str, left: float | None = 300) -> RunningModel:
    """A loaded model, and seconds until it unloads."""
    return RunningModel(name, name, expires_at=None if left is None else NOW + left)


def names(of: Eviction) -> list[str]:
    """What may go, in order."""
    return [one.name for one in of.candidates]


PINNED = loaded("pinned", PINNED_FROM + 1)


class TestWithoutAKnownLimit:
    def test_where_nothing_is_loaded_nothing_goes(self) -> None:
        assert eviction(NEW, (), NOW) == Eviction()

    def test_any_other_may_go(self) -> None:
        found = eviction(NEW, (loaded("a"), loaded("b")), NOW)

        assert names(found) == ["a", "b"]
        assert not found.is_certain

    def test_the_model_itself_does_not_go(self) -> None:
        own = RunningModel("other-name", "n")

        assert eviction(NEW, (own,), NOW, limit=1) == Eviction()


class TestTheOrder:
    def test_what_unloads_soonest_goes_first_and_a_pinned_one_last(self) -> None:
        running = (PINNED, loaded("late", 900), loaded("soon", 60))

        assert names(eviction(NEW, running, NOW)) == ["soon", "late", "pinned"]

    def test_one_at_work_goes_after_all_that_are_idle(self) -> None:
        running = (loaded("busy", -5), loaded("unknown", None), PINNED, loaded("idle", 900))

        assert names(eviction(NEW, running, NOW)) == ["idle", "pinned", "busy", "unknown"]


class TestWithALimit:
    def test_one_has_to_go_once_it_is_reached(self) -> None:
        two = (loaded("a"), loaded("b"))

        assert not eviction(NEW, two, NOW, limit=3).is_certain
        assert eviction(NEW, two, NOW, limit=2).is_certain
        assert eviction(NEW, two, NOW, limit=1).is_certain

    def test_below_it_memory_may_still_be_short(self) -> None:
        assert names(eviction(NEW, (loaded("a"),), NOW, limit=3)) == ["a"]

    def test_what_is_being_loaded_counts_once(self) -> None:
        one = (loaded("a"),)

        assert eviction(NEW, one, NOW, limit=2, loading={"b"}).is_certain
        assert not eviction(NEW, one, NOW, limit=2, loading={"a"}).is_certain

    def test_where_nothing_else_is_loaded_nothing_can_be_named(self) -> None:
        assert eviction(NEW, (), NOW, limit=1, loading={"b"}) == Eviction()
