"""How the models are looked at: order, filter and marks, as one value."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ollama_tui.core.library import Column, Library


@dataclass(frozen=True, slots=True)
class View:
    """The user's way of looking at the library."""

    sort: Column = Column.NAME
    reverse: bool = False
    filter: str = ""
    is_typing: bool = False
    """Whether keys go into the filter."""
    marks: frozenset[str] = frozenset()
    """Names of marked models."""

    def shown(self, library: Library) -> Library:
        """The models in sight, in order."""
        return library.matching(self.filter).sorted_by(self.sort, reverse=self.reverse)

    def sorted_next(self, columns: tuple[Column, ...]) -> View:
        """Sorted by the next of the columns that are shown."""
        at = columns.index(self.sort) if self.sort in columns else -1
        return replace(self, sort=columns[(at + 1) % len(columns)], reverse=False)

    def reversed(self) -> View:
        """Sorted the other way round."""
        return replace(self, reverse=not self.reverse)

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
