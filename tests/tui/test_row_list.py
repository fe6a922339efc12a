from __future__ import annotations

from collections.abc import Sequence

from textual.app import App, ComposeResult

from ollama_tui.tui.lines import Line, line
from ollama_tui.tui.widgets.row_list import RowList


class Fruit(RowList):
    """A list that nothing but its own keys and the focus changes."""

    def row(self, index: int, width: int) -> Sequence[Line]:
        return (line(("apple", "pear")[index]),)

    def on_mount(self) -> None:
        super().on_mount()
        self.put_rows(("apple", "pear"))


class TwoLists(App[None]):
    CSS = "Fruit { height: 2; }"

    def compose(self) -> ComposeResult:
        self.theme = "ansi-dark"
        yield from (Fruit(id="left"), Fruit(id="right"))

    @property
    def with_a_bar(self) -> list[tuple[str | None, str]]:
        """Each list with the row that has a background in it."""
        strips = [(one.id, one.render_line(y)) for one in self.query(Fruit) for y in range(2)]
        return [
            (id, segment.text.strip())
            for id, (segment, *_) in strips
            if segment.style and segment.style.bgcolor and not segment.style.bgcolor.is_default
        ]


async def test_the_cursors_bar_goes_with_the_focus() -> None:
    app = TwoLists()
    async with app.run_test() as pilot:
        await pilot.press("j")
        assert app.with_a_bar == [("left", "pear")]

        await pilot.press("tab")
        assert app.with_a_bar == [("right", "apple")]
