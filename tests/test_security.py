"""SECURITY.md: what it promises is tested, and what can be read off the source is so."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROMISES = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
_NAMED = re.compile(r"`([\w/]+\.py)::([\w:]+)`")


def named() -> list[tuple[str, str]]:
    """Each test that holds a promise: its file below `tests/`, and its name there."""
    return sorted(set(_NAMED.findall(PROMISES)))


def names_in(path: Path) -> set[str]:
    """The tests of a file, as pytest names them."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        of_class = node.body if isinstance(node, ast.ClassDef) else []
        for part in (node, *of_class):
            if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
                owner = f"{node.name}::" if isinstance(node, ast.ClassDef) else ""
                found.add(f"{owner}{part.name}")
    return found


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Each call in the program, with its file."""
    for path in sorted((ROOT / "ollama_tui").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield str(path.relative_to(ROOT / "ollama_tui")), node


def test_each_promise_names_a_test_that_there_is() -> None:
    lost = [
        f"{file}::{name}" for file, name in named() if name not in names_in(ROOT / "tests" / file)
    ]

    assert lost == []
    assert len(named()) > 40


def test_each_row_names_its_test() -> None:
    rows = [row for row in PROMISES.splitlines() if row.startswith("| ") and "| test |" not in row]

    assert [row for row in rows if not _NAMED.search(row)] == []


def test_no_shell_is_started() -> None:
    started = [
        file
        for file, call in calls()
        if re.search(r"\b(system|popen|create_subprocess_shell)$", ast.unparse(call.func))
        or any(ast.unparse(keyword) == "shell=True" for keyword in call.keywords)
    ]

    assert started == []


def test_files_are_written_in_one_place() -> None:
    writing = {
        file
        for file, call in calls()
        if re.search(r"(^|\.)(write_text|write_bytes|mkstemp|FileHandler)$", ast.unparse(call.func))
        or (ast.unparse(call.func) == "open" and re.search(r", '[awx]", ast.unparse(call)))
        or "os.O_CREAT" in ast.unparse(call)
    }

    # The drafts are new files of names that nobody knows; the lock is what two processes hand on.
    assert writing <= {"core/files.py", "core/drafts.py", "holder/start.py"}


class TestTheAudit:
    @pytest.mark.parametrize(
        ("answer", "code", "words"),
        [
            (None, 0, "not audited: pip-audit is not installed"),
            ("", 0, "not audited: no list of known holes could be had"),
            ('{"dependencies": [{"name": "a", "skip_reason": "b"}]}', 0, "not audited: no list"),
            ('{"dependencies": [{"name": "a", "vulns": []}]}', 0, "audited: 1 package"),
            (
                json.dumps({"dependencies": [
                    {"name": "a", "version": "1", "vulns": [{"id": "X-1", "fix_versions": ["2"]}]}
                ]}),
                1,
                "a 1: X-1 (mended in 2)",
            ),
        ],
        ids=["no tool", "no network", "nothing known", "sound", "a hole"],
    )  # fmt: skip
    def test_only_a_known_hole_fails_it(
        self, tmp_path: Path, answer: str | None, code: int, words: str
    ) -> None:
        venv = tmp_path / "venv" / "bin"
        venv.mkdir(parents=True)
        (venv / "python").symlink_to(sys.executable)
        if answer is not None:
            script = '#!/bin/sh\nfor last; do :; done\nprintf %s "$ANSWER" > "$last"\nexit 1\n'
            (venv / "pip-audit").write_text(script)
            (venv / "pip-audit").chmod(0o755)
        environment = {"PATH": "/usr/bin:/bin", "ANSWER": answer or "", "TMPDIR": str(tmp_path)}

        ended = subprocess.run(
            [ROOT / ".ci" / "audit", venv.parent],
            env={**environment, "HOME": os.environ.get("HOME", "/")},
            capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip

        assert ended.returncode == code
        assert words in ended.stdout + ended.stderr
