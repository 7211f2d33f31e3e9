"""Diagnostics in SARIF 2.1.0, the format in which code scanning services read them: one log for all files of a command.

A result needs a file to be shown in. What stands in no file (an option of the command line, a variable of the environment) is shown at the
file that was checked.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import quote

import cnnspec
from cnnspec.codes import CODES
from cnnspec.diagnostics import Diagnostic, Fix
from cnnspec.resources import page_path
from cnnspec.source import Span

Json: TypeAlias = dict[str, Any]
Found: TypeAlias = tuple[str, Sequence[Diagnostic]]
"""A file that was checked, and what was found."""

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT: Final = "%SRCROOT%"
_CAUSE: Final = re.compile(r"# .+?\n\n(.+?)\n\n## ", re.DOTALL)
"""The cause in a page of `cnnspec explain`: what stands between its title and its examples."""


def to_sarif(files: Sequence[Found]) -> str:
    """The log of all `files` as JSON text."""
    codes = sorted({d.code for _, diagnostics in files for d in diagnostics})
    run = {
        "tool": {"driver": {"name": "cnnspec", "semanticVersion": cnnspec.__version__, "rules": [_rule(code) for code in codes]}},
        "invocations": [{"executionSuccessful": True}],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The folder in which cnnspec was called."}}},
        "artifacts": [{"location": _artifact(file), "roles": ["analysisTarget"]} for file, _ in files],
        "columnKind": "unicodeCodePoints",
        "results": [result for file, diagnostics in files for result in _results(file, diagnostics, codes)],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(code: str) -> Json:
    page = page_path(code).read_text(encoding="utf-8")
    cause = _CAUSE.match(page)
    assert cause, f"the page of {code} has no cause"
    return {
        "id": code,
        "shortDescription": {"text": CODES[code]},
        "fullDescription": {"text": " ".join(cause[1].split())},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": "warning" if code.startswith("W") else "error"},
    }


def _results(file: str, diagnostics: Iterable[Diagnostic], codes: Sequence[str]) -> Iterable[Json]:
    seen: Counter[str] = Counter()
    for d in diagnostics:
        key = _fingerprint(file, d)
        seen[key] += 1
        result = {
            "ruleId": d.code,
            "ruleIndex": codes.index(d.code),
            "level": d.severity,
            "message": {"text": _message(d)},
            "locations": [_location(file, d.span, d.label or (d.where or "").removeprefix(file))],
            "partialFingerprints": {"codeAndLine/v1": f"{key}:{seen[key]}"},
        }
        if d.labels:
            result["relatedLocations"] = [{"id": i, **_location(file, label.span, label.text)} for i, label in enumerate(d.labels)]
        if d.fix and _path(d.fix.span):
            result["fixes"] = [_fix(d.fix, d.help or "replace it")]
        yield result


def _message(d: Diagnostic) -> str:
    """All words of `d`. In a message `{0}` is a placeholder and `[text](address)` a link; other brackets stand for themselves."""
    words = "\n".join([d.message, *d.notes, *([f"help: {d.help}"] if d.help else [])])
    return re.sub(r"\{(\d+)\}", r"{{\1}}", re.sub(r"\[(?=[^\[\]]*\]\()", r"\\[", words))


def _location(file: str, span: Span | None, text: str) -> Json:
    """The place of `span`, or the whole `file` where it stands in no file."""
    path = _path(span)
    where: Json = {"artifactLocation": _artifact(path or file)}
    if path and span:
        where["region"] = _region(span)
    return {"physicalLocation": where, **({"message": {"text": text}} if text else {})}


def _path(span: Span | None) -> str | None:
    """The file of `span`: `<command line>` and `<environment>` are none."""
    return span.source.path if span and (not span.source.path.startswith("<") or span.source.path == "<stdin>") else None


def _region(span: Span) -> Json:
    return {"startLine": span.line, "startColumn": span.column, "endLine": span.end_line, "endColumn": span.end_column}


def _artifact(path: str) -> Json:
    """A path as an address, relative to the folder of the call where it lies in it; so it means the same on another machine."""
    if path in ("-", "<stdin>"):
        return {"uri": "stdin"}
    absolute = Path(os.path.normpath(Path(path).absolute()))
    if not absolute.is_relative_to(Path.cwd()):
        return {"uri": absolute.as_uri()}
    return {"uri": quote(os.fsencode(absolute.relative_to(Path.cwd()).as_posix())), "uriBaseId": _ROOT}


def _fix(fix: Fix, description: str) -> Json:
    replacement = {"deletedRegion": _region(fix.span), "insertedContent": {"text": fix.replacement}}
    change = {"artifactLocation": _artifact(fix.span.source.path), "replacements": [replacement]}
    return {"description": {"text": description}, "artifactChanges": [change]}


def _fingerprint(file: str, d: Diagnostic) -> str:
    """The same for the same mistake when lines above it come and go: its code, its file and the text of its line."""
    line = d.span.source.line(d.span.line).strip() if d.span else d.message
    parts = (d.code, _artifact(_path(d.span) or file)["uri"], line)
    return hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()[:32]
