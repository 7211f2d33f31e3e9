"""A spec on its way to its data: compiled, planned, and its backend started. `run` and `preview` begin so."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.graph import Graph
from cnnspec.plan.plan import Plan


@dataclass(frozen=True, slots=True)
class Started:
    """What is known before the data is opened. Keras runs on `backend`."""

    document: Document
    graph: Graph
    plan: Plan
    backend: str


def start(options: argparse.Namespace) -> tuple[Started | None, list[Diagnostic]]:
    """Checks all that can be known without Keras before it is loaded, and shows the warnings."""
    from cnnspec.cli.printing import fatal, show
    from cnnspec.compiler import compile_file
    from cnnspec.plan.resolve import resolve
    from cnnspec.runtime.backend.choice import activate, choose
    from cnnspec.runtime.model.externs import import_externs

    compiled, found = compile_file(options.file, options.overrides)
    if compiled is None:
        return None, found
    plan, more = resolve(compiled.document)
    choice, refused = choose(options.backend, compiled.document)
    found = [*found, *more, *refused]
    if plan is None or choice is None or fatal(found, strict=options.strict):
        return None, found
    show(options.file, found, json=False)
    refused = activate(choice, deterministic=plan.run.deterministic) or import_externs(compiled.document, options.externs)
    if refused:
        return None, refused
    from cnnspec.runtime.backend.settings import set_up

    set_up(plan.run, choice.name)
    return Started(compiled.document, compiled.graph, plan, choice.name), []
