"""`cnnspec check FILE...`: every mistake of each file, in one run, without loading Keras. `--fix` mends those where the fix is certain."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cnnspec.cli.arguments import Parser, add_overrides, add_strict
from cnnspec.diagnostics import Diagnostic, in_order
from cnnspec.reading import STDIN, read_source
from cnnspec.source import Source


@dataclass(frozen=True, slots=True)
class _Checked:
    """A file, what is wrong with it, and how many fixes were written into it before."""

    file: str
    diagnostics: Sequence[Diagnostic]
    fixes: int = 0


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="a .cnn spec or a .json document; `-` is standard input")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON object a file, on a line of its own")
    form.add_argument("--sarif", action="store_true", help="print one SARIF 2.1.0 log for all files, for code scanning services")
    parser.add_argument("--fix", action="store_true", help="first write the safe fixes into the files; with `-`, print the fixed text")
    add_strict(parser)
    add_overrides(parser)


def execute(parser: Parser, options: argparse.Namespace) -> int:
    from cnnspec.cli.printing import fatal

    if options.fix and STDIN in options.files:
        if len(options.files) > 1 or options.json or options.sarif:
            parser.wrong_usage("`--fix -` prints the fixed text: give it no other FILE, no `--json` and no `--sarif`")
        return _fix_stdin(options)
    fixed = {file: _fix(file) for file in dict.fromkeys(options.files)} if options.fix else {}
    found = []
    for file in options.files:
        found.append(_check(file, options, *fixed.get(file, (0, []))))
        if not options.sarif:
            _print(found[-1], options)
    _print_end(found, options)
    return int(any(fatal(checked.diagnostics, strict=options.strict) for checked in found))


def _check(file: str, options: argparse.Namespace, fixes: int, unwritten: list[Diagnostic]) -> _Checked:
    from cnnspec.compiler import check_file

    _, diagnostics = check_file(file, options.overrides)
    return _Checked(file, in_order([*unwritten, *diagnostics]), fixes)


def _print(checked: _Checked, options: argparse.Namespace) -> None:
    from cnnspec.cli.printing import show
    from cnnspec.render import to_json, visible

    if options.json:
        print(to_json(checked.file, checked.diagnostics, **({"fixes": checked.fixes} if options.fix else {})))
        return
    if checked.fixes:
        print(_applied(checked))
    if checked.diagnostics:
        show(checked.file, checked.diagnostics, json=False, strict=options.strict, stream=sys.stdout)
    else:
        print(f"{visible(checked.file)}: no mistakes found")


def _print_end(found: Sequence[_Checked], options: argparse.Namespace) -> None:
    """What is said once, of all files."""
    if options.sarif:
        from cnnspec.render.sarif import to_sarif

        sys.stderr.writelines(f"{_applied(checked)}\n" for checked in found if checked.fixes)
        print(to_sarif([(checked.file, checked.diagnostics) for checked in found]))
    elif not options.json:
        from cnnspec.render import total

        end = total([checked.diagnostics for checked in found], strict=options.strict)
        sys.stdout.write(f"{end}\n" if end else "")


def _applied(checked: _Checked) -> str:
    from cnnspec.render import visible

    return f"{visible(checked.file)}: {checked.fixes} fix{'es' if checked.fixes > 1 else ''} applied"


def _fix(file: str) -> tuple[int, list[Diagnostic]]:
    """Writes the safe fixes into `file`. Returns how many, and what kept them from being written. The check tells what cannot be read."""
    source, _ = read_source(file) if Path(file).is_file() else (None, [])
    if source is None or file.endswith(".json"):
        return 0, []
    from cnnspec.cli.writing import write_output
    from cnnspec.fixing import fix_text

    text, count = fix_text(file, Path(file).read_bytes().decode())
    problems = write_output(text, file) if count else []
    return (0 if problems else count), problems


def _fix_stdin(options: argparse.Namespace) -> int:
    """Prints the text of standard input with its fixes, and what is still wrong with it on standard error."""
    from cnnspec.cli.printing import show
    from cnnspec.compiler import check_source
    from cnnspec.fixing import fix_text

    source, diagnostics = read_source(STDIN)
    if source is not None:
        text, _ = fix_text(source.path, source.text)
        sys.stdout.write(text)
        _, diagnostics = check_source(Source(source.path, text), options.overrides)
    return show(STDIN, diagnostics, json=False, strict=options.strict)
