"""What of a model determines its memory, read from an answer of `/api/show`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ollama_tui.core.memory import architectures, widths
from ollama_tui.core.memory.metadata import Metadata
from ollama_tui.core.memory.tensors import Tensors, tensors_of

_LAYERS_AT_MOST = 2000
_LARGE_VOCABULARY = 262_144
"""What is taken where a model does not tell its own: few know more words."""

NO_LAYERS = "its layers are not told: what the context takes is not counted"
NO_WEIGHTS = "its tensors are not listed: the weights are the size of its files"
NO_HEADS = "its heads are told for each layer only, and not here: all are counted"
NO_PATTERN = "which of its layers see a window is not told: all are counted as seeing everything"
NO_VOCABULARY = "its vocabulary is not told: a large one is taken"
IMAGES = "it reads images or sounds: what those take is not counted"
NO_CACHE = "it reads a text as a whole: the context takes nothing"
FUSED = (
    "its keys and values are in one tensor with its queries: their width is taken from its heads"
)


@dataclass(frozen=True, slots=True)
class Layer:
    """What one layer keeps of what was said."""

    key_width: int = 0
    """Numbers that each token leaves as its key; 0 where the layer has no cache of its own."""
    value_width: int = 0
    slides: bool = False
    """Whether it sees the last tokens only."""
    state: int = 0
    """Numbers that it keeps of a whole conversation, however long that is."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A model, as far as its memory goes."""

    layers: tuple[Layer, ...] = ()
    weights: int | None = None
    """Bytes that belong on a GPU; None if that is not known."""
    host_weights: int = 0
    """Bytes of the input embeddings that stay in main memory."""
    projector: int = 0
    """Bytes of the part that reads images."""
    vocabulary: int = 0
    width: int = 0
    """Numbers that a token is between the layers."""
    heads: int = 0
    kv_heads: int | None = None
    """The fewest that a layer keeps keys and values of; None if that is not told."""
    queries: int = 0
    """Numbers that a token's queries are in a layer; 0 if that is not told."""
    feed: int = 0
    """Numbers that a layer's feed-forward part works with for a token; 0 if that is not told."""
    window: int = 0
    """Tokens that a sliding layer sees; 0 without such layers."""
    trained: int | None = None
    """Tokens that it was trained for, beyond which no server goes; None if that is not told."""
    num_ctx: int | None = None
    """The context that its own parameters ask for; None if they do not."""
    num_batch: int | None = None
    """The batch that they ask for; None if they do not."""
    notes: tuple[str, ...] = ()
    """What could not be known, and what was taken instead."""


def shape_of(shown: Mapping[str, object], file_size: int | None = None) -> Shape:
    """What an answer of `/api/show` tells, with or without `verbose`.

    Args:
        shown: the answer.
        file_size: bytes of all its files, for what the answer does not tell; None if unknown.
    """
    told, tensors = Metadata.of(shown), tensors_of(shown.get("tensors"))
    layers, doubts = _layers(told, tensors)
    weights, projector = tensors.weights, _projector(told, tensors, file_size)
    notes = [*doubts, *([NO_WEIGHTS] if weights is None else [])]
    if projector or told.has_projector:
        notes.append(IMAGES)
    vocabulary = tensors.vocabulary or told.number("vocab_size") or 0
    if not vocabulary:
        notes.append(NO_VOCABULARY)
    return Shape(
        layers=layers,
        weights=file_size if weights is None else weights,
        host_weights=tensors.host_weights,
        projector=projector,
        vocabulary=vocabulary or _LARGE_VOCABULARY,
        width=told.number("embedding_length") or 0,
        heads=told.number("attention.head_count") or 0,
        kv_heads=widths.fewest_kv_heads(told, count=len(layers)),
        queries=widths.queries(told),
        feed=widths.feed(told),
        window=_window(told) if any(layer.slides for layer in layers) else 0,
        trained=told.number("context_length"),
        num_ctx=told.parameter("num_ctx"),
        num_batch=told.parameter("num_batch"),
        notes=tuple(dict.fromkeys(notes)),
    )


def _projector(told: Metadata, tensors: Tensors, file_size: int | None) -> int:
    """Bytes of the part that reads images."""
    is_apart = told.has_projector and not tensors.projector
    if tensors.weights is None or file_size is None or not is_apart:
        return tensors.projector
    # It is a file of its own then, of which only the size is told, with that of all files.
    return max(0, file_size - tensors.weights - tensors.host_weights)


def _layers(told: Metadata, tensors: Tensors) -> tuple[tuple[Layer, ...], list[str]]:
    """The layers, and what of them could not be known."""
    all_layers = told.number("block_count") or len(tensors.layers)
    count = min(all_layers - (told.number("nextn_predict_layers") or 0), _LAYERS_AT_MOST)
    if count <= 0:
        return (), [NO_LAYERS]
    if told.architecture in architectures.WITHOUT_CACHE:
        return (Layer(),) * count, [NO_CACHE]
    sliding, notes = _sliding(told, tensors, count)
    first_shared = _own_caches(told, count)
    layers = []
    for at in range(count):
        key, value, doubts = _widths(told, tensors.layers.get(at), at)
        notes += doubts
        is_shared = at >= first_shared
        layers.append(
            Layer(
                0 if is_shared else key,
                0 if is_shared else value,
                slides=sliding[at] and bool(key) and not is_shared,
                state=_state(told, tensors.layers.get(at), at),
            )
        )
    return tuple(layers), notes


def _own_caches(told: Metadata, count: int) -> int:
    """How many of the first layers have a cache of their own."""
    shared = told.number("attention.shared_kv_layers")
    if shared is not None:
        return count - shared
    return architectures.OWN_CACHES.get(told.architecture, count)


def _widths(
    told: Metadata, tensors: Mapping[str, int] | None, at: int
) -> tuple[int, int, list[str]]:
    """How wide keys and values of a layer are; nothing where it has none."""
    if tensors is None:
        return (0, 0, []) if _is_recurrent(told, None, at) else _told_widths(told, at)
    if key := tensors.get("attn_k"):
        # Some layers use their keys as values; the cache has room for both (gemma4).
        return key, tensors.get("attn_v", key), []
    if _is_recurrent(told, tensors, at):
        return 0, 0, []
    if "attn_qkv" in tensors:
        key, value, notes = _told_widths(told, at)
        return key, value, notes or [FUSED]
    if "attn_kv_a_mqa" in tensors:
        return _told_widths(told, at)
    return 0, 0, []


def _told_widths(told: Metadata, at: int) -> tuple[int, int, list[str]]:
    heads = told.number("attention.head_count", at) or 0
    kv_heads = told.number("attention.head_count_kv", at)
    is_hidden = kv_heads is None and told.has("attention.head_count_kv")
    kv_heads = heads if kv_heads is None else kv_heads
    # Not the quotient where a length is told: Qwen3-32B has 128, the quotient is 80.
    usual = (told.number("embedding_length") or 0) // heads if heads else 0
    key = told.number("attention.key_length") or usual
    value = told.number("attention.value_length") or usual
    if told.number("attention.key_length_mla"):
        # The values are a part of the keys, and have no cache (llama-kv-cache.cpp, `is_mla`).
        value = 0
    return kv_heads * key, kv_heads * value, [NO_HEADS] if is_hidden else []


def _is_recurrent(told: Metadata, tensors: Mapping[str, int] | None, at: int) -> bool:
    if tensors is not None:
        return any(name.startswith(("ssm_", "shortconv", "time_mix")) for name in tensors)
    interval = told.number("full_attention_interval")
    if interval:
        return (at + 1) % interval != 0
    has_state = told.has("ssm.state_size") or told.has("wkv.head_size")
    return has_state and not told.has("attention.head_count_kv")


def _state(told: Metadata, tensors: Mapping[str, int] | None, at: int) -> int:
    """Numbers that a recurrent layer keeps (llama-hparams.cpp, `n_embd_r` and `n_embd_s`)."""
    if not _is_recurrent(told, tensors, at):
        return 0
    width = told.number("embedding_length") or 0
    if head := told.number("wkv.head_size"):
        return width * (head + (told.number("token_shift_count") or 2))
    if cache := told.number("shortconv.l_cache"):
        return width * (cache - 1)
    inner, state = told.number("ssm.inner_size") or 0, told.number("ssm.state_size") or 0
    groups, kernel = told.number("ssm.group_count") or 0, told.number("ssm.conv_kernel") or 1
    return (kernel - 1) * (inner + 2 * groups * state) + state * inner


def _sliding(told: Metadata, tensors: Tensors, count: int) -> tuple[list[bool], list[str]]:
    """Which layers see a window only, and what of that could not be known."""
    name = told.architecture
    if not _window(told) or name in architectures.WITHOUT_WINDOWS:
        return [False] * count, []
    pattern = told.flags("attention.sliding_window_pattern")
    if pattern is not None and len(pattern) >= count:
        return list(pattern[:count]), []
    if (found := tuple(_by_queries(told, tensors, count))) and len(found) == count:
        return list(found), []
    period = told.number("attention.sliding_window_pattern")
    if period is None and not told.has("attention.sliding_window_pattern"):
        period = architectures.PERIODS.get(name)
    if period is None:
        return [False] * count, [NO_PATTERN]
    return [architectures.slides(name, at, period) for at in range(count)], []


def _by_queries(told: Metadata, tensors: Tensors, count: int) -> Iterator[bool]:
    """Which layers slide, by the width of their queries where it is another one (gemma4)."""
    heads, full = told.number("attention.head_count"), told.number("attention.key_length")
    narrow = told.number("attention.key_length_swa")
    if not heads or not full or not narrow or full == narrow:
        return
    for at in range(count):
        width = tensors.layers.get(at, {}).get("attn_q")
        if width in (heads * full, heads * narrow):
            yield width == heads * narrow


def _window(told: Metadata) -> int:
    name = told.architecture
    if name == "exaone4" and told.number("block_count") != 64:
        return 0
    return told.number("attention.sliding_window") or architectures.WINDOWS.get(name, 0)
