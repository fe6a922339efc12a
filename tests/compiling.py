"""What all workers import, compiled before they start: each of them would compile it anew."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from compileall import compile_file
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType

import pytest
from _pytest.assertion import rewrite
from hypothesis.internal.charmap import charmap
from hypothesis.internal.constants_ast import constants_from_module

_ROOT = Path(__file__).parents[1]
_PROGRAM = _ROOT / "ollama_tui"


def compile_all(config: pytest.Config) -> None:
    """Compile the program and its tests, on all processors."""
    folders = (_PROGRAM, _ROOT / "tests")
    sources = {path for folder in folders for path in folder.rglob("*.py")} | set(_plugins())
    by_size = sorted(sources, key=lambda source: -source.stat().st_size)
    count, fork = os.cpu_count() or 1, get_context("fork")
    processes = [
        *(fork.Process(target=_compile, args=(config, by_size[at::count])) for at in range(count)),
        # Which characters there are takes Hypothesis long to find out.
        fork.Process(target=charmap),
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()


def _plugins() -> Iterator[Path]:
    """Pytest rewrites the asserts of its plugins too; those of this process are imported."""
    for module in list(sys.modules.values()):
        if isinstance(getattr(module, "__loader__", None), rewrite.AssertionRewritingHook):
            yield Path(str(module.__file__))


def _compile(config: pytest.Config, sources: Sequence[Path]) -> None:
    for source in sources:
        if _PROGRAM in source.parents:
            _read_constants(source)
        if _ROOT not in source.parents or source.match("test_*.py") or source.match("conftest.py"):
            _compile_asserts(source, config)
        else:
            compile_file(source, quiet=2)


def _compile_asserts(source: Path, config: pytest.Config) -> None:
    folder = rewrite.get_cache_dir(source)
    compiled = folder / (source.stem + rewrite.PYC_TAIL)
    if rewrite._read_pyc(source, compiled) is None and rewrite.try_makedirs(folder):
        stat, code = rewrite._rewrite_test(source, config)
        rewrite._write_pyc(config.stash[rewrite.assertstate_key], code, stat, compiled)


def _read_constants(source: Path) -> None:
    """Hypothesis tries the constants of what it tests, and keeps them by file."""
    module = ModuleType(source.stem)
    module.__file__ = str(source)
    constants_from_module(module)
