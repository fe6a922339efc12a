"""The measure: nothing but Textual's own table: `python -m benchmarks.bare FILE|URL`."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path

from textual.app import App, ComposeResult
from textual.widgets import DataTable

from benchmarks.rows import COLUMNS, Row, in_order, row


class BareTable(App[None]):
    """A table of the rows in a file, or of the models that a server lists."""

    def __init__(self, source: str) -> None:
        """Show what is in that file, or what the server at that address has."""
        super().__init__()
        self._source = source

    def compose(self) -> ComposeResult:
        """The table."""
        # Columns of a fixed width are the cheapest that this table can have.
        table: DataTable[str] = DataTable(cursor_type="row")
        for heading, width in COLUMNS.items():
            table.add_column(heading, width=width)
        yield table

    def on_mount(self) -> None:
        """Fill it at once, or begin to ask."""
        if self._source.startswith("http"):
            self.run_worker(self._list())
        else:
            self._fill(json.loads(Path(self._source).read_text(encoding="utf-8")))

    def _fill(self, rows: list[Row]) -> None:
        self.query_one(DataTable).add_rows(rows)

    async def _list(self) -> None:
        self._fill(await listed(self._source))


async def listed(url: str) -> list[Row]:
    """The rows of the models that a server lists, through Ollama's own client."""
    from ollama import AsyncClient

    found = await AsyncClient(host=url).list()
    rows: list[Row] = []
    for model in found.models:
        details, at = model.details, model.modified_at
        days = (datetime.now(at.tzinfo) - at).total_seconds() / 86400 if at else 0.0
        words = (details.parameter_size, details.quantization_level) if details else ("", "")
        # The typed call drops the context length and the capabilities.
        rows.append(
            row(model.model or "", model.size or 0, words[0] or "", words[1] or "", 0, "", days)
        )
    return in_order(rows)


if __name__ == "__main__":
    BareTable(sys.argv[1]).run(mouse=False)
