"""What fills the disk, in tables of words: the line mode and the dashboard show the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ollama_tui.core.disk_usage import DiskUsage, OtherStore
from ollama_tui.core.model_store import short
from ollama_tui.core.units import UNKNOWN, age, counted, space

_UNREADABLE = (
    "The server cannot delete a manifest that it cannot read: pull that model again, or take its "
    "file out of the folder manifests."
)

Cells = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A table: all its rows have as many cells as its headings."""

    headings: Cells
    rows: tuple[Cells, ...]
    right: tuple[int, ...]
    """The columns whose cells end at the same place."""
    total: Cells = ()
    """The last row, a sum; empty where none makes sense."""
    remarks: tuple[str, ...] = ()
    """What is to be known of it."""


def disk_parts(usage: DiskUsage, now: float) -> tuple[Part, ...]:
    """The tables that there is something for, the whole first.

    Args:
        usage: what fills the disk.
        now: seconds since 1970.
    """
    models = _models(usage)
    parts = (
        _disk(usage),
        models,
        _partials(usage, now),
        _unused(usage, now),
        _damaged(usage),
        _others(usage.others),
    )
    return tuple(part for part in parts if part.rows or part is models)


def _models(usage: DiskUsage) -> Part:
    rows = [(model.name, _space(model.size), _space(model.own)) for model in usage.models]
    if usage.shared:
        rows.append(("shared by several", space(usage.shared), ""))
    total = (counted(len(usage.models), "model"), space(usage.models_size), _space(usage.own))
    return Part(("MODELS", "SIZE", "OWN"), tuple(rows), (1, 2), total, _remarks_on_models(usage))


def _remarks_on_models(usage: DiskUsage) -> tuple[str, ...]:
    if usage.unknown:
        return (usage.unknown,)
    if not usage.links:
        return ()
    are = "is a link, whose bytes lie" if usage.links == 1 else "are links, whose bytes lie"
    return (f"{counted(usage.links, 'layer')} {are} elsewhere and are not counted.",)


def _partials(usage: DiskUsage, now: float) -> Part:
    rows = tuple(
        (
            one.model or "unknown model",
            short(one.layer),
            space(one.held),
            _space(one.size),
            age(one.modified, now),
        )
        for one in usage.partials
    )
    total = (counted(len(rows), "layer"), "", space(usage.partials_size), "", "")
    headings = ("PARTIAL DOWNLOADS", "LAYER", "ON DISK", "OF", "AGE")
    resumed = "Pulling a model again goes on from its parts."
    # What is referred to by no model goes in the same way, and says so.
    pruned = () if usage.unused else (_remark_on_pruning(usage),)
    return Part(headings, rows, (2, 3, 4), total, (resumed, *pruned))


def _unused(usage: DiskUsage, now: float) -> Part:
    rows = tuple((short(one.file), space(one.held), age(one.modified, now)) for one in usage.unused)
    total = (counted(len(rows), "file"), space(usage.unused_size), "")
    headings = ("REFERRED TO BY NO MODEL", "ON DISK", "AGE")
    return Part(headings, rows, (1, 2), total, (_remark_on_pruning(usage),))


def _damaged(usage: DiskUsage) -> Part:
    rows = tuple((one.name, space(one.held), one.why) for one in usage.damaged)
    remarks = []
    if usage.is_pruning_stopped:
        remarks.append(_UNREADABLE)
    if not all(one.stops_pruning for one in usage.damaged):
        remarks.append("A model without a layer is mended by pulling it again, or deleted.")
    return Part(("DAMAGED MANIFESTS", "ON DISK", "WHY"), rows, (1,), remarks=tuple(remarks))


def _others(others: Sequence[OtherStore]) -> Part:
    rows = tuple(
        (
            one.folder,
            UNKNOWN if one.models is None else str(one.models),
            "closed to you" if one.size is None else space(one.size),
        )
        for one in others
    )
    remark = (
        "Models that the server does not list: of another user's server, or of another setting."
    )
    return Part(("OTHER FOLDERS OF MODELS", "MODELS", "ON DISK"), rows, (1, 2), remarks=(remark,))


def _disk(usage: DiskUsage) -> Part:
    sizes = (
        ("models", usage.models_size),
        ("partial downloads", usage.partials_size),
        ("referred to by no model", usage.unused_size),
        ("damaged", usage.damaged_size),
    )
    rows = [(name, space(size)) for name, size in sizes if size]
    if usage.disk is not None:
        rows.insert(0, (f"free of {space(usage.disk.total)}", space(usage.disk.free)))
    total = (usage.folder, space(usage.size))
    return Part(("DISK", "SIZE"), tuple(rows) if usage.folder else (), (1,), total)


def _remark_on_pruning(usage: DiskUsage) -> str:
    if usage.is_pruning_stopped:
        return (
            "A restart of the server would remove what is left over, but not while a manifest is "
            "damaged."
        )
    return (
        "A restart of the server removes what is left over for an hour (before Ollama 0.21: all "
        "of it), unless OLLAMA_NOPRUNE is set."
    )


def _space(size: int | None) -> str:
    return UNKNOWN if size is None else space(size)


def remarks(parts: Sequence[Part]) -> Iterator[str]:
    """What is to be known of the tables, each sentence once."""
    yield from dict.fromkeys(remark for part in parts for remark in part.remarks)
