"""A TextMate grammar applied to one line at a time: as much of it as ours uses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Rule = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TextMate:
    grammar: Rule

    def scopes(self, text: str) -> list[tuple[str, str]]:
        """The words of a text that have a scope of their own, in order."""
        found: list[tuple[str, str]] = []
        open_: list[Rule] = [self.grammar]
        for line in text.split("\n"):
            at = 0
            while at <= len(line):
                match, rule = self._next(line, at, open_)
                if match is None:
                    break
                found += [(word, scope) for word, scope in _captured(match, rule or {}) if word]
                if rule is None:
                    open_.pop()
                elif "begin" in rule:
                    open_.append(rule)
                at = max(match.end(), at + (match.end() == at))
        return found

    def _next(self, line: str, at: int, open_: list[Rule]) -> tuple[re.Match[str] | None, Rule | None]:
        """The first match from a place on, of the earlier rule if there are two; no rule for the end of the innermost one."""
        ends = [(open_[-1]["end"], None)] if "end" in open_[-1] else []
        rules = [*ends, *((rule.get("match") or rule["begin"], rule) for rule in self._rules(open_[-1]))]
        matches = [(match, rule) for pattern, rule in rules if (match := re.compile(pattern).search(line, at))]
        return min(matches, key=lambda found: found[0].start(), default=(None, None))

    def _rules(self, rule: Rule) -> Iterator[Rule]:
        for part in rule.get("patterns", ()):
            if "include" in part:
                part = self.grammar["repository"][part["include"].removeprefix("#")]
            if "match" in part or "begin" in part:
                yield part
            else:
                yield from self._rules(part)


def _captured(match: re.Match[str], rule: Rule) -> Iterator[tuple[str, str]]:
    if "name" in rule:
        yield match[0].strip(), rule["name"]
    for group, capture in rule.get("captures", {}).items():
        yield match[int(group)] or "", capture["name"]
