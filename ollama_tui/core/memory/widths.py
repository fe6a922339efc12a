"""How wide the parts of a layer are, as a model's file tells."""

from __future__ import annotations

from ollama_tui.core.memory.metadata import Metadata


def fewest_kv_heads(told: Metadata, count: int) -> int | None:
    """The fewest heads that one of so many layers keeps something of; None if that is not told."""
    name = "attention.head_count_kv"
    if not told.has(name):
        return 1
    of_layers = [told.number(name, at) for at in range(count)]
    known = [heads for heads in of_layers if heads is not None]
    return max(1, min(known)) if known and len(known) == count else None


def queries(told: Metadata) -> int:
    """Numbers that a token's queries are in a layer; 0 if that is not told."""
    width = told.number("embedding_length") or 0
    heads, head = told.number("attention.head_count"), told.number("attention.key_length")
    return heads * head if heads and head else width


def feed(told: Metadata) -> int:
    """What gate, way up and their product are; of experts for all that are asked, with answers."""
    width, dense = told.number("embedding_length"), told.number("feed_forward_length")
    if width and (asked := told.number("expert_used_count")):
        expert = told.number("expert_feed_forward_length") or dense or 0
        return asked * (3 * expert + 2 * width)
    return 3 * (dense or 0)
