"""Textual's stylesheet, but nothing is parsed twice under the same theme."""

from __future__ import annotations

from textual.cache import LRUCache
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.css.types import CSSLocation

_Source = tuple[object, ...]
_PARSED: LRUCache[_Source, list[RuleSet]] = LRUCache(512)


class KeptStylesheet(Stylesheet):
    """Textual parses all of it once for the first frame, and again just after it (8.2.8)."""

    def reparse(self) -> None:
        """Take the rules under the variables of now."""
        self.parse()

    def _parse_rules(
        self,
        css: str,
        read_from: CSSLocation,
        is_default_rules: bool = False,
        tie_breaker: int = 0,
        scope: str = "",
    ) -> list[RuleSet]:
        variables = tuple(self._variables.items())
        source = (css, read_from, is_default_rules, tie_breaker, scope, variables)
        rules = _PARSED.get(source)
        if rules is None:
            rules = super()._parse_rules(css, read_from, is_default_rules, tie_breaker, scope)
            _PARSED[source] = rules
        return rules
