"""Printing the comparison."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.figures import Figure, Judged


def print_table(figures: Sequence[Figure]) -> None:
    """One line for each figure, its limit and whether that holds."""
    print(f"{'figure':<44}{'ours':>14}{'beside':>14}{'ratio':>8}  limit")
    for figure in figures:
        ratio = "–" if figure.ratio is None else f"{figure.ratio:.2f}"
        print(
            f"{figure.name:<44}{_amount(figure.ours, figure.unit):>14}"
            f"{_amount(figure.bare, figure.unit):>14}{ratio:>8}"
            f"  {_limit(figure):<18}{_verdict(figure)}"
        )


def _verdict(figure: Figure) -> str:
    if figure.limit is None:
        return ""
    return "OVER" if figure.is_over else "ok"


def _limit(figure: Figure) -> str:
    if figure.limit is None:
        return ""
    if figure.judged is Judged.RATIO:
        return f"≤ {figure.limit:g}×"
    amount = f"{figure.limit:g} {figure.unit}".strip()
    return f"≤ bare + {amount}" if figure.judged is Judged.DIFFERENCE else f"≤ {amount}"


def _amount(number: float | None, unit: str) -> str:
    if number is None:
        return "–"
    if unit in ("", "B"):
        return f"{number:,.0f} {unit}".strip()
    return f"{number:,.2f} {unit}" if number < 10 else f"{number:,.1f} {unit}"
