"""`cnnspec compile FILE...`: the checked model as a summary, as a document, as a Keras program or as a picture.

Only `--verify` loads Keras.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cnnspec.cli.arguments import Parser, add_backend, add_externs, add_overrides, add_strict
from cnnspec.diagnostics import Diagnostic

if TYPE_CHECKING:
    from cnnspec.compiler import Compiled
    from cnnspec.document.document import Document

_SUFFIX: Final = {"document": ".json", "keras": ".py", "svg": ".svg", "mermaid": ".mmd", "dot": ".dot"}
_PICTURES: Final = ("svg", "mermaid", "dot")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="a .cnn spec or a .json document; `-` is standard input")
    parser.add_argument("--summary", action="store_true", help="print the layers with their shapes, parameters and cost; loads no Keras")
    parser.add_argument("--json", action="store_true", help="print the summary as one JSON object a file, on a line of its own")
    parser.add_argument("--verify", action="store_true", help="also build the model with Keras, and fail if a shape or a count differs")
    parser.add_argument("--emit", choices=list(_SUFFIX), help="write the JSON document, a Keras program, or a picture; loads no Keras")
    parser.add_argument("-o", dest="output", metavar="PATH", help="where --emit writes: a file, or for several FILEs a folder")
    parser.add_argument("--depth", type=_depth, metavar="N", help="fold the blocks and loops that lie within N others; 0 in a summary")
    add_strict(parser)
    add_backend(parser)
    add_overrides(parser)
    add_externs(parser)


def _depth(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"`{text}` is not a whole number: `--depth 0` folds every block, `--depth 1` those in others")
    return int(text)


def execute(parser: Parser, options: argparse.Namespace) -> int:
    _check_usage(parser, options)
    job = _Job(options)
    return max([job.compile(file) for file in options.files])


def _check_usage(parser: Parser, options: argparse.Namespace) -> None:
    if options.json and not options.summary:
        parser.wrong_usage("`--json` goes with `--summary`")
    if options.output and not options.emit:
        parser.wrong_usage("`-o` says where `--emit` writes: add `--emit document` or `--emit keras`")
    _check_depth(parser, options)
    if options.emit and options.summary and options.output in (None, "-"):
        parser.wrong_usage("`--summary` and `--emit` would both print: give `--emit` a file with `-o`")
    if options.backend and not options.verify:
        parser.wrong_usage("`--backend` goes with `--verify`: nothing else loads Keras")
    if options.externs and not options.verify:
        parser.wrong_usage("`--allow-extern` goes with `--verify`: nothing else runs Python code")
    if options.output not in (None, "-") and len(options.files) > 1:
        if not Path(options.output).is_dir():
            parser.wrong_usage(f"`-o {options.output}` is not a folder: {len(options.files)} files need one to be written into")
        if len({Path(file).stem for file in options.files}) < len(options.files):
            parser.wrong_usage("two of the files have the same name and would be written over each other")


def _check_depth(parser: Parser, options: argparse.Namespace) -> None:
    if options.depth is None or options.emit in _PICTURES:
        return
    if options.json:
        parser.wrong_usage("`--depth` has no effect on `--json`, which has every layer: leave it out")
    if not options.summary:
        parser.wrong_usage("`--depth` folds blocks: add `--summary`, or a picture with `--emit svg`, `--emit mermaid` or `--emit dot`")


class _Job:
    """One command line. The backend is started once, by the first file that needs it: a process can have only one."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.backend_runs = False

    def compile(self, file: str) -> int:
        """Does with one file what the options say; returns the exit status."""
        from cnnspec.cli.printing import fatal, show
        from cnnspec.compiler import compile_file

        options, strict = self.options, self.options.strict
        compiled, diagnostics = compile_file(file, options.overrides)
        if compiled is not None and options.verify and not fatal(diagnostics, strict=strict):
            compiled, differences = self._verify(compiled)
            diagnostics = [*diagnostics, *differences]
        if compiled is not None and (options.summary or not options.emit) and not fatal(diagnostics, strict=strict):
            self._summarize(file, compiled)
        if compiled is not None and options.emit and not fatal(diagnostics, strict=strict):
            diagnostics = [*diagnostics, *self._emit(file, compiled)]
        return show(file, diagnostics, json=options.json and fatal(diagnostics, strict=strict), strict=strict)

    def _summarize(self, file: str, compiled: Compiled) -> None:
        """Prints the summary, or one line that says what the model is."""
        from cnnspec.report.summary import one_line, print_summary, summarize, summary_json

        summary = summarize(compiled)
        if self.options.json:
            print(summary_json(file, summary))
        elif self.options.summary:
            print_summary(summary, self.options.depth or 0, sys.stdout)
        else:
            print(one_line(file, summary))

    def _verify(self, compiled: Compiled) -> tuple[Compiled | None, list[Diagnostic]]:
        """Builds the model with Keras: each difference to what is known without it is an error. What only Keras knows is filled in."""
        from cnnspec.runtime.model.externs import import_externs

        refused = self._start_backend(compiled.document) or import_externs(compiled.document, self.options.externs)
        if refused:
            return None, refused
        from cnnspec.runtime.model.build import build_model
        from cnnspec.runtime.model.figures import completed

        model, diagnostics = build_model(compiled.document, compiled.graph, compiled.document.get("/run/seed") or 0)
        return None if model is None else replace(compiled, graph=completed(compiled.graph, model)), diagnostics

    def _start_backend(self, document: Document) -> list[Diagnostic]:
        from cnnspec.runtime.backend.choice import activate, choose

        if self.backend_runs:
            return []
        choice, refused = choose(self.options.backend, document)
        refused = refused if choice is None else activate(choice)
        self.backend_runs = not refused
        return refused

    def _emit(self, file: str, compiled: Compiled) -> list[Diagnostic]:
        from cnnspec.cli.writing import write_output

        path = self.options.output or "-"
        if path != "-" and Path(path).is_dir():
            path = str(Path(path, Path(file).stem + _SUFFIX[self.options.emit]))
        if self.options.emit == "document":
            from cnnspec.document.load import dump_document
            from cnnspec.document.rebase import rebased

            folder = Path() if path == "-" else Path(path).parent
            text = dump_document(rebased(compiled.document, folder))
        elif self.options.emit in _PICTURES:
            from cnnspec.graph import group_nodes
            from cnnspec.report.picture import picture

            text = picture(self.options.emit, compiled.graph, group_nodes(compiled.document, compiled.graph), self.options.depth)
        else:
            from cnnspec.report.keras_code import keras_program

            text = keras_program(compiled.graph)
        return write_output(text, path)
