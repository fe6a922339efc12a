"""The packages that are built hold what they should, and nothing more."""

from __future__ import annotations

import re
import tarfile
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parent.parent
_BUILT = re.compile(r"(^|/)(__pycache__|\.[a-z]+_cache|\.venv|dist|build|\.hypothesis)(/|$)|\.pyc$")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    built = next(WheelBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("wheel"))))
    with zipfile.ZipFile(built) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    built = next(SdistBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("sdist"))))
    with tarfile.open(built) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


def here(*patterns: str) -> set[str]:
    """The files of these patterns, but for what is built."""
    found = (path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file())
    names = (str(path.relative_to(ROOT)) for path in found)
    return {name for name in names if not _BUILT.search(name)}


def test_the_wheel_has_the_program_and_nothing_else(wheel: set[str]) -> None:
    of_the_program = {name for name in wheel if ".dist-info/" not in name}
    about_it = {name.partition(".dist-info/")[2] for name in wheel - of_the_program}

    assert of_the_program == here("ollama_tui/**/*")
    assert about_it == {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"}


def test_the_source_has_all_that_the_tests_and_the_readers_need(sdist: set[str]) -> None:
    folders = ("ollama_tui", "tests", "benchmarks", "screenshots", "docs", ".ci")
    files = ("*.md", "LICENSE", "pyproject.toml", ".gitignore")

    assert sdist == here(*(f"{folder}/**/*" for folder in folders), *files) | {"PKG-INFO"}


def test_the_source_has_each_picture_of_the_readme(sdist: set[str]) -> None:
    pictures = re.findall(r"\((screenshots/[^)]*)\)", (ROOT / "README.md").read_text("utf-8"))

    assert pictures
    assert set(pictures) <= sdist
