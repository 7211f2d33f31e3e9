"""`cnnspec doctor [FILE]`: the backends of this machine, and which one would be used."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import cnnspec
from cnnspec.cli.arguments import Parser, add_backend

if TYPE_CHECKING:
    from cnnspec.document.document import Document
    from cnnspec.runtime.backend.doctor import Examination, Probe


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", metavar="FILE", help="a spec: what its `run.backend` says counts too")
    add_backend(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def execute(parser: Parser, options: argparse.Namespace) -> int:
    from cnnspec.cli.printing import show
    from cnnspec.runtime.backend.doctor import examine

    document: Document | None = None
    if options.file is not None:
        from cnnspec.compiler import compile_file

        compiled, diagnostics = compile_file(options.file)
        if compiled is None:
            return show(options.file, diagnostics, json=options.json)
        document = compiled.document
    found = examine(options.backend, document)
    if options.json:
        print(json.dumps(_as_json(found)))
    else:
        print("\n".join(_lines(found)))
    if found.diagnostics and not options.json:
        print()
        return show("the setup of this machine", found.diagnostics, json=False, stream=sys.stdout)
    return int(bool(found.diagnostics))


def _lines(found: Examination) -> Iterator[str]:
    yield f"cnnspec {cnnspec.__version__}, " + ", ".join(f"{name} {found.versions[name]}" for name in _own(found))
    yield ""
    rows = [("backend", "version", "state", "devices")]
    rows += [(p.name, p.version or "-", p.state, ", ".join(p.devices) or "-") for p in found.probes]
    yield from _aligned(rows)
    yield from (f"  {p.name}: {'; '.join([*p.trouble.notes, p.trouble.help or ''])}" for p in found.probes if p.trouble)
    yield ""
    if found.choice:
        yield f"would be used: {found.choice.name}, because {found.choice.reason}"
    else:
        yield "would be used: none, see the error below"
    deciding = next(place for place in found.places if place.value)
    yield from _aligned([(p.name, p.value or "-", "<- decides" if p is deciding else "") for p in found.places])
    if found.misfits or found.warnings:
        yield ""
    yield from (f"does not fit: {m.text}; `{m.remedy}`" for m in found.misfits)
    yield from (f"note: {text}" for text in found.warnings)


def _own(found: Examination) -> list[str]:
    """What is not a backend: those have rows of their own."""
    names = {p.name for p in found.probes} | {"jaxlib"}
    return [name for name in found.versions if name not in names]


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _problem(p: Probe) -> str | None:
    return "; ".join([p.trouble.message, *p.trouble.notes]) if p.trouble else None


def _help(p: Probe) -> str | None:
    return p.trouble.help if p.trouble else None


def _as_json(found: Examination) -> dict[str, object]:
    return {
        "versions": {"cnnspec": cnnspec.__version__, **found.versions},
        "backends": [
            {"name": p.name, "version": p.version, "state": p.state, "devices": p.devices, "problem": _problem(p), "help": _help(p)}
            for p in found.probes
        ],
        "places": [{"place": place.name, "value": place.value} for place in found.places],
        "backend": found.choice.name if found.choice else None,
        "reason": found.choice.reason if found.choice else None,
        "misfits": [{"versions": m.text, "help": m.remedy} for m in found.misfits],
        "notes": found.warnings,
        "diagnostics": [{"code": d.code, "message": d.message, "help": d.help} for d in found.diagnostics],
    }
