"""The last line: what the keys do here, or what just happened."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, repeat

from textual.reactive import var

from ollama_tui.core.acts import ACTS, Act, Situation
from ollama_tui.core.keys import key_sign
from ollama_tui.tui.lines import Line, joined, line, loud, quiet, spread, width, wrapped
from ollama_tui.tui.notice import Notice
from ollama_tui.tui.widgets.canvas import Canvas

_WIDE = 120
_MOST = 9
_MOST_LINES = 3
_TALL = 12
"""Lines of a screen that has so many for a failure."""
_WHILE_DOWN = "server.refresh"
"""The act that leads the bar while the server does not answer."""
_AT_THE_RIGHT = ("program.help", "program.quit")


class KeyBar(Canvas):
    """The keys of the focused panel, dim where they cannot act now; a notice covers them."""

    acts: var[tuple[Act, ...]] = var(ACTS)
    situation: var[Situation] = var(Situation())
    notice: var[Notice | None] = var(None)

    def picture(self, width: int, height: int) -> Sequence[Line]:
        """One line, with the margin that the panels have; more for a failure that needs them."""
        is_wide = self.app.size.width >= _WIDE
        blank = (" " * (2 if is_wide else 1), "")
        room = width - 2 * len(blank[0])
        if self.notice is None:
            shown = [self._keys(room, 3 if is_wide else 2)]
        elif self.notice.is_failure:
            shown = self._failure(self.notice.text, room)
        else:
            shown = [self._notice(self.notice, room)]
        return [(blank, *row, blank) for row in shown]

    def watch_notice(self) -> None:
        """Be as high as a failure needs, so that it is seen what to do next."""
        self._fit()
        self.redraw()

    def on_resize(self) -> None:
        """Be as high as it needs in the new width."""
        self._fit()
        super().on_resize()

    def _fit(self) -> None:
        size = self.app.size
        most = _MOST_LINES if size.height >= _TALL else 1
        lines = min(most, len(self.picture(size.width, most)))
        if self.styles.height is None or self.styles.height.value != lines:
            self.styles.height = lines

    def _notice(self, notice: Notice, room: int) -> Line:
        facts = quiet(f" · {notice.fact}") if notice.fact else ""
        return spread(line(("●", "alive"), " ", notice.text, facts), (), room)

    def _failure(self, text: str, room: int) -> list[Line]:
        starts = chain([("●", "broken")], repeat((" ", "")))
        rows = wrapped(text, max(1, room - 2))
        return [spread(line(next(starts), " ", *row), (), room) for row in rows]

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
