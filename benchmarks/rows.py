"""The rows of the bare table: a model's figures as texts."""

from __future__ import annotations

COLUMNS = {"NAME": 48, "SIZE": 9, "PARAMS": 6, "QUANT": 6, "CTX": 4, "CAN": 12, "AGE": 5}
"""The columns of this program's own table, and their widths in it."""

Row = tuple[str, ...]


def row(
    name: str, size: int, parameters: str, quantization: str, context: int, can: str, days: float
) -> Row:
    """One model in the table's words."""
    shown_context = f"{context // 1024}k" if context else ""
    return (
        name,
        f"{size / 1e9:.1f} GB",
        parameters,
        quantization,
        shown_context,
        can,
        f"{days:.0f}d",
    )


def in_order(rows: list[Row]) -> list[Row]:
    """By name, letter case folded, as this program begins."""
    return sorted(rows, key=lambda cells: cells[0].casefold())
