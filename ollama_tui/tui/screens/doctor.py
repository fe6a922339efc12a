"""The dialog that tells what is wrong, and fills in as it is found out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from textual import getters
from textual.binding import Binding, BindingType
from textual.widget import Widget

from ollama_tui.core.doctor import Finding, Outcome, findings_of, folded
from ollama_tui.core.doctor.evidence import Evidence
from ollama_tui.core.doctor.words import summary, waited_for
from ollama_tui.tui.lines import Line, fitted, line, quiet, wrapped
from ollama_tui.tui.screens.dialog import AROUND, Dialog, Lines
from ollama_tui.tui.widgets.pager import Pager

_OUTCOME, _FAMILY = 9, 10
_NARROW = 60
"""Cells below which the families are left out."""
_INKS = {
    Outcome.FAULT: "broken",
    Outcome.WARNING: "costs",
    Outcome.OK: "alive",
    Outcome.UNKNOWN: "quiet",
}
_KEYS = (("↑↓ pgdn g G", "move"), ("r", "again"), ("esc", "close"))


class DoctorScreen(Dialog[bool]):
    """What was found, the faults first, each with the next step; True: look again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,exclamation_mark,enter", "leave", show=False),
        Binding("r", "again", show=False),
    ]

    WIDTH = 100

    pager = getters.query_one(Pager)
    standing = getters.query_one("#standing", Lines)

    def __init__(self, command: str) -> None:
        """Show that it is looked at.

        Args:
            command: the one that prints all this for an issue.
        """
        super().__init__("What is wrong here", _KEYS)
        self._command = command
        self._evidence: Evidence | None = None

    def body(self) -> Iterable[Widget]:
        """The sum, then the findings."""
        yield Lines(((),), id="standing")
        yield Lines(((),))
        yield Pager()

    def on_mount(self) -> None:
        """Say that it is looked at."""
        self._show()
        self.pager.focus()

    def on_resize(self) -> None:
        """Break the lines anew, and name fewer keys where there is no room for all."""
        self.show_keys(_KEYS if self.app.size.width >= 60 else _KEYS[1:])
        self._show()

    def tell(self, evidence: Evidence) -> None:
        """Show what is known by now."""
        self._evidence = evidence
        # It may just be closing.
        if self.query(Pager):
            self._show()

    def action_again(self) -> None:
        """Look once more."""
        self.dismiss(True)

    def _show(self) -> None:
        cells = max(20, min(self.WIDTH or 0, self.app.size.width - 4) - 8)
        findings = findings_of(self._evidence) if self._evidence is not None else ()
        rows = [row for one in folded(findings) for row in finding_lines(one, cells)]
        rows += [(), *wrapped(f"For an issue: {self._command}", cells, "quiet")]
        self.standing.show((self._sum(findings),))
        self.pager.styles.height = max(1, min(len(rows), self.app.size.height - AROUND - 4))
        self.pager.show(rows)

    def _sum(self, findings: tuple[Finding, ...]) -> Line:
        waited = waited_for(self._evidence) if self._evidence is not None else "everything"
        said = summary(findings)
        if not waited:
            return line(f"{said}.")
        return line(quiet(f"Looking at {waited}…"))


def finding_lines(finding: Finding, cells: int) -> Iterator[Line]:
    """What was found in lines of so many cells, and what to do."""
    head = fitted(line((finding.outcome.value, _INKS[finding.outcome])), _OUTCOME)
    if cells >= _NARROW:
        head = (*head, *fitted(line(quiet(finding.family)), _FAMILY))
    indent = sum(len(text) for text, _ in head)
    ink = "quiet" if finding.outcome is Outcome.UNKNOWN else ""
    first, *others = wrapped(finding.sentence, cells - indent, ink)
    yield (*head, *first)
    steps = wrapped(finding.next_step, cells - indent, "loud")
    yield from ((*line(" " * indent), *of) for of in (*others, *steps))
