"""How much memory a model takes: what determines it, the estimate, and what was seen."""
