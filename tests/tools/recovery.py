"""How well the parser recovers: one token of a spec is removed, doubled or exchanged, and the syntax errors are counted.

Run it as a script: it prints the share of broken specs that get exactly one syntax error, and of those whose first error stands within
one line of the damage, and the longest time that one took. `--compile` lets every case go through the whole compiler, where nothing may be
raised. `--worst N` shows cases that get more than one.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cnnspec.compiler import compile_source
from cnnspec.source import Source
from cnnspec.syntax import parse_source

ROOT = Path(__file__).resolve().parents[2]
TOKEN = re.compile(r"#[^\n]*|\"[^\"\n]*\"|->|\*\*|//|[=!<>]=|[A-Za-z_]\w*|\d[\w.%]*|[^\s\w]")
KINDS = ("remove", "double", "exchange")


@dataclass(frozen=True, slots=True)
class Case:
    spec: str
    kind: str
    text: str
    line: int


def specs() -> list[Path]:
    return sorted((*ROOT.glob("specs/*.cnn"), *ROOT.glob("specs/lib/*.cnn")))


def damaged(path: Path, kind: str) -> Iterator[Case]:
    """The text of a spec with each of its tokens damaged in turn."""
    text = path.read_text(encoding="utf-8")
    tokens = [found for found in TOKEN.finditer(text) if not found[0].startswith("#")]
    for i, found in enumerate(tokens):
        line = text.count("\n", 0, found.start()) + 1
        before, after = text[: found.start()], text[found.end() :]
        if kind == "remove":
            broken = before + after
        elif kind == "double":
            broken = f"{before}{found[0]} {found[0]}{after}"
        elif i + 1 < len(tokens):
            other = tokens[i + 1]
            broken = before + other[0] + text[found.end() : other.start()] + found[0] + text[other.end() :]
        else:
            continue
        yield Case(path.name, kind, broken, line)


def cases(per_kind: int | None = None, seed: int = 0) -> list[Case]:
    """Damaged specs that no longer parse, or `per_kind` of each kind, drawn at random."""
    found: list[Case] = []
    for kind in KINDS:
        of_kind = [case for path in specs() for case in damaged(path, kind)]
        if per_kind is not None:
            of_kind = random.Random(seed).sample(of_kind, min(per_kind, len(of_kind)))
        found += of_kind
    return found


def error_lines(text: str) -> list[int]:
    """The lines of the syntax errors."""
    _, diagnostics = parse_source(Source("spec.cnn", text))
    return [d.span.line for d in diagnostics if d.span]


@dataclass(frozen=True, slots=True)
class Shares:
    """Of the cases with a syntax error, how many have exactly one, and how many have their first near the damage."""

    failures: int
    one: float
    near: float


def shares(found: list[tuple[Case, list[int]]]) -> Shares:
    failed = [(case, lines) for case, lines in found if lines]
    one = sum(len(lines) == 1 for _, lines in failed)
    near = sum(abs(lines[0] - case.line) <= 1 for case, lines in failed)
    return Shares(len(failed), one / len(failed), near / len(failed))


def longest(found: list[Case], *, compile: bool) -> float:
    """The most seconds that one case takes. Whatever is raised is a bug."""
    most = 0.0
    for case in found:
        started = time.perf_counter()
        source = Source(f"specs/{case.spec}", case.text)
        compile_source(source) if compile else parse_source(source)
        most = max(most, time.perf_counter() - started)
    return most


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--per-kind", type=int, default=None)
    parser.add_argument("--worst", type=int, default=0)
    parser.add_argument("--compile", action="store_true")
    options = parser.parse_args()
    found = [(case, error_lines(case.text)) for case in cases(options.per_kind)]
    for kind in KINDS:
        of_kind = [pair for pair in found if pair[0].kind == kind]
        result = shares(of_kind)
        print(f"{kind:9} {len(of_kind):5} cases, {result.failures:5} fail: one error {result.one:.1%}, within one line {result.near:.1%}")
    result = shares(found)
    print(f"all       {len(found):5} cases, {result.failures:5} fail: one error {result.one:.1%}, within one line {result.near:.1%}")
    what = "compile" if options.compile else "parse"
    print(f"the longest took {longest([case for case, _ in found], compile=options.compile):.2f} s to {what}, nothing was raised")
    for case, lines in sorted(found, key=lambda pair: -len(pair[1]))[: options.worst]:
        if len(lines) > 1:
            print(f"--- {case.spec} {case.kind} line {case.line}: errors at {lines}")
            print("\n".join(case.text.split("\n")[max(0, case.line - 2) : max(lines) + 1]))


if __name__ == "__main__":
    main()
