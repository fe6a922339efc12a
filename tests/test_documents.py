"""What one reads beside the code holds: its links lead somewhere, its commands are understood."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ollama_tui.cli.parser import parse
from tests.cli.test_commands import commands

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"```.*?```", re.DOTALL)
_OF_OURS = re.compile(r"`((?:core|tui|cli|holder|api|demo|config|tests|docs)/[\w/.*-]*)`")


def links() -> Iterator[tuple[Path, str]]:
    """Each link with the document that has it."""
    for path in DOCUMENTS:
        for target in _LINK.findall(_CODE.sub("", path.read_text(encoding="utf-8"))):
            yield path, target


def anchors(path: Path) -> set[str]:
    """What can be linked to in a document, as GitHub names its headings."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", of.lower()).replace(" ", "-") for of in headings}


def typed() -> Iterator[str]:
    """Each line of a shell that starts this program."""
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        for block in re.findall(r"```(?:sh|console)\n(.*?)```", text, re.DOTALL):
            yield from re.findall(r"(?:^|\$ |bin/|\()(ollama-tui\b[^#|)\n]*)", block, re.MULTILINE)


def mentioned() -> Iterator[str]:
    """Each command that a sentence names."""
    for path in DOCUMENTS:
        text = _CODE.sub("", path.read_text(encoding="utf-8"))
        yield from re.findall(r"`ollama-tui ([a-z]+)", text)


@pytest.mark.parametrize(
    ("path", "target"), links(), ids=lambda part: part.name if isinstance(part, Path) else part
)
def test_each_link_leads_somewhere(path: Path, target: str) -> None:
    if re.match(r"https://[\w.-]+(/|$)", target):
        return
    name, _, anchor = target.partition("#")
    linked = path.parent / name if name else path

    assert linked.exists()
    assert not anchor or anchor in anchors(linked)


@pytest.mark.parametrize("line", sorted(set(typed())))
def test_each_line_to_type_is_understood(line: str) -> None:
    words = [word for word in shlex.split(line.rstrip("\\").split("&&")[0])[1:] if word != '"']

    assert parse(words)


def test_each_command_in_a_sentence_is_there() -> None:
    assert set(mentioned()) - commands() == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_each_place_in_the_code_that_is_named_is_there(path: Path) -> None:
    named = _OF_OURS.findall(path.read_text(encoding="utf-8"))
    lost = [n for n in named if not list(ROOT.glob(n)) and not list((ROOT / "ollama_tui").glob(n))]

    assert lost == []


def test_each_picture_is_shown_somewhere_or_is_the_other_size_of_one_that_is() -> None:
    shown = {target for _, target in links() if target.endswith(".svg")}
    sizes = {re.sub(r"-\d+\.svg$", "", Path(target).name) for target in shown}
    made = {re.sub(r"-\d+\.svg$", "", path.name) for path in (ROOT / "screenshots").glob("*.svg")}

    assert made - sizes <= {"main", "filter", "pull"}


def test_the_one_command_of_contributing_is_there() -> None:
    assert "\n.ci/run\n" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert subprocess.run(["bash", "-n", ROOT / ".ci" / "run"], check=False).returncode == 0
