"""What the types allow, Keras builds; what Keras builds, the types allow."""

from __future__ import annotations

from typing import Any

import pytest

from cnnspec.catalogue import Entry, Parameter, load_catalogue
from tests.catalogue.examples import base, examples

KERAS_KINDS = ("layer", "optimizer", "schedule", "loss", "metric", "callback", "initializer", "regularizer", "constraint")
ACROSS = {
    "layer.Bidirectional": {"layer", "backward_layer"},  # a recurrent layer only
    "layer.RNN": {"cell"},  # a cell only
    "layer.StackedRNNCells": {"cells"},
    "layer.Conv1DTranspose": {"output_padding"},  # smaller than the stride
    "layer.Conv2DTranspose": {"output_padding"},
    "layer.Conv3DTranspose": {"output_padding"},
    "layer.Discretization": {"bin_boundaries", "num_bins", "sparse"},  # one of two; not with output_mode="int"
    "layer.Hashing": {"sparse", "dtype"},  # nor with a dtype of floats
    "layer.IntegerLookup": {"sparse", "pad_to_max_tokens", "vocabulary", "salt"},  # a file that exists; salt with farmhash
    "layer.StringLookup": {"sparse", "pad_to_max_tokens", "vocabulary"},
    "layer.TextVectorization": {"sparse", "pad_to_max_tokens", "vocabulary"},
    "layer.Normalization": {"mean", "variance"},  # both or none
    "layer.Permute": {"dims"},  # consecutive from 1
    "layer.STFTSpectrogram": {"fft_length", "window"},  # at least frame_length; a name that SciPy knows
    "initializer.STFT": {"window"},
    "optimizer.LossScaleOptimizer": {"inner_optimizer"},  # takes an optimizer, but no string for one
    "schedule.PiecewiseConstantDecay": {"values"},  # one more than boundaries
    "metric.AUC": {"num_labels"},  # with multi_label only
    "metric.BinaryIoU": {"target_class_ids"},  # below the number of classes
    "metric.IoU": {"target_class_ids"},
    "metric.OneHotIoU": {"target_class_ids"},
    "callback.ModelCheckpoint": {"save_weights_only"},  # another file name
    "callback.TensorBoard": {"profile_batch"},  # a string of two numbers
}
"""What depends on another argument or on the machine: no type of one argument can say it. Rules across arguments are Python's."""

THRESHOLDS = {"FalseNegatives", "FalsePositives", "Precision", "Recall", "TrueNegatives", "TruePositives"}


def refusal(entry: Entry, arguments: dict[str, Any]) -> str | None:
    """Why Keras refuses a call, or None."""
    from cnnspec.runtime.model.objects import Context, NotBuilt, build, to_keras

    try:
        build(entry.kind, entry.name, {name: to_keras(value, Context(10)) for name, value in arguments.items()})
    except NotBuilt as error:
        return error.reason
    return None


@pytest.mark.slow
@pytest.mark.parametrize("kind", KERAS_KINDS)
def test_keras_builds_what_the_types_allow(keras: Any, kind: str) -> None:
    catalogue = load_catalogue()
    wrong = {}
    for name in catalogue.names(kind):
        entry = catalogue.entry(kind, name)
        assert entry is not None
        if entry.code or name == "OrbaxCheckpoint":  # needs a package of its own
            continue
        for label, arguments in calls(entry):
            if reason := refusal(entry, arguments):
                wrong[label] = reason[:120]
    assert wrong == {}


def calls(entry: Entry) -> list[tuple[str, dict[str, Any]]]:
    fixed = base(entry)
    skipped = ACROSS.get(f"{entry.kind}.{entry.name}", set())
    found = [(f"{entry.name}()", fixed)]
    for parameter in entry.params:
        if parameter.name not in skipped:
            found += [(f"{entry.name}({parameter.name}={value!r})", {**fixed, parameter.name: value}) for value in usable(entry, parameter)]
    return found


def usable(entry: Entry, parameter: Parameter) -> list[Any]:
    found = examples(parameter.parsed)
    if entry.name in THRESHOLDS and parameter.name == "thresholds":  # Keras wants a list, and takes a tuple for one number
        return [value for value in found if not isinstance(value, list)]
    return found


VERDICTS: list[tuple[str, dict[str, Any], bool]] = [
    ("layer.Conv2D", {"filters": 8, "kernel_size": [3, 5], "padding": "SAME"}, True),
    ("layer.Conv2D", {"filters": 8, "kernel_size": 3, "data_format": "Channels_First"}, True),
    ("layer.Conv2D", {"filters": 8, "kernel_size": 3, "padding": "causal"}, False),
    ("layer.Conv2D", {"filters": 8, "kernel_size": [3, 3, 3]}, False),
    ("layer.Conv2D", {"filters": 0, "kernel_size": 3}, False),
    ("layer.Conv2D", {"filters": 8, "kernel_size": 3, "activation": "rleu"}, False),
    ("layer.Conv2D", {"filters": 8, "kernel_size": 3, "activation": {"layer": "LeakyReLU", "arguments": {}}}, True),
    ("layer.Conv2D", {"filters": 8, "kernel_size": 3, "kernel_initializer": "he_norml"}, False),
    ("layer.Conv2D", {"filtres": 8, "kernel_size": 3}, False),
    ("layer.Conv2D", {"kernel_size": 3}, False),
    ("layer.Conv1D", {"filters": 8, "kernel_size": 3, "padding": "causal"}, True),
    ("layer.Dense", {"units": 0}, False),
    ("layer.Dense", {"units": 2.5}, False),
    ("layer.Dense", {"units": 2, "kernel_regularizer": {"regularizer": "L2", "arguments": {"l2": -1.0}}}, False),
    ("layer.Dropout", {"rate": 1.0}, True),
    ("layer.Dropout", {"rate": 1.01}, False),
    ("layer.GroupNormalization", {"groups": -1}, True),
    ("layer.GroupNormalization", {"groups": 0}, False),
    ("layer.Reshape", {"target_shape": [-1, 3]}, True),
    ("layer.Reshape", {"target_shape": 8}, False),
    ("layer.UpSampling1D", {"size": [2]}, False),
    ("layer.ZeroPadding2D", {"padding": [[1, 2], 3]}, True),
    ("layer.ZeroPadding2D", {"padding": [1, 2, 3]}, False),
    ("layer.RandomZoom", {"height_factor": [-0.2, 0.0]}, True),
    ("layer.RandomZoom", {"height_factor": -1.0}, False),
    ("layer.RandomContrast", {"factor": 1.5}, False),
    ("layer.RandomFlip", {"mode": "vertical", "seed": 1}, True),
    ("layer.Bidirectional", {"layer": {"layer": "LSTM", "arguments": {"units": 2}}, "merge_mode": None}, True),
    ("optimizer.Adam", {"clipnorm": 1.0, "use_ema": True}, True),
    ("optimizer.Adam", {"lr": 0.1}, False),
    ("optimizer.SGD", {"momentum": 1.5}, False),
    ("optimizer.AdamW", {"weight_decay": None}, False),
    ("schedule.CosineDecay", {"initial_learning_rate": 0.0, "decay_steps": 0}, False),
    ("loss.CategoricalCrossentropy", {"reduction": "none", "label_smoothing": 0.1}, True),
    ("loss.CategoricalCrossentropy", {"reduction": "avg"}, False),
    ("loss.CategoricalGeneralizedCrossEntropy", {"q": 1.0}, False),
    ("metric.F1Score", {"average": "macro", "threshold": 0.5}, True),
    ("metric.F1Score", {"average": "mean"}, False),
    ("metric.AUC", {"curve": "PR"}, True),
    ("metric.AUC", {"curve": "pR"}, False),
    ("callback.ReduceLROnPlateau", {"factor": 1.0}, False),
    ("initializer.VarianceScaling", {"mode": "fan_avg", "distribution": "Uniform"}, True),
    ("initializer.VarianceScaling", {"scale": 0.0}, False),
    ("regularizer.L1L2", {"l1": 0.01, "l2": None}, True),
]


@pytest.mark.parametrize(("name", "arguments", "accepted"), VERDICTS, ids=[f"{n}{a}" for n, a, _ in VERDICTS])
def test_the_schema_and_keras_give_one_verdict(keras: Any, name: str, arguments: dict[str, Any], accepted: bool) -> None:
    from cnnspec.document.check import faults

    kind, _, entry_name = name.partition(".")
    entry = load_catalogue().entry(kind, entry_name)
    assert entry is not None
    assert (faults(_around(kind, {kind: entry_name, "arguments": arguments})) == []) is accepted
    assert (refusal(entry, arguments) is None) is accepted


def _around(kind: str, value: Any) -> dict[str, Any]:
    """A document with the object where one of its kind may stand."""
    places: dict[str, dict[str, Any]] = {
        "layer": {"augment": [value]},
        "optimizer": {"train": {"optimizer": value}},
        "schedule": {"train": {"optimizer": {"optimizer": "SGD", "arguments": {"learning_rate": value}}}},
        "loss": {"train": {"loss": value}},
        "metric": {"train": {"metrics": [value]}},
        "callback": {"train": {"callbacks": [value]}},
        "initializer": {"augment": [{"layer": "Dense", "arguments": {"units": 2, "kernel_initializer": value}}]},
        "regularizer": {"augment": [{"layer": "Dense", "arguments": {"units": 2, "kernel_regularizer": value}}]},
    }
    return {"cnn": 1, **places[kind]}
