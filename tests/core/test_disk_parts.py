"""What fills the disk, in the words that are shown."""

from __future__ import annotations

from dataclasses import replace

from ollama_tui.core.disk_parts import Part, disk_parts, remarks
from ollama_tui.core.disk_usage import (
    Damaged,
    DiskUsage,
    ModelUsage,
    OtherStore,
    Partial,
    Unused,
)
from ollama_tui.core.shortage import Disk
from tests.core.stores import GB

_NOW = 1_790_000_000.0
_LAYER = f"sha256-{'ab' * 32}"
_USAGE = DiskUsage(
    (ModelUsage("gemma3:27b", 17 * GB, 12 * GB), ModelUsage("mine:latest", 5 * GB, 0)),
    17 * GB,
    folder="/models",
    partials=(
        Partial(_LAYER, 3 * GB, 20 * GB, _NOW - 7200, "qwen3:32b"),
        Partial(_LAYER, 0, None, _NOW),
    ),
    unused=(Unused(_LAYER, 21 * GB, _NOW - 86400 * 3), Unused("odd\x1b[2J\udcff", 5, _NOW)),
    damaged=(Damaged("cut:latest", "it is empty", 0, stops_pruning=True),),
    others=(OtherStore("/home/ann/.ollama/models", 3, 9 * GB), OtherStore("/closed")),
    disk=Disk(400 * GB, 2000 * GB),
)


def part(usage: DiskUsage, heading: str) -> Part:
    return next(part for part in disk_parts(usage, _NOW) if part.headings[0] == heading)


def test_the_whole_comes_first() -> None:
    first = disk_parts(_USAGE, _NOW)[0]

    assert first.rows == (
        ("free of 2000 GB", "400 GB"),
        ("models", "17.0 GB"),
        ("partial downloads", "3.0 GB"),
        ("referred to by no model", "21.0 GB"),
    )
    assert first.total == ("/models", "41.0 GB")


def test_models_are_followed_by_what_several_have() -> None:
    models = part(_USAGE, "MODELS")

    assert models.rows == (
        ("gemma3:27b", "17.0 GB", "12.0 GB"),
        ("mine:latest", "5.0 GB", "0 B"),
        ("shared by several", "5.0 GB", ""),
    )
    assert models.total == ("2 models", "17.0 GB", "12.0 GB")


def test_a_download_is_told_by_its_model_if_that_is_known() -> None:
    assert part(_USAGE, "PARTIAL DOWNLOADS").rows == (
        ("qwen3:32b", "abababababab", "3.0 GB", "20.0 GB", "2h"),
        ("unknown model", "abababababab", "0 B", "—", "now"),
    )


def test_file_names_are_clean() -> None:
    rows = part(_USAGE, "REFERRED TO BY NO MODEL").rows

    assert rows == (("abababababab", "21.0 GB", "3d"), ("odd[2J\ufffd", "5 B", "now"))


def test_a_closed_folder_is_called_so() -> None:
    assert part(_USAGE, "OTHER FOLDERS OF MODELS").rows == (
        ("/home/ann/.ollama/models", "3", "9.0 GB"),
        ("/closed", "—", "closed to you"),
    )


def test_each_row_has_as_many_cells_as_there_are_headings() -> None:
    for one in disk_parts(_USAGE, _NOW):
        lengths = {len(row) for row in (one.headings, *one.rows, one.total or one.headings)}
        assert len(lengths) == 1


def test_what_there_is_nothing_of_has_no_table_but_the_models() -> None:
    assert [one.headings[0] for one in disk_parts(DiskUsage((), 0), _NOW)] == ["MODELS"]


def test_what_a_restart_does_is_said_once() -> None:
    said = list(remarks(disk_parts(replace(_USAGE, damaged=()), _NOW)))

    assert sum("restart" in words for words in said) == 1
    assert any("unless OLLAMA_NOPRUNE" in words for words in said)


def test_it_does_nothing_while_a_manifest_is_damaged() -> None:
    said = " ".join(remarks(disk_parts(_USAGE, _NOW)))

    assert "not while a manifest is damaged" in said
    assert "OLLAMA_NOPRUNE" not in said


def test_what_mends_a_manifest_depends_on_what_is_wrong_with_it() -> None:
    bare = Damaged("bare:latest", "its layer abababababab is missing")

    unreadable = part(_USAGE, "DAMAGED MANIFESTS").remarks
    incomplete = part(replace(_USAGE, damaged=(bare,)), "DAMAGED MANIFESTS").remarks
    both = part(replace(_USAGE, damaged=(bare, *_USAGE.damaged)), "DAMAGED MANIFESTS").remarks

    assert "take its file out" in unreadable[0]
    assert "pulling it again, or deleted" in incomplete[0]
    assert both == unreadable + incomplete


def test_why_no_more_is_known_is_said_with_the_models() -> None:
    usage = DiskUsage((ModelUsage("a:1b", 5, None),), 5, unknown="It is far away.")

    (models,) = disk_parts(usage, _NOW)

    assert models.remarks == ("It is far away.",)
    assert models.total == ("1 model", "5 B", "—")


def test_links_are_said_not_to_count() -> None:
    assert "2 layers are links" in part(replace(_USAGE, links=2), "MODELS").remarks[0]
