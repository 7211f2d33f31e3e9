"""`cnnspec compile FILE...`: the checked model, built by Keras, as a document, as a Keras program or as a picture."""

from __future__ import annotations

import argparse
import sys
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
    parser.add_argument("--summary", action="store_true", help="print each layer with its output shape and parameters")
    parser.add_argument("--json", action="store_true", help="print the summary as one JSON object a file, on a line of its own")
    parser.add_argument("--emit", choices=list(_SUFFIX), help="write the JSON document, a Keras program, or a picture; loads no Keras")
    parser.add_argument("-o", dest="output", metavar="PATH", help="where --emit writes: a file, or for several FILEs a folder")
    parser.add_argument("--depth", type=_depth, metavar="N", help="in a picture, fold the blocks and loops that lie within N others")
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
    if options.depth is not None and options.emit not in _PICTURES:
        parser.wrong_usage("`--depth` goes with a picture: add `--emit svg`, `--emit mermaid` or `--emit dot`")
    if options.emit and options.summary and options.output in (None, "-"):
        parser.wrong_usage("`--summary` and `--emit` would both print: give `--emit` a file with `-o`")
    if options.emit and options.backend and not options.summary:
        parser.wrong_usage("`--backend` has no effect on `--emit`: leave it out, or add `--summary`")
    if options.output not in (None, "-") and len(options.files) > 1:
        if not Path(options.output).is_dir():
            parser.wrong_usage(f"`-o {options.output}` is not a folder: {len(options.files)} files need one to be written into")
        if len({Path(file).stem for file in options.files}) < len(options.files):
            parser.wrong_usage("two of the files have the same name and would be written over each other")


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
        if compiled is not None and (options.summary or not options.emit) and not fatal(diagnostics, strict=strict):
            diagnostics = [*diagnostics, *self._summarize(file, compiled)]
        if compiled is not None and options.emit and not fatal(diagnostics, strict=strict):
            diagnostics = [*diagnostics, *self._emit(file, compiled)]
        return show(file, diagnostics, json=options.json and fatal(diagnostics, strict=strict), strict=strict)

    def _summarize(self, file: str, compiled: Compiled) -> list[Diagnostic]:
        """Builds the model with Keras and prints its summary, or one line that says what it is."""
        from cnnspec.runtime.externs import import_externs

        refused = self._start_backend(compiled.document) or import_externs(compiled.document, self.options.externs)
        if refused:
            return refused
        from cnnspec.report.summary import print_summary, summary_json, totals
        from cnnspec.runtime.figures import summarize
        from cnnspec.runtime.model import build_model

        model, diagnostics = build_model(compiled.document, compiled.graph, compiled.document.get("/run/seed") or 0)
        if model is None:
            return diagnostics
        summary = summarize(model, compiled.graph)
        if self.options.json:
            print(summary_json(file, summary))
        elif self.options.summary:
            print_summary(summary, sys.stdout)
        else:
            print(f"{file}: model {summary.model}, {len(summary.layers)} layers, {totals(summary)}")
        return diagnostics

    def _start_backend(self, document: Document) -> list[Diagnostic]:
        from cnnspec.runtime.backend import activate, choose

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
