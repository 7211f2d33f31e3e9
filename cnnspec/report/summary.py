"""The summary of a network: a table for people, JSON for programs, one line. docs/summary.md says what each figure means. No Keras."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from textwrap import wrap
from typing import Any, Final, TextIO, TypeAlias

from cnnspec.compiler import Compiled
from cnnspec.cost import Costs, Field, Memory, Sight
from cnnspec.plan.memory import memory_of
from cnnspec.render import Look, look_of, visible
from cnnspec.report.rows import Row, costs_of, rows_of
from cnnspec.report.table import Column, Table, table
from cnnspec.report.units import bytes_text, count_text, share_text
from cnnspec.shapes import Shape, show

Json: TypeAlias = Any

_BOLD: Final = "1"
_DIM: Final = "2"
_CYAN: Final = "36"


@dataclass(frozen=True, slots=True)
class Summary:
    """What is known of a compiled spec."""

    compiled: Compiled
    costs: Costs
    memory: Memory | None


def summarize(compiled: Compiled) -> Summary:
    costs = costs_of(compiled)
    return Summary(compiled, costs, memory_of(compiled.document, compiled.graph, costs))


# ---------------------------------------------------------------- one line


def one_line(file: str, summary: Summary) -> str:
    """`net.cnn: model net, 3 layers, 1,490 parameters`"""
    rows = [row for row in rows_of(summary.compiled, summary.costs) if row.kind == "layer" and row.shared is None]
    layers = f"{len(rows)} layer{'s' if len(rows) > 1 else ''}"
    return f"{file}: model {summary.compiled.graph.name}, {layers}, {parameters(summary.costs)}"


def parameters(costs: Costs) -> str:
    """`54,410 parameters`, and how many of them are not trained, if there are any."""
    if costs.params is None or costs.trainable_params is None:
        known = sum(node.params or 0 for node in costs.nodes)
        return f"at least {known:,} parameters: some are not known"
    frozen = costs.params - costs.trainable_params
    split = f" ({costs.trainable_params:,} trainable, {frozen:,} not)" if frozen else ""
    return f"{costs.params:,} parameters{split}"


# ---------------------------------------------------------------- the table


def print_summary(summary: Summary, depth: int, out: TextIO) -> None:
    """On a terminal a table that fits its width; elsewhere plain text, in full width, without colour."""
    look = look_of(out)
    out.write(summary_text(summary, depth, look, look.width if out.isatty() else None))


def summary_text(summary: Summary, depth: int, look: Look, width: int | None) -> str:
    """The rows with blocks folded at `depth`, the totals, and what is to be said of them."""
    rows = rows_of(summary.compiled, summary.costs, depth)
    shown = table(_columns(rows, summary.costs), look, width, [row.kind == "block" and _open(rows, i) for i, row in enumerate(rows)])
    title = look.paint(f"model {visible(summary.compiled.graph.name)}", _BOLD)
    totals = [line for text in _totals(summary) for line in _wrapped(text, width)]
    notes = [look.paint(line, _DIM) for text in _notes(summary, rows, shown, depth) for line in _wrapped(text, width)]
    return "\n".join([title, *shown.lines, *totals, *(["", *notes] if notes else []), ""])


def _wrapped(text: str, width: int | None) -> list[str]:
    """A sentence in lines that fit; all but the first are set in."""
    return wrap(text, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False) if width else [text]


def _open(rows: Sequence[Row], i: int) -> bool:
    return i + 1 < len(rows) and rows[i + 1].depth > rows[i].depth


def _columns(rows: Sequence[Row], costs: Costs) -> list[Column]:
    """Name, layer and shape can be folded; what matters least is left out first."""
    params, macs = (costs.params or 0), (costs.macs or 0)
    shares = tuple(share_text(row.costs.params or 0, params) for row in rows)
    return [
        Column("name", tuple("  " * row.depth + visible(row.label) for row in rows), least=18),
        Column("layer", tuple(visible(_layer(row)) for row in rows), least=15, style=_CYAN),
        Column("output shape", tuple(shape_text(row.shapes) for row in rows), least=20),
        Column("params", tuple(_figure(row.costs.params) for row in rows), right=True),
        Column("%", shares, right=True, leave=4, what="the share of the parameters"),
        Column("MACs", tuple(_macs(row) for row in rows), right=True, leave=1, what="the MACs"),
        Column("%", tuple(share_text(row.costs.macs or 0, macs) for row in rows), right=True, leave=3, what="the share of the MACs"),
        Column("field", tuple(sight_text(row.costs.sees) for row in rows), right=True, leave=2, what="the receptive field"),
    ]


def _layer(row: Row) -> str:
    if row.kind == "block":
        return row.layer.replace(f" as {row.name.rpartition('__')[2]}", "", 1) if row.name else row.layer
    return f"{row.layer} (as `{row.shared}`)" if row.shared else row.layer


def _figure(number: int | None) -> str:
    return "?" if number is None else f"{number:,}"


def _macs(row: Row) -> str:
    return "?" if row.costs.macs is None else count_text(row.costs.macs)


def sight_text(sees: Sight) -> str:
    """`35 /4`: 35 pixels, 4 from one to the next; `all` of the image, `-` for what has no axes, `?`."""
    if not isinstance(sees, Field):
        return {"all": "all", "none": "-"}.get(sees or "", "?")
    return f"{_axes(sees.size)} /{_axes(sees.stride)}"


def _axes(values: Sequence[int | float | None]) -> str:
    """One number where the axes agree: `35`, else `35x17`."""
    shown = ["?" if value is None else f"{value:.3g}" if isinstance(value, float) else str(value) for value in values]
    return shown[0] if len(set(shown)) == 1 else "x".join(shown)


# ---------------------------------------------------------------- below the table


def _totals(summary: Summary) -> Iterator[str]:
    costs = summary.costs
    weigh = f", {bytes_text(costs.parameter_bytes)}" if costs.parameter_bytes else ""
    yield f"{parameters(costs)}{weigh}"
    if costs.macs is not None and costs.activation_bytes is not None:
        yield f"{count_text(costs.macs)} MACs and {bytes_text(costs.activation_bytes)} of activations for one image"
    if (field := costs.receptive_field) is not None:
        yield f"receptive field {_axes(field.size)}, stride {_axes(field.stride)}, offset {_axes(field.offset)}"
    if (memory := summary.memory) is not None:
        parts = (
            f"{bytes_text(memory.parameters)} weights, {bytes_text(memory.gradients)} gradients, {bytes_text(memory.optimizer)} optimizer, "
            f"{bytes_text(memory.activations)} activations"
        )
        yield f"training with batches of {memory.batch} takes about {bytes_text(memory.total)}: {parts}"


def _notes(summary: Summary, rows: Sequence[Row], shown: Table, depth: int) -> Iterator[str]:
    folded = sum(row.kind == "block" and not _open(rows, i) for i, row in enumerate(rows))
    if folded:
        yield f"{folded} block{'s are' if folded > 1 else ' is'} folded: `--depth {depth + 1}` opens {'them' if folded > 1 else 'it'}"
    if shown.left_out:
        *others, last = shown.left_out
        named = f"{', '.join(others)} and {last}" if others else last
        yield f"no room for {named}: use a wider terminal, or `--json`"
    externs = [node.layer for node in summary.compiled.graph.nodes if node.kind == "extern"]
    if externs:
        named = ", ".join(f"`{name}`" for name in dict.fromkeys(externs))
        yield f"?: what {named} gives and costs is known to Python alone"
    elif summary.costs.macs is None:
        yield "?: a size is not fixed, or no rule is known"


# ---------------------------------------------------------------- JSON


def summary_json(file: str, summary: Summary) -> str:
    """One JSON object on one line. Shapes have no batch axis, null is an unknown size or figure, several outputs are a list of shapes."""
    graph, costs = summary.compiled.graph, summary.costs
    return json.dumps(
        {
            "file": file,
            "model": graph.name,
            "inputs": [{"name": i.name, "shape": i.shape, "dtype": i.dtype} for i in graph.inputs],
            "layers": [_record(summary, row) for row in rows_of(summary.compiled, costs) if row.kind == "layer"],
            "totals": {
                "params": costs.params,
                "trainable_params": costs.trainable_params,
                "macs": costs.macs,
                "activation_bytes": costs.activation_bytes,
                "parameter_bytes": costs.parameter_bytes,
                "receptive_field": _field(costs.receptive_field),
                "training_memory": _memory(summary.memory),
            },
        }
    )


def _record(summary: Summary, row: Row) -> Json:
    costs, shapes = row.costs, row.shapes
    origin = summary.compiled.document.origin(row.pointer)
    span = origin.value if origin is not None else None
    return {
        "name": row.name,
        "layer": row.layer,
        "output_shape": shapes[0] if len(shapes) == 1 else shapes,
        "params": costs.params,
        "trainable_params": costs.trainable_params,
        "macs": costs.macs,
        "activation_bytes": costs.activation_bytes,
        "receptive_field": _field(costs.receptive_field),
        "shared": row.shared,
        "path": span.source.path if span else None,
        "line": span.line if span else None,
    }


def _field(field: Field | None) -> Json:
    return None if field is None else {"size": field.size, "stride": field.stride, "offset": field.offset}


def _memory(memory: Memory | None) -> Json:
    if memory is None:
        return None
    return {**asdict(memory), "total": memory.total}


def shape_text(shapes: Sequence[Shape | None]) -> str:
    """The shapes of a call's outputs, one after another."""
    return " ".join(map(show, shapes))
