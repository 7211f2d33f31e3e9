"""`cnnspec preview FILE -o grid.png`: the first batch as the network will see it, originals beside augmented ones."""

from __future__ import annotations

import argparse
import io
import sys
from typing import TYPE_CHECKING

from cnnspec.cli.arguments import Parser, add_backend, add_externs, add_overrides, add_strict
from cnnspec.cli.starting import start
from cnnspec.diagnostics import Diagnostic

if TYPE_CHECKING:
    from cnnspec.runtime.preview import Batch


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a .cnn spec or a .json document; `-` is standard input")
    parser.add_argument("-o", "--output", metavar="PATH", default="preview.png", help="the picture, a PNG (default: preview.png)")
    parser.add_argument("-n", "--count", metavar="COUNT", type=_positive, default=16, help="how many images of the batch (default: 16)")
    parser.add_argument("--epoch", metavar="N", type=_positive, default=1, help="the first batch of this epoch (default: 1)")
    add_strict(parser)
    add_backend(parser)
    add_overrides(parser)
    add_externs(parser)


def execute(parser: Parser, options: argparse.Namespace) -> int:
    from cnnspec.cli.printing import show

    if not options.output.lower().endswith(".png"):
        parser.wrong_usage(f"the picture is a PNG: write `-o {options.output.rpartition('.')[0] or options.output}.png`")
    batch, found = _batch(options)
    if batch is not None:
        from cnnspec.cli.writing import write_output
        from cnnspec.runtime.grid import picture

        image, how = picture(batch, options.count)
        content = io.BytesIO()
        image.save(content, "PNG")
        problems = write_output(content.getvalue(), options.output)
        if not problems:
            print(f"{options.output}: {how}; on the left as stored, on the right as the network sees it")
        found = [*found, *problems]
    return show(options.file, found, json=False, strict=options.strict)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("write a number from 1 on")
    return number


def _batch(options: argparse.Namespace) -> tuple[Batch | None, list[Diagnostic]]:
    """The batch, from the file to the augmentation, as `run` does it."""
    started, refused = start(options)
    if started is None:
        return None, refused
    from cnnspec.report.progress import progress
    from cnnspec.runtime.preview import first_batch
    from cnnspec.runtime.run import open_data

    observer = progress(sys.stderr)
    try:
        dataset, refused = open_data(started.document, started.graph, started.plan, observer)
    finally:
        observer.ended()
    if dataset is None:
        return None, refused
    return first_batch(started.document, started.graph, started.plan, dataset, options.epoch - 1)
