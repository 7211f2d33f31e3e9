"""The committed catalogue and our vocabulary: complete, readable, and true to themselves."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from cnnspec.catalogue import Catalogue, Entry, Parameter, load_catalogue
from cnnspec.catalogue.types import kinds, to_schema
from cnnspec.document.schema import build_schema
from tests.conftest import run_python


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def entries(catalogue: Catalogue) -> list[Entry]:
    return [entry for kind in catalogue.kinds() for name in catalogue.names(kind) if (entry := catalogue.entry(kind, name))]


def parameter(catalogue: Catalogue, path: str) -> Parameter:
    kind, name, argument = path.split(".")
    entry = catalogue.entry(kind, name)
    assert entry is not None, path
    found = entry.parameter(argument)
    assert found is not None, path
    return found


TYPES = [
    ("layer.Conv2D.filters", "int>0", True),
    ("layer.Conv2D.kernel_size", "int>0 | (int>0, int>0)", True),
    ("layer.Conv3D.strides", "int>0 | (int>0, int>0, int>0)", False),
    ("layer.Conv2D.padding", '"valid"i | "same"i', False),
    ("layer.Conv1D.padding", '"valid"i | "same"i | "causal"i', False),
    ("layer.MaxPooling2D.padding", '"valid" | "same"', False),
    ("layer.Conv2D.activation", "activation | layer | None", False),
    ("layer.Dense.kernel_regularizer", "regularizer | None", False),
    ("layer.Dropout.rate", "float[0,1]", True),
    ("layer.RandomRotation.factor", "angle | (angle, angle)", True),
    ("layer.TimeDistributed.layer", "layer | application", True),
    ("layer.Dense.trainable", "bool", False),
    ("optimizer.Adam.learning_rate", "float | schedule", False),
    ("schedule.CosineDecay.decay_steps", "steps", True),
    ("loss.CategoricalCrossentropy.label_smoothing", "float[0,1]", False),
    ("metric.SparseCategoricalAccuracy.name", "str | None", False),
    ("callback.EarlyStopping.mode", '"auto" | "min" | "max"', False),
    ("application.ResNet50.weights", '"imagenet" | path | None', False),
    ("application.ResNet50.preprocess", "bool", False),
    ("section.data.batch", "int>0", False),
    ("section.train.phase", "sections:phase", False),
]


@pytest.mark.parametrize(("path", "type_", "required"), TYPES, ids=[path for path, _, _ in TYPES])
def test_types(catalogue: Catalogue, path: str, type_: str, required: bool) -> None:
    found = parameter(catalogue, path)
    assert (found.type, found.required) == (type_, required)


DEFAULTS = [
    ("data", "batch", 32),
    ("data", "shuffle", True),
    ("train", "epochs", 1),
    ("phase", "epochs", None),
    ("run", "seed", 0),
    ("run", "precision", "float32"),
    ("run", "deterministic", True),
    ("checkpoint", "keep", 1),
]


@pytest.mark.parametrize(("section", "setting", "default"), DEFAULTS)
def test_settings_have_defaults(catalogue: Catalogue, section: str, setting: str, default: object) -> None:
    assert parameter(catalogue, f"section.{section}.{setting}").default == default


@pytest.mark.parametrize(
    ("kind", "alias", "canonical"),
    [
        ("layer", "Convolution2D", "Conv2D"),
        ("layer", "MaxPool2D", "MaxPooling2D"),
        ("layer", "GlobalAvgPool2D", "GlobalAveragePooling2D"),
        ("initializer", "he_normal", "HeNormal"),
        ("regularizer", "l2", "L2"),
    ],
)
def test_aliases_lead_to_the_entry(catalogue: Catalogue, kind: str, alias: str, canonical: str) -> None:
    found = catalogue.entry(kind, alias)
    assert found is not None
    assert found.canonical == canonical
    assert alias in found.aliases
    assert catalogue.aliases(kind)[alias] == canonical


@pytest.mark.parametrize(
    ("kind", "word", "entry"),
    [
        ("optimizer", "adam", "Adam"),
        ("initializer", "he_normal", "HeNormal"),
        ("loss", "mse", "MeanSquaredError"),
        ("loss", "sparse_categorical_crossentropy", "SparseCategoricalCrossentropy"),
        ("activation", "swish", "silu"),
        ("metric", "auc", "AUC"),
        ("metric", "acc", None),
    ],
)
def test_identifiers_name_their_entry(catalogue: Catalogue, kind: str, word: str, entry: str | None) -> None:
    assert catalogue.identifiers(kind)[word] == entry


@pytest.mark.parametrize(
    ("kind", "word"), [("metric", "MeanIoU"), ("optimizer", "lamb"), ("loss", "accuracy"), ("activation", "threshold")]
)
def test_strings_that_keras_refuses_are_no_identifiers(catalogue: Catalogue, kind: str, word: str) -> None:
    assert word not in catalogue.identifiers(kind)


@pytest.mark.parametrize(
    ("name", "inputs", "call"),
    [
        ("Dense", "one", ("inputs",)),
        ("Add", "list", ("inputs",)),
        ("Attention", "list", ("inputs", "mask")),
        ("LSTM", "one", ("sequences", "initial_state", "mask")),
        ("MultiHeadAttention", "each", ("query", "value", "key", "query_mask", "value_mask", "key_mask", "attention_mask")),
    ],
)
def test_layers_know_how_they_take_tensors(catalogue: Catalogue, name: str, inputs: str, call: tuple[str, ...]) -> None:
    found = catalogue.entry("layer", name)
    assert found is not None
    assert (found.inputs, found.call) == (inputs, call)


@pytest.mark.parametrize(
    ("name", "preprocess", "size", "min_size"),
    [
        ("ResNet50", "caffe", 224, 32),
        ("MobileNetV2", "tf", 224, 32),
        ("DenseNet121", "torch", 224, 32),
        ("EfficientNetB3", "none", 300, 32),
        ("Xception", "tf", 299, 71),
    ],
)
def test_backbones_know_their_images(catalogue: Catalogue, name: str, preprocess: str, size: int, min_size: int) -> None:
    found = catalogue.entry("application", name)
    assert found is not None and found.backbone is not None
    assert (found.backbone.preprocess, found.backbone.size, found.backbone.min_size) == (preprocess, size, min_size)


@pytest.mark.parametrize("name", ["Lambda", "JaxLayer", "FlaxLayer", "TorchModuleWrapper", "TFSMLayer"])
def test_layers_of_code_are_marked(catalogue: Catalogue, name: str) -> None:
    found = catalogue.entry("layer", name)
    assert found is not None and found.code


def test_the_language_gives_names_by_other_means(catalogue: Catalogue) -> None:
    named = [e.name for e in entries(catalogue) if e.kind in ("layer", "application") and e.parameter("name")]
    assert named == []


def test_only_layers_of_code_have_a_parameter_of_unknown_type(catalogue: Catalogue) -> None:
    unknown = [f"{e.kind}.{e.name}.{p.name}" for e in entries(catalogue) if not e.code for p in e.params if p.type == "any"]
    assert unknown == []


def test_every_kind_that_a_type_names_has_entries(catalogue: Catalogue) -> None:
    named = {kind for e in entries(catalogue) for p in e.params for kind in kinds(p.parsed)}
    assert {kind for kind in named if not catalogue.names(kind)} == set()


def test_every_default_is_of_its_type(catalogue: Catalogue) -> None:
    definitions = build_schema(catalogue)["$defs"]
    wrong = [
        f"{e.kind}.{e.name}.{p.name} = {p.default!r}"
        for e in entries(catalogue)
        for p in e.params
        if not (p.required or p.default is None)
        and not Draft202012Validator({"$defs": definitions, **to_schema(p.parsed)}).is_valid(p.default)
    ]
    assert wrong == []


def test_choice_collects_its_values(catalogue: Catalogue) -> None:
    found = catalogue.entry("search", "choice")
    assert found is not None and found.variadic == "values"


def test_unknown_names_are_none(catalogue: Catalogue) -> None:
    assert catalogue.entry("layer", "Conv2d") is None
    assert catalogue.entry("nothing", "Conv2D") is None
    assert catalogue.kinds_of("L2") == ("regularizer",)
    assert set(catalogue.kinds_of("CategoricalCrossentropy")) == {"loss", "metric"}


def test_loading_needs_neither_keras_nor_jsonschema() -> None:
    code = "import sys; from cnnspec.catalogue import load_catalogue; load_catalogue(); print(sorted(sys.modules))"
    result = run_python("-c", code)
    assert result.returncode == 0, result.stderr
    assert {m for m in ("keras", "numpy", "jsonschema", "tensorflow") if f"'{m}'" in result.stdout} == set()
