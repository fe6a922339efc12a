"""What is wrong here: rules over evidence, and where the evidence comes from."""

from ollama_tui.core.doctor.checks import findings_of
from ollama_tui.core.doctor.finding import Finding, Outcome, folded, in_order, outcome_of

__all__ = ["Finding", "Outcome", "findings_of", "folded", "in_order", "outcome_of"]
