"""Files that are damaged."""

from __future__ import annotations

from pathlib import Path

from ollama_tui.core.damaged import set_aside


class TestSettingAside:
    def test_the_file_gets_another_name(self, tmp_path: Path) -> None:
        path = tmp_path / "a.json"
        path.write_text("damaged")

        aside = set_aside(path)

        assert aside is not None
        assert aside.name.startswith("a.json.damaged-")
        assert aside.read_text() == "damaged"
        assert not path.exists()

    def test_no_file_is_no_failure(self, tmp_path: Path) -> None:
        assert set_aside(tmp_path / "a.json") is None
