"""The summary of a model: a table for people, JSON for programs."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final, TextIO, TypeAlias

from cnnspec.graph.summary import Summary

Cells: TypeAlias = tuple[str, str, str, str]

_NARROWEST: Final = 16
_HEAD: Final[Cells] = ("name", "layer", "output shape", "params")


def print_summary(summary: Summary, out: TextIO) -> None:
    """Name, layer, output shape and parameters of each layer, then the totals.

    On a terminal a table that fits its width; elsewhere plain aligned text, in full width, without colour.
    """
    rows = [_cells(row.name, row.layer, row.output_shape, row.params) for row in summary.layers]
    inputs = [_cells(tensor.name, "Input", tensor.shape, 0) for tensor in summary.inputs]
    if out.isatty():
        _print_table(summary, inputs + rows, out)
    else:
        out.write(_plain(summary, inputs + rows))


def summary_json(file: str, summary: Summary) -> str:
    """One JSON object on one line. Shapes have no batch axis, null is an unknown size, several outputs are a list of shapes."""
    return json.dumps(
        {
            "file": file,
            "model": summary.model,
            "inputs": [{"name": i.name, "shape": i.shape, "dtype": i.dtype} for i in summary.inputs],
            "layers": [
                {
                    "name": row.name,
                    "layer": row.layer,
                    "output_shape": row.output_shape,
                    "params": row.params,
                    "trainable_params": row.trainable_params,
                }
                for row in summary.layers
            ],
            "totals": {"params": summary.params, "trainable_params": summary.trainable_params},
        }
    )


def totals(summary: Summary) -> str:
    """`54,410 parameters`, and how many of them do not learn, if there are any."""
    frozen = summary.params - summary.trainable_params
    split = f" ({summary.trainable_params:,} trainable, {frozen:,} not)" if frozen else ""
    return f"{summary.params:,} parameters{split}"


def shape_text(shape: Sequence[object]) -> str:
    """A shape as the language writes it: `(28, 28, 1)`, `(10,)`, `?` for an unknown size; several outputs one after another."""
    if shape and isinstance(shape[0], (tuple, list)):
        return " ".join(shape_text(part) for part in shape if isinstance(part, (tuple, list)))
    sizes = ["?" if size is None else str(size) for size in shape]
    return f"({sizes[0]},)" if len(sizes) == 1 else f"({', '.join(sizes)})"


def _cells(name: str, layer: str, shape: Sequence[object], params: int) -> Cells:
    return name, layer, shape_text(shape), f"{params:,}"


def _plain(summary: Summary, rows: Sequence[Cells]) -> str:
    table = [_HEAD, *rows]
    widths = [max(len(row[i]) for row in table) for i in range(len(_HEAD))]
    lines = [_aligned(row, widths) for row in table]
    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
    return "\n".join([f"model {summary.model}", lines[0], rule, *lines[1:], rule, totals(summary), ""])


def _aligned(row: Cells, widths: Sequence[int]) -> str:
    *words, number = row
    cells = [word.ljust(width) for word, width in zip(words, widths, strict=False)]
    return "  ".join([*cells, number.rjust(widths[-1])])


def _print_table(summary: Summary, rows: Sequence[Cells], out: TextIO) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(file=out, highlight=False)
    others = sum(max(len(row[i]) for row in [_HEAD, *rows]) + 2 for i in range(1, len(_HEAD)))
    room = max(_NARROWEST, console.width - others)
    table = Table(box=box.SIMPLE_HEAD, title=Text(f"model {summary.model}"), title_justify="left", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(_HEAD[0], overflow="fold")
    table.add_column(_HEAD[1], overflow="fold", style="cyan")
    table.add_column(_HEAD[2], overflow="fold")
    table.add_column(_HEAD[3], justify="right", no_wrap=True)
    for name, *others_of_row in rows:
        table.add_row(Text(_folded(name, room)), *(Text(cell) for cell in others_of_row))
    console.print(table)
    console.print(Text(totals(summary), style="bold"))


def _folded(name: str, room: int) -> str:
    """A name that is too long for its column goes on in the next line after a block's name, where a reader would pause."""
    lines = [""]
    for part in re.split(r"(?<=__)", name):
        if lines[-1] and len(lines[-1]) + len(part) > room:
            lines.append("  ")
        lines[-1] += part
    return "\n".join(lines)
