"""Answers of `/api/show` for models of a given build."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Object = dict[str, object]


def shown(architecture: str, tensors: Sequence[Object] = (), /, **about: object) -> Object:
    """An answer with these keys, `__` for the dot between their parts."""
    own = {f"{architecture}.{name.replace('__', '.')}": value for name, value in about.items()}
    return {
        "model_info": {"general.architecture": architecture, **own},
        "tensors": list(tensors),
        "parameters": "",
    }


def plain(
    layers: int, kv_heads: int, head: int, *, architecture: str = "llama", **more: object
) -> Object:
    """A model of which all layers are alike; the rest of it is of no matter here."""
    facts: dict[str, object] = {
        "block_count": layers,
        "attention__head_count": kv_heads * 4,
        "attention__head_count_kv": kv_heads,
        "attention__key_length": head,
        "attention__value_length": head,
        "embedding_length": kv_heads * 4 * head,
        "vocab_size": 128256,
        "context_length": 1_000_000,
    }
    return shown(architecture, (), **(facts | more))


def tensor(name: str, *shape: int, kind: str = "F16") -> Object:
    """One line of the list of tensors."""
    return {"name": f"{name}.weight", "type": kind, "shape": list(shape)}


def made(shape: Mapping[str, object]) -> Object:
    """What a server shows of a made-up model of the engine's rows."""
    number = {name: value for name, value in shape.items() if isinstance(value, int)}
    architecture, width = str(shape["arch"]), number["dim"]
    heads, kv_heads = number["heads"], number["kv"]
    head = number.get("head_dim", width // heads)
    inner, words = number.get("ff", width * 4), number.get("vocab", 320)
    facts: Object = {
        "block_count": number["layers"],
        "embedding_length": width,
        "context_length": number["ctx"],
        "attention__head_count": heads,
        "attention__head_count_kv": kv_heads,
        "vocab_size": words,
        "feed_forward_length": inner,
    }
    if architecture != "llama":
        facts |= {"attention__key_length": head, "attention__value_length": head}
    if "window" in number:
        facts["attention__sliding_window"] = number["window"]
    tensors = [tensor("token_embd", width, words), tensor("output_norm", width, kind="F32")]
    if architecture != "gemma3":
        tensors.append(tensor("output", width, words))
    for at in range(number["layers"]):
        block = f"blk.{at}."
        tensors += [
            tensor(f"{block}attn_norm", width, kind="F32"),
            tensor(f"{block}ffn_norm", width, kind="F32"),
            tensor(f"{block}attn_q", width, heads * head),
            tensor(f"{block}attn_k", width, kv_heads * head),
            tensor(f"{block}attn_v", width, kv_heads * head),
            tensor(f"{block}attn_output", heads * head, width),
            tensor(f"{block}ffn_gate", width, inner),
            tensor(f"{block}ffn_up", width, inner),
            tensor(f"{block}ffn_down", inner, width),
        ]
    return shown(architecture, tensors, **facts)
