"""How the models are looked at: order, filter, marks and folded panels, as one value."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ollama_tui.core.acts import Panel
from ollama_tui.core.library import NO_VERDICTS, Column, Library, Verdicts
from ollama_tui.core.preferences import Preferences


@dataclass(frozen=True, slots=True)
class View:
    """The user's way of looking at the library."""

    sort: Column = Column.NAME
    reverse: bool = False
    filter: str = ""
    hides_unfit: bool = False
    """Whether only models are shown that fit, or of which that is not known."""
    is_typing: bool = False
    """Whether keys go into the filter."""
    marks: frozenset[str] = frozenset()
    """Names of marked models."""
    folded: frozenset[Panel] = frozenset()
    """The panels of which only the title is shown."""

    @classmethod
    def remembered(cls, preferences: Preferences) -> View:
        """What was looked at when the program ran last; panels that there are not are dropped."""
        folded = frozenset(panel for panel in Panel if panel.value in preferences.folded)
        return cls(preferences.column, preferences.reverse, folded=folded)

    def kept_in(self, preferences: Preferences) -> Preferences:
        """The preferences with what of this is to be remembered."""
        folded = tuple(panel.value for panel in Panel if panel in self.folded)
        return replace(preferences, sort=self.sort.value, reverse=self.reverse, folded=folded)

    def shown(self, library: Library, verdicts: Verdicts = NO_VERDICTS) -> Library:
        """The models in sight, in order.

        Args:
            library: all of them.
            verdicts: which of them fit.
        """
        found = library.matching(self.filter)
        if self.hides_unfit:
            found = found.fitting(verdicts)
        return found.sorted_by(self.sort, reverse=self.reverse, verdicts=verdicts)

    @property
    def needs_all_verdicts(self) -> bool:
        """Whether it depends on models that are not in sight, too, which of them fit."""
        return self.hides_unfit or self.sort is Column.FIT

    def fitting(self) -> View:
        """With models hidden that do not fit, or shown again."""
        return replace(self, hides_unfit=not self.hides_unfit)

    def sorted_next(self, columns: tuple[Column, ...]) -> View:
        """Sorted by the next of the columns that are shown."""
        at = columns.index(self.sort) if self.sort in columns else -1
        return replace(self, sort=columns[(at + 1) % len(columns)], reverse=False)

    def reversed(self) -> View:
        """Sorted the other way round."""
        return replace(self, reverse=not self.reverse)

    def folding(self, panel: Panel) -> View:
        """With a panel folded, or unfolded if it was folded."""
        return replace(self, folded=self.folded ^ {panel})

    def typing(self) -> View:
        """With the keys going into the filter."""
        return replace(self, is_typing=True)

    def typed(self, text: str) -> View:
        """With more text in the filter."""
        return replace(self, filter=(self.filter + text)[:80])

    def erased(self) -> View:
        """With the filter's last letter gone."""
        return replace(self, filter=self.filter[:-1])

    def kept(self) -> View:
        """With the keys going to the table again, the filter kept."""
        return replace(self, is_typing=False)

    def unfiltered(self) -> View:
        """Without a filter."""
        return replace(self, filter="", is_typing=False)

    def marked(self, name: str) -> View:
        """With a model's mark set, or taken away if it was set."""
        return replace(self, marks=self.marks ^ {name})

    def unmarked(self) -> View:
        """Without marks."""
        return replace(self, marks=frozenset())

    def pruned(self, library: Library) -> View:
        """Without marks on models that are gone."""
        left = frozenset(name for name in self.marks if library.get(name))
        return self if left == self.marks else replace(self, marks=left)
