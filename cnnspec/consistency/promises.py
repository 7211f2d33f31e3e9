"""The static part of `expect`: whether each line is about something that is measured, and what is known without a run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from cnnspec.consistency.kept import COUNTED, broken_counts
from cnnspec.consistency.losses import AT_MOST_ONE
from cnnspec.consistency.monitor import one_number
from cnnspec.consistency.naming import canonical
from cnnspec.consistency.ranges import COUNT, SCORE, SHARE, Range, beyond, contradictions
from cnnspec.consistency.spec import Spec, measured
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.graph.graph import Node
from cnnspec.plan.place import at
from cnnspec.shapes import Shape, show
from cnnspec.suggest import nearest

Json: TypeAlias = Any
Line: TypeAlias = Mapping[str, Json]

PARTS: Final = ("test", "validation")
BELOW_ZERO: Final = ("ConcordanceCorrelation", "PearsonCorrelation", "R2Score")
"""Metrics that are never above 1, but below 0 where a model is bad."""
_SHAPE: Final = ".shape"


def promises(spec: Spec) -> Iterator[Diagnostic]:
    """E0808: nothing measures what is promised. E0805: a promise that is broken as it stands."""
    known = measured(spec, spec.phases[-1]) if spec.phases else None
    counted: list[tuple[str, Line]] = []
    for i, line in enumerate(spec.document.json.get("expect") or []):
        place, quantity = f"/expect/{i}", line["quantity"]
        part, _, name = quantity.partition(".")
        if quantity in COUNTED or (part in PARTS and name):
            wrong = list(_number(spec, place, line, _metric(known, quantity)))
            yield from wrong
            counted += [(place, line)] if quantity in COUNTED and not wrong else []
        elif not quantity.endswith(_SHAPE):
            yield _no_quantity(spec, place, quantity, known)
        elif quantity.removesuffix(_SHAPE) not in spec.made:
            near = nearest(quantity.removesuffix(_SHAPE), spec.made)
            help = f"did you mean `{near}.shape`?" if near else f"the output is `{spec.graph.outputs[0]}`"
            message = f"the model has no tensor `{quantity.removesuffix(_SHAPE)}`"
            yield at(spec.document, f"{place}/quantity", "E0808", message, label="not in the model", help=help)
        else:
            yield from _comparison(spec, place, line)
    clashes = list(contradictions(spec, lambda line: _range(line["quantity"], _metric(known, line["quantity"]))))
    yield from clashes
    yield from broken_shapes(spec.document, lambda name: _shape_of(spec, name))
    yield from broken_counts(spec, counted) if not clashes else ()
    yield from unmeasured_promises(spec.document, known) if known is not None else ()
    yield from unmeasured_parts(spec.document, spec.has)


def broken_shapes(document: Document, shape_of: Callable[[str], Shape | None]) -> Iterator[Diagnostic]:
    """Promises about the shape of a tensor that are not kept (E0805). What `shape_of` does not know is passed over."""
    for i, line in enumerate(document.json.get("expect") or []):
        promised, place = line["value"], f"/expect/{i}"
        if not line["quantity"].endswith(_SHAPE) or line["op"] not in ("==", "!=") or not isinstance(promised, list):
            continue
        name = line["quantity"].removesuffix(_SHAPE)
        found = shape_of(name)
        if found is not None and _is_like(found, promised) != (line["op"] == "=="):
            message = f"promised {name}.shape {line['op']} {show(promised)}, found {show(found)}"
            yield at(
                document, place, "E0805", message, label="not kept", help=f"write `{name}.shape == {show(found)}`, or change the model"
            )


def _is_like(found: Shape, promised: Sequence[int | None]) -> bool:
    """Whether a shape is the promised one, in which `?` stands for any size."""
    return len(found) == len(promised) and all(size in (None, one) for one, size in zip(found, promised, strict=True))


def unmeasured_parts(document: Document, has: Mapping[str, bool | None]) -> Iterator[Diagnostic]:
    """Promises about test or validation data that there is not (E0808). `has` says which part there is; None is not known."""
    for i, line in enumerate(document.json.get("expect") or []):
        part = line["quantity"].partition(".")[0]
        if part in PARTS and has[part] is False:
            message = f"`{line['quantity']}` is promised, but there is no {part} data"
            help = f"write `{part} = 10%` in `data`"
            yield at(document, f"/expect/{i}/quantity", "E0808", message, label="never measured", help=help)


def unmeasured_promises(document: Document, names: Collection[str]) -> Iterator[Diagnostic]:
    """Promises about test or validation data whose quantity is not among `names`, which Keras gives to loss and metrics (E0808)."""
    for i, line in enumerate(document.json.get("expect") or []):
        part, _, name = line["quantity"].partition(".")
        if part in PARTS and name and name not in names:
            near, listed = nearest(name, names), ", ".join(f"`{part}.{one}`" for one in names)
            help = f"did you mean `{part}.{near}`?" if near else "promise one of these, or add the metric to `metrics`"
            message, notes = f"`{line['quantity']}` is promised, but it is not measured", (f"measured are {listed}",)
            yield at(document, f"/expect/{i}/quantity", "E0808", message, label="not measured", notes=notes, help=help)


def _number(spec: Spec, place: str, line: Line, metric: Json | None) -> Iterator[Diagnostic]:
    """A promise about a number: whether it is about one number, is compared with one, and can be kept. `metric` is what measures it."""
    if metric is not None and (remedy := one_number(metric)) is not None:
        message = f"`{line['quantity']}` is several numbers, a promise is about one"
        yield at(spec.document, f"{place}/quantity", "E0808", message, label="not one number", help=remedy)
    elif isinstance(line["value"], bool) or not isinstance(line["value"], int | float):
        message = f"`{line['quantity']}` is a number, which cannot be compared with this"
        yield at(spec.document, f"{place}/value", "E0403", message, label="not a number", help="write a number, such as `300_000` or `98%`")
    else:
        yield from beyond(spec, place, line, _range(line["quantity"], metric))


def _metric(known: Mapping[str, Json] | None, quantity: str) -> Json | None:
    """The metric behind `test.accuracy`; None where there is none, or it is not known."""
    part, _, name = quantity.partition(".")
    return (known or {}).get(name) if part in PARTS else None


def _range(quantity: str, metric: Json | None) -> Range:
    """What a quantity can be."""
    name = canonical("metric", metric) if metric is not None else None
    if quantity in COUNTED:
        return COUNT
    if name in BELOW_ZERO:
        return SCORE
    return SHARE if name == "accuracy" or name in AT_MOST_ONE else Range()


def _comparison(spec: Spec, place: str, line: Line) -> Iterator[Diagnostic]:
    """A shape is compared with a shape, by == or !=."""
    if not isinstance(line["value"], list):
        message, help = f"`{line['quantity']}` is a shape, which cannot be compared with this", "write a shape, such as `(10,)`"
        yield at(spec.document, f"{place}/value", "E0403", message, label="not a shape", help=help)
    elif line["op"] not in ("==", "!="):
        message = f"a shape is neither more nor less than another: `{line['op']}` means nothing here"
        yield at(spec.document, place, "E0808", message, label="no order", help=f"write `{line['quantity']} == {show(line['value'])}`")


def _no_quantity(spec: Spec, place: str, quantity: str, known: Mapping[str, Json] | None) -> Diagnostic:
    """A name that is no quantity at all; the name of a metric alone lacks its part."""
    names = [*COUNTED, *(f"{part}.{name}" for part in PARTS for name in known or ())]
    alone = quantity.removeprefix("val_")
    near = f"{'test' if alone == quantity else 'validation'}.{alone}" if alone in (known or ()) else None
    near = near or (None if quantity in PARTS else nearest(quantity, [*names, *(f"{name}.shape" for name in spec.graph.outputs)]))
    listed = ", ".join(f"`{name}`" for name in (*COUNTED, "test.METRIC", "validation.METRIC", f"{spec.graph.outputs[0]}.shape"))
    help = f"did you mean `{near}`?" if near else f"the quantities are {listed}"
    return at(spec.document, f"{place}/quantity", "E0808", f"there is no quantity `{quantity}`", label="unknown quantity", help=help)


def _shape_of(spec: Spec, name: str) -> Shape | None:
    made = spec.made.get(name)
    shape = made.shapes[0] if isinstance(made, Node) else made.shape if made is not None else None
    return shape if shape is not None and None not in shape else None
