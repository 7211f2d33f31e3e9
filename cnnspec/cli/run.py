"""`cnnspec run FILE`: trains, validates, tests and saves, and leaves a run folder.

Exit status: 0, 1 for errors, 3 if the run is complete and a promise of `expect` was not kept.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cnnspec.cli.arguments import Parser, add_backend, add_externs, add_overrides, add_strict
from cnnspec.cli.starting import start
from cnnspec.diagnostics import Diagnostic, has_errors

if TYPE_CHECKING:
    from cnnspec.runtime.record.former import Former
    from cnnspec.runtime.record.record import Result

BROKEN_PROMISE: Final = 3


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", nargs="?", help="a .cnn spec or a .json document; `-` is standard input")
    add_strict(parser)
    add_backend(parser)
    add_overrides(parser)
    add_externs(parser)
    parser.add_argument("--runs", metavar="DIR", help="where the run's own folder is made (default: runs)")
    parser.add_argument("--json", action="store_true", help="end standard output with one JSON object; progress goes to standard error")
    former = parser.add_mutually_exclusive_group()
    former.add_argument(
        "--resume", metavar="RUN", type=Path, help="finish the run in this folder, which stopped, as if it had never stopped"
    )
    former.add_argument("--locked", metavar="RUN", type=Path, help="repeat the run in this folder, and say what differs")


def execute(parser: Parser, options: argparse.Namespace) -> int:
    from cnnspec.cli.printing import show

    former, found = _former(parser, options)
    if not found:
        result, found = _run(options, former)
        if result is not None:
            show(options.file, found, json=False)
            if options.json:
                print(json.dumps(result.to_json()))
            return BROKEN_PROMISE if has_errors(found) else 0
    return show(options.file or str(options.resume or options.locked), found, json=options.json, strict=options.strict)


def _former(parser: Parser, options: argparse.Namespace) -> tuple[Former | None, list[Diagnostic]]:
    """The run that `--resume` or `--locked` names. It brings its own spec and its own backend."""
    path = options.resume or options.locked
    if path is None:
        if options.file is None:
            parser.wrong_usage("there is no FILE: name a spec, or a run with `--resume` or `--locked`")
        return None, []
    option = "--resume" if options.resume else "--locked"
    given = {"FILE": options.file, "--backend": options.backend, "--set": options.overrides, "--runs": options.resume and options.runs}
    for name, value in given.items():
        if value:
            parser.wrong_usage(f"`{name}` does not go with `{option}`: the run in {path} says it all")
    from cnnspec.runtime.record.former import former_run

    former, found = former_run(path, goes_on=options.resume is not None)
    if former is not None:
        options.file, options.backend = str(former.document), former.backend
    return former, found


def _run(options: argparse.Namespace, former: Former | None) -> tuple[Result | None, list[Diagnostic]]:
    """From the file to the result."""
    from cnnspec.cli.printing import show

    started, refused = start(options)
    if started is None:
        return None, refused
    document, graph, plan = started.document, started.graph, started.plan
    from cnnspec.report.progress import progress
    from cnnspec.runtime.job import Job
    from cnnspec.runtime.model.build import build_model
    from cnnspec.runtime.run import open_data, train_on

    observer = progress(sys.stderr if options.json else sys.stdout)
    dataset, refused = open_data(document, graph, plan, observer)
    model = None
    if dataset is not None:
        model, refused = build_model(document, graph, plan.run.seed)
    if dataset is None or model is None:
        observer.ended()
        return None, refused
    runs = Path(options.runs or "runs")

    def warn(warnings: list[Diagnostic]) -> None:
        show(options.file, warnings, json=False)

    job = Job(
        document=document, graph=graph, plan=plan, dataset=dataset, model=model, backend=started.backend, observer=observer, former=former
    )  # fmt: skip
    return train_on(job, runs, warn=warn, strict=options.strict)
