"""What a wrong document is told: the code, the place, the words, and one thing for one mistake."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cnnspec.catalogue import Entry, Parameter, load_catalogue
from cnnspec.catalogue.types import DictOf, Number, kinds, options, texts
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document, Frame, Origin
from cnnspec.document.validate import validate
from cnnspec.source import Source, Span
from tests.catalogue.examples import base
from tests.conftest import run_python
from tests.document.test_schema import DOCUMENT


def told(json: Any, holes: tuple[str, ...] = ()) -> list[Diagnostic]:
    return validate(Document({"cnn": 1, **json}, "m.json", Path()), holes)


def model(call: dict[str, Any]) -> dict[str, Any]:
    inputs = [{"name": "i", "shape": [8, 8, 3]}]
    return {"model": {"name": "m", "input": inputs, "layers": [{"name": "x", "inputs": ["i"], **call}], "output": ["x"]}}


def layer(name: str, /, **arguments: Any) -> dict[str, Any]:
    return model({"layer": name, "arguments": arguments})


CALL = "/model/layers/0"
ARGUMENTS = CALL + "/arguments"
CONV = {"filters": 3, "kernel_size": 3}
TOLD: list[tuple[Any, str, str, str, str, str | None]] = [
    # names
    (
        layer("Conv2d", **CONV),
        "E0301",
        f"{CALL}/layer",
        "there is no layer or block called `Conv2d`",
        "unknown layer",
        "did you mean `Conv2D`?",
    ),
    (layer("Huber"), "E0301", f"{CALL}/layer", "there is no layer or block called `Huber`", "`Huber` is a loss, not a layer", None),
    (
        layer("Lambda", function="x"),
        "E0309",
        f"{CALL}/layer",
        "`Lambda` needs Python code",
        "a spec holds no code",
        'declare it: `extern NAME(...) from "module:Class"`',
    ),
    (
        model({"application": "ResNet51"}),
        "E0306",
        f"{CALL}/application",
        "there is no backbone called `ResNet51`",
        "unknown backbone",
        "did you mean `ResNet50`?",
    ),
    (
        layer("Dense", units=3, kernel_regularizer={"regularizer": "L22"}),
        "E0306",
        f"{ARGUMENTS}/kernel_regularizer/regularizer",
        "there is no regularizer called `L22`",
        "unknown regularizer",
        "did you mean `L2`?",
    ),
    (
        layer("Dense", units=3, kernel_regularizer={"loss": "Huber"}),
        "E0306",
        f"{ARGUMENTS}/kernel_regularizer",
        "`kernel_regularizer` must be a regularizer or None, not the loss `Huber`",
        "this is a loss",
        None,
    ),
    (
        layer("Dense", units=3, activation="rleu"),
        "E0306",
        f"{ARGUMENTS}/activation",
        'there is no activation called "rleu"',
        "unknown activation",
        'did you mean "relu"?',
    ),
    (
        {"train": {"metrics": ["accuracy", "acuracy"]}},
        "E0306",
        "/train/metrics/1",
        'there is no metric called "acuracy"',
        "unknown metric",
        'did you mean "accuracy"?',
    ),
    (
        {"train": {"optimizer": "lamb"}},
        "E0306",
        "/train/optimizer",
        'there is no optimizer called "lamb"',
        "unknown optimizer",
        "write it as a call: `Lamb()`",
    ),
    # keys
    (
        layer("Conv2D", filters=3, kernel_size=3, pading="same"),
        "E0302",
        f"{ARGUMENTS}/pading",
        "`Conv2D` has no argument `pading`",
        "unknown argument",
        "did you mean `padding`?",
    ),
    (
        layer("Dense", units=3, name="x"),
        "E0307",
        f"{ARGUMENTS}/name",
        "a layer is not named by `name=`",
        "not an argument here",
        "write `... as NAME` after the layer",
    ),
    (
        layer("Dense", units=3, kernel_regularizer={"regularizer": "L2", "arguments": {"weight": 1}}),
        "E0302",
        f"{ARGUMENTS}/kernel_regularizer/arguments/weight",
        "`L2` has no argument `weight`",
        "unknown argument",
        "the only argument is `l2`",
    ),
    (
        {"data": {"source": {"source": "digits"}, "batchsize": 3}},
        "E0701",
        "/data/batchsize",
        "`batchsize` is called `batch` here",
        "unknown setting",
        "write `batch`",
    ),
    (
        {"train": {"phase": {"head": {"epoch": 3}}}},
        "E0701",
        "/train/phase/head/epoch",
        "`epoch` is called `epochs` here",
        "unknown setting",
        "write `epochs`",
    ),
    (
        {"data": {"source": {"source": "digits"}, "bacth": 3}},
        "E0701",
        "/data/bacth",
        "`data` has no setting `bacth`",
        "unknown setting",
        "did you mean `batch`?",
    ),
    ({"training": {}}, "E0202", "/training", "`training` is called `train` here", "unknown section", "write `train`"),
    (
        {"train": {"lr": 0.1}},
        "E0701",
        "/train/lr",
        "`train` has no setting `lr`",
        "unknown setting",
        "write `optimizer = Adam(learning_rate=0.1)`",
    ),
    (
        layer("Conv2D", **CONV, border_mode="same"),
        "E0302",
        f"{ARGUMENTS}/border_mode",
        "`border_mode` is called `padding` in Keras 3",
        "Keras 1 name",
        "write `padding`",
    ),
    (
        layer("Dense", units=3, input_dim=4),
        "E0302",
        f"{ARGUMENTS}/input_dim",
        "`Dense` has no argument `input_dim`",
        "Keras 2 name",
        "delete it: the shape stands in the line `input`",
    ),
    (
        layer("BatchNormalisation"),
        "E0301",
        f"{CALL}/layer",
        "there is no layer or block called `BatchNormalisation`",
        "British spelling",
        "did you mean `BatchNormalization`?",
    ),
    (
        layer("Deconvolution2D", **CONV),
        "E0301",
        f"{CALL}/layer",
        "`Deconvolution2D` is called `Conv2DTranspose` in Keras 3",
        "Keras 1 name",
        "write `Conv2DTranspose`",
    ),
    (layer("Linear"), "E0301", f"{CALL}/layer", "`Linear` is called `Dense` here", "PyTorch name", "write `Dense`"),
    (
        {"train": {"optimizer": {"optimizer": "SGD", "arguments": {"learning_rate": 0.1, "decay": 0.5}}}},
        "E0302",
        "/train/optimizer/arguments/decay",
        "`SGD` has no argument `decay`",
        "Keras 2 name",
        "write `learning_rate=InverseTimeDecay(0.1, decay_steps=1, decay_rate=0.5)`",
    ),
    (
        {"train": {"checkpoint": {"monitr": "x"}}},
        "E0701",
        "/train/checkpoint/monitr",
        "`checkpoint` has no setting `monitr`",
        "unknown setting",
        "did you mean `monitor`?",
    ),
    ({"trian": {}}, "E0202", "/trian", "there is no section `trian`", "unknown section", "did you mean `train`?"),
    (
        layer("Conv2D", filtres=3, kernel_size=3),
        "E0302",
        f"{ARGUMENTS}/filtres",
        "`Conv2D` has no argument `filtres`",
        "unknown argument",
        "did you mean `filters`?",
    ),
    (layer("Dense", size=3), "E0302", f"{ARGUMENTS}/size", "`Dense` has no argument `size`", "unknown argument", "did you mean `units`?"),
    # missing
    (
        layer("Conv2D", padding="same"),
        "E0305",
        CALL,
        "`Conv2D` needs `filters` and `kernel_size`",
        "`filters` and `kernel_size` are missing",
        "add `filters=...`, an integer greater than 0 "
        "and `kernel_size=...`, an integer greater than 0 or a tuple of 2 integers greater than 0",
    ),
    (model({"layer": "Dense"}), "E0305", CALL, "`Dense` needs `units`", "`units` is missing", "add `units=...`, an integer greater than 0"),
    ({"data": {}}, "E0305", "/data", "`data` needs `source`", "`source` is missing", "add `source = ...`, a source"),
    # words
    (
        layer("Conv2D", **CONV, padding="sane"),
        "E0401",
        f"{ARGUMENTS}/padding",
        '`padding` cannot be "sane"',
        'expected one of "same", "valid"',
        'did you mean "same"?',
    ),
    (
        {"run": {"backend": "theano"}},
        "E0401",
        "/run/backend",
        '`backend` cannot be "theano"',
        'expected one of "jax", "tensorflow", "torch"',
        'Keras 3 has no Theano backend: write "tensorflow", "jax" or "torch"',
    ),
    (
        {"run": {"jit_compile": "atuo"}},
        "E0401",
        "/run/jit_compile",
        '`jit_compile` cannot be "atuo"',
        'expected "auto", or True or False',
        'did you mean "auto"?',
    ),
    # units
    (
        layer("Dropout", rate={"deg": 20}),
        "E0402",
        f"{ARGUMENTS}/rate",
        "`Dropout.rate` takes a plain number, not an angle",
        "this is 20deg",
        "angles are only for RandomRotation; a share is a number or a percentage, e.g. `30%`",
    ),
    (
        {"train": {"epochs": {"epochs": 3}}},
        "E0402",
        "/train/epochs",
        "`train.epochs` takes a plain integer, not a number of epochs",
        "this is 3epochs",
        "write `3`; `5epochs` and `100steps` are only for counts of training steps, such as `decay_steps` of a schedule",
    ),
    (
        layer("RandomRotation", factor={"epochs": 1}),
        "E0402",
        f"{ARGUMENTS}/factor",
        "`RandomRotation.factor` takes an angle such as 20deg or a tuple of 2 angles, not a number of epochs",
        "this is 1epochs",
        "`5epochs` and `100steps` are only for counts of training steps, such as `decay_steps` of a schedule",
    ),
    # types
    (layer("Dense", units="a"), "E0403", f"{ARGUMENTS}/units", '`units` must be an integer, not "a"', "this is a string", None),
    (
        layer("Dense", units="32"),
        "E0403",
        f"{ARGUMENTS}/units",
        '`units` must be an integer, not "32"',
        "this is a string",
        "write `32` without quotes",
    ),
    (
        layer("Dense", units=32.0),
        "E0403",
        f"{ARGUMENTS}/units",
        "`units` must be an integer, not 32.0",
        "this is a number with a fraction",
        "write `32`",
    ),
    (layer("Dense", units=True), "E0403", f"{ARGUMENTS}/units", "`units` must be an integer, not True", "this is True or False", None),
    (
        layer("Dense", units=3, use_bias="False"),
        "E0403",
        f"{ARGUMENTS}/use_bias",
        '`use_bias` must be True or False, not "False"',
        "this is a string",
        "write `False` without quotes",
    ),
    (
        layer("Conv2D", filters=3, kernel_size=[3, 3, 3]),
        "E0403",
        f"{ARGUMENTS}/kernel_size",
        "`kernel_size` must be an integer or a tuple of 2 integers, not (3, 3, 3)",
        "this has 3 values",
        "write 2 values, or one number for all",
    ),
    (
        layer("TimeDistributed", layer={"layer": "Conv2D", "arguments": {"filters": 3, "kernel_size": "a"}}),
        "E0403",
        f"{ARGUMENTS}/layer/arguments/kernel_size",
        '`kernel_size` must be an integer or a tuple of 2 integers, not "a"',
        "this is a string",
        None,
    ),
    (
        {"data": {"source": "mnist"}},
        "E0403",
        "/data/source",
        '`source` must be a source, not "mnist"',
        "this is a string",
        "write it as a call: `mnist()`",
    ),
    # ranges
    (layer("Dropout", rate=1.5), "E0404", f"{ARGUMENTS}/rate", "`rate` cannot be 1.5", "expected a number from 0 to 1", None),
    (
        layer("Conv2D", filters=3, kernel_size=[3, 0]),
        "E0404",
        f"{ARGUMENTS}/kernel_size",
        "`kernel_size` cannot be (3, 0)",
        "expected an integer greater than 0 or a tuple of 2 integers greater than 0",
        None,
    ),
    (
        {"train": {"class_weight": {"nv": -1}}},
        "E0404",
        "/train/class_weight/nv",
        "a value of `class_weight` cannot be -1",
        "expected a number of at least 0",
        None,
    ),
    # only in a document written as JSON
    ({"cnn": 2}, "E0005", "/cnn", "`cnn` must be 1, not 2", "unknown version", None),
    (model({"arguments": {}}), "E0305", CALL, "one of `layer`, `application`, `extern` or `reuse` is missing here", "not complete", None),
    (
        {"expect": [{"quantity": "params", "op": "=", "value": 3}]},
        "E0401",
        "/expect/0/op",
        '`op` cannot be "="',
        'expected one of "<=", ">=", "<", ">", "==", "!="',
        None,
    ),
]


@pytest.mark.parametrize(("json", "code", "pointer", "message", "label", "help"), TOLD, ids=[f"{t[1]} {t[3]}"[:70] for t in TOLD])
def test_is_told(json: Any, code: str, pointer: str, message: str, label: str, help: str | None) -> None:
    (found,) = told(json)
    assert (found.code, found.where, found.message, found.label, found.help) == (code, f"m.json: at {pointer}", message, label, help)


def test_a_valid_document_is_told_nothing() -> None:
    assert told(DOCUMENT) == []


def test_every_mistake_is_told_in_order() -> None:
    found = told(layer("Conv2D", filters=0, kernel_size="3", padding="sane", use_bais=True))
    assert [d.code for d in found] == ["E0404", "E0403", "E0401", "E0302"]


# ------------------------------------------------------------------------------- one mistake, one message


def entries() -> Iterator[Entry]:
    catalogue = load_catalogue()
    for kind in ("layer", "application", "optimizer", "loss", "metric", "callback"):
        for name in catalogue.names(kind):
            entry = catalogue.entry(kind, name)
            if entry is not None and not entry.code:
                yield entry


Mistake = tuple[str, dict[str, Any], str, str]
"""The name and the arguments of a wrong call, the code that it deserves, and the place of the mistake inside the call."""


def around(entry: Entry, calls: list[dict[str, Any]]) -> tuple[dict[str, Any], str]:
    """A document with calls of an entry, and the pointer of each with `{}` for its number."""
    if entry.kind in ("layer", "application"):
        layers = [{"name": "x", "inputs": ["i"], **call} for call in calls]
        json = model({})
        json["model"]["layers"] = layers
        return json, "/model/layers/{}"
    if entry.kind in ("metric", "callback"):
        return {"train": {f"{entry.kind}s": calls}}, f"/train/{entry.kind}s/{{}}"
    return {"train": {"phase": {str(i): {entry.kind: call} for i, call in enumerate(calls)}}}, f"/train/phase/{{}}/{entry.kind}"


def misspelled(word: str) -> str:
    """The word with its middle letter doubled, or replaced if that letter stands twice already."""
    middle = len(word) // 2
    return word[:middle] + "q" + word[middle:]


ENTRIES = list(entries())


@pytest.mark.parametrize("entry", ENTRIES, ids=[f"{e.kind}.{e.name}" for e in ENTRIES])
def test_one_mistake_gives_one_message_at_its_place(entry: Entry) -> None:
    wrong = list(mistakes(entry))
    json, pointer = around(entry, [{entry.kind: name, "arguments": arguments} for name, arguments, _, _ in wrong])
    expected = sorted((code, f"m.json: at {pointer.format(i)}{inside}") for i, (_, _, code, inside) in enumerate(wrong))
    assert sorted((d.code, d.where or "") for d in told(json)) == expected


def mistakes(entry: Entry) -> Iterator[Mistake]:
    fixed = base(entry)
    yield misspelled(entry.name), fixed, "E0301" if entry.kind == "layer" else "E0306", f"/{entry.kind}"
    for parameter in entry.params:
        key = misspelled(parameter.name)
        renamed = {key if name == parameter.name else name: value for name, value in ({parameter.name: 1} | fixed).items()}
        yield entry.name, renamed, "E0302", f"/arguments/{key}"
        if parameter.required:
            yield entry.name, {name: value for name, value in fixed.items() if name != parameter.name}, "E0305", ""
        for value, code in wrong_values(parameter):
            yield entry.name, fixed | {parameter.name: value}, code, f"/arguments/{parameter.name}"


def wrong_values(parameter: Parameter) -> Iterator[tuple[Any, str]]:
    """Values that no type but `any` accepts, with the code they deserve."""
    type_ = parameter.parsed
    if texts(type_) and not any(name in parameter.type for name in ("str", "path")):
        yield misspelled(texts(type_)[0]), "E0401"
    if any(isinstance(option, Number) for option in options(type_)):
        yield {"deg": 20}, "E0402"
        yield {"optimizer": "Adam"}, "E0306" if kinds(type_) else "E0403"
    if not any(isinstance(option, DictOf) for option in options(type_)) and "any" not in parameter.type:
        yield {"no": {"such": "thing"}}, "E0403"


# ------------------------------------------------------------------------------- places in a text

TEXT = "cnn 1\nmodel m {\n  input i: (8, 8, 3)\n  Conv2D(3, 3, pading=0, strides=0)\n}\n"


def span(text: str) -> Span:
    start = TEXT.index(text)
    return Span(SOURCE, start, start + len(text))


SOURCE = Source("m.cnn", TEXT)
STACK = (Frame("for #2", span("model")), Frame("block residual", span("input")))
ORIGINS = {
    "/model": Origin(None, span("model m")),
    CALL: Origin(span("Conv2D"), span("Conv2D(3, 3, pading=0, strides=0)"), STACK),
    f"{ARGUMENTS}/pading": Origin(span("pading"), span("0, strides")),
    f"{ARGUMENTS}/strides": Origin(span("strides"), span("0)")),
}


def placed(call: dict[str, Any]) -> list[tuple[str, str]]:
    document = Document({"cnn": 1, **model(call)}, "m.cnn", Path(), ORIGINS)
    return [(d.code, d.span.text if d.span else "") for d in validate(document)]


def test_a_wrong_key_is_marked_and_a_wrong_value_is_marked() -> None:
    arguments = {"filters": 3, "kernel_size": 3, "pading": 0, "strides": 0}
    assert placed({"layer": "Conv2D", "arguments": arguments}) == [("E0404", "0)"), ("E0302", "pading")]


def test_a_missing_argument_marks_the_call() -> None:
    assert placed({"layer": "Conv2D", "arguments": {"filters": 3}}) == [("E0305", "Conv2D(3, 3, pading=0, strides=0)")]


def test_what_was_not_written_is_marked_at_what_is_around_it() -> None:
    assert placed({"layer": "Conv2D", "arguments": {**CONV, "groups": 0}}) == [("E0404", "Conv2D(3, 3, pading=0, strides=0)")]


def test_blocks_and_loops_are_noted_from_the_inside() -> None:
    document = Document({"cnn": 1, **layer("Conv2D", filters=3)}, "m.cnn", Path(), ORIGINS)
    (found,) = validate(document)
    assert found.notes == ("in block residual, from m.cnn:3:3", "in for #2, from m.cnn:2:1")


# ------------------------------------------------------------------------------- holes and cost


@pytest.mark.parametrize(
    ("json", "hole"),
    [
        (layer("Dense", units=None), f"{ARGUMENTS}/units"),
        (layer("Conv2D", filters=3, kernel_size=[3, None]), f"{ARGUMENTS}/kernel_size/1"),
        (layer("TimeDistributed", layer={"layer": "Dense", "arguments": {"units": None}}), f"{ARGUMENTS}/layer"),
        ({"train": {"metrics": [None]}}, "/train/metrics/0"),
    ],
)
def test_nothing_is_said_about_a_hole(json: Any, hole: str) -> None:
    assert len(told(json)) == 1
    assert told(json, (hole,)) == []


def test_a_hole_hides_nothing_beside_it() -> None:
    found = told(layer("Conv2D", filters=None, kernel_size="a", x=1), (f"{ARGUMENTS}/filters",))
    assert [d.code for d in found] == ["E0403", "E0302"]


def test_one_mistake_among_many_layers_is_found() -> None:
    call = {"layer": "Dense", "arguments": {"units": 3, "activation": "relu"}, "inputs": ["i"]}
    json = model(call)
    json["model"]["layers"] = [{**call, "name": f"x{i}"} for i in range(20_000)]
    json["model"]["layers"][9_999] = {**call, "name": "y", "arguments": {"units": 0}}
    assert [d.where for d in told(json)] == ["m.json: at /model/layers/9999/arguments/units"]


def test_importing_the_check_loads_no_jsonschema_and_no_keras() -> None:
    code = "import sys, cnnspec.document.validate, cnnspec.document.load; print(sorted(sys.modules))"
    result = run_python("-c", code)
    assert result.returncode == 0, result.stderr
    assert {m for m in ("keras", "numpy", "jsonschema") if f"'{m}'" in result.stdout} == set()
