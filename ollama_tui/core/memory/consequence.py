"""What a load would do to what is loaded, and where it would run, in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ollama_tui.core import units
from ollama_tui.core.memory.verdict import Verdict

if TYPE_CHECKING:
    from ollama_tui.core.memory.fit import Fit


def consequence(fit: Fit) -> str:
    """What to know before a model that is not loaded is: `3.5 GiB free: gemma3:27b would go`.

    Empty where it pushes nothing out, and fits.
    """
    spills = fit.verdict is Verdict.SPILLS and (fit.total or 0) > (fit.free or 0) + fit.freed
    words = [f"{units.named(fit.evicts, 'model')} {goes(fit)}"] if fit.evicts else []
    if spills:
        words.append("a part be on the CPU" if words else "a part of it would be on the CPU")
    return f"{_reason(fit)}: {', '.join(words)}" if words else ""


def goes(fit: Fit) -> str:
    """What such a load does to what is in its way."""
    is_sure = fit.foreseen is not None or fit.verdict is not Verdict.TIGHT
    return "would go" if is_sure else "may have to go"


def _reason(fit: Fit) -> str:
    if fit.is_limited and fit.verdict not in (Verdict.TIGHT, Verdict.SPILLS):
        return "the server keeps no more"
    return f"{units.memory(fit.free)} free"
