"""The last line: what the keys do here, or what just happened."""

from __future__ import annotations

from collections.abc import Sequence

from textual.reactive import var

from ollama_tui.core.acts import ACTS, Act, Situation
from ollama_tui.core.keys import key_sign
from ollama_tui.tui.lines import Line, joined, line, loud, quiet, spread, width
from ollama_tui.tui.notice import Notice
from ollama_tui.tui.widgets.canvas import Canvas

_WIDE = 120
_MOST = 9
_WHILE_DOWN = "server.refresh"
"""The act that leads the bar while the server does not answer."""
_AT_THE_RIGHT = ("program.help", "program.quit")


class KeyBar(Canvas):
    """The keys of the focused panel, dim where they cannot act now; a notice covers them."""

    acts: var[tuple[Act, ...]] = var(ACTS)
    situation: var[Situation] = var(Situation())
    notice: var[Notice | None] = var(None)

    def picture(self, width: int, height: int) -> Sequence[Line]:
        """One line, with the margin that the panels have."""
        is_wide = self.app.size.width >= _WIDE
        blank = (" " * (2 if is_wide else 1), "")
        room = width - 2 * len(blank[0])
        shown = self._notice(room) if self.notice else self._keys(room, 3 if is_wide else 2)
        return ((blank, *shown, blank),)

    def _notice(self, room: int) -> Line:
        assert self.notice is not None
        sign = ("●", "broken" if self.notice.is_failure else "alive")
        facts = quiet(f" · {self.notice.fact}") if self.notice.fact else ""
        return spread(line(sign, " ", self.notice.text, facts), (), room)

    def _keys(self, room: int, gap: int) -> Line:
        acts = [
            act
            for act in self.acts
            if self._is_shown(act) and act.keys and act.works_in(self.situation.panel)
        ]
        acts.sort(key=lambda act: act.id != _WHILE_DOWN)
        right = [self._key(act) for act in acts if act.id in _AT_THE_RIGHT]
        left = [self._key(act) for act in acts if act.id not in _AT_THE_RIGHT][:_MOST]
        blank = (" " * gap, "")
        ends = joined(right, blank)
        while left and width(joined(left, blank)) + gap + width(ends) > room:
            left.pop()
        return spread(joined(left, blank), ends, room)

    def _is_shown(self, act: Act) -> bool:
        return act.in_key_bar or (act.id == _WHILE_DOWN and self.situation.is_down)

    def _key(self, act: Act) -> Line:
        key, word = key_sign(act.keys[0]), quiet(f" {act.word_now(self.situation)}")
        return line(quiet(key) if act.reason_against(self.situation) else loud(key), word)
