"""Whatever is in the config file and the environment, it is read, or refused in words."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ollama_tui.config import Paths, Settings, demo_paths, load_settings
from ollama_tui.config.table import SETTINGS
from ollama_tui.core.errors import InvalidInput

_NAMES = [setting.name for setting in SETTINGS]
_VARIABLES = sorted({name for of in SETTINGS for name in of.variables.replace(",", "").split()})
_TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x7f"), max_size=20)
_LITERALS = st.recursive(
    st.integers(-(2**70), 2**70).map(str)
    | st.sampled_from(["true", "nan", "-inf", "1e400", "1979-05-27", "07:32:00", "'x'", "{}"])
    | st.floats().map(str)
    | _TEXTS.map(json.dumps),
    lambda inner: st.lists(inner, max_size=4).map(lambda of: f"[{', '.join(of)}]"),
    max_leaves=6,
)
_LINES = st.tuples(st.sampled_from(_NAMES) | st.sampled_from(["keys.x", "keys", "x.y"]), _LITERALS)
_FILES = _TEXTS | st.lists(_LINES, max_size=4).map(
    lambda lines: "\n".join(f"{name} = {value}" for name, value in lines)
)
_ENVIRONMENTS = st.dictionaries(st.sampled_from(_VARIABLES), st.text(max_size=30), max_size=4)


def read(environment: dict[str, str], paths: Paths, host: str | None) -> tuple[Settings, str]:
    """The settings, or the usual ones and why they were refused."""
    try:
        return load_settings(environment, paths, host=host), ""
    except InvalidInput as error:
        return Settings(paths), str(error)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_FILES, _ENVIRONMENTS, st.none() | st.text(max_size=20))
def test_it_is_read_or_refused_in_words(
    tmp_path: Path, text: str, environment: dict[str, str], host: str | None
) -> None:
    paths = demo_paths(tmp_path)
    paths.config.write_text(text, encoding="utf-8")

    loaded, failure = read(environment, paths, host)

    assert failure.isprintable()
    assert loaded.url.startswith(("http://", "https://"))
    assert 1 <= loaded.poll_seconds <= 60
