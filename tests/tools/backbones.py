"""Writes `cnnspec/shapes/backbones/data/*.json`: the layers of each architecture of `keras.applications`, read from the installed Keras.

Only what matters for shapes, weights and cost is kept: activations and dropout are left out. `cnnspec/shapes/backbones/describe.py` says
how a file is read. Run it after an update of Keras; `--check` compares and writes nothing.
"""

from __future__ import annotations

import argparse
import inspect
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

from cnnspec.catalogue import load_catalogue  # noqa: E402
from cnnspec.runtime.backend.choice import Choice, activate  # noqa: E402
from cnnspec.shapes.backbones.mobile import MOBILE  # noqa: E402

Json = Any
FOLDER: Final = ROOT / "cnnspec/shapes/backbones/data"
CLASSES: Final = 997
"""A number of classes that no architecture uses for anything else."""

TAILS: Final[Mapping[str, Mapping[str, Json]]] = {
    "none": {"include_top": False, "pooling": None},
    "avg": {"include_top": False, "pooling": "avg"},
    "max": {"include_top": False, "pooling": "max"},
    "top": {"include_top": True},
}
PASSED_OVER: Final = frozenset({"Activation", "ReLU", "Dropout", "Rescaling", "InputLayer", "StochasticDepth", "LeakyReLU", "Softmax"})
KEPT: Final[Mapping[str, tuple[str, ...]]] = {
    "Conv2D": ("filters", "kernel_size", "strides", "padding", "dilation_rate", "groups", "use_bias"),
    "DepthwiseConv2D": ("kernel_size", "strides", "padding", "depth_multiplier", "dilation_rate", "use_bias"),
    "SeparableConv2D": ("filters", "kernel_size", "strides", "padding", "depth_multiplier", "dilation_rate", "use_bias"),
    "BatchNormalization": ("axis", "center", "scale"),
    "LayerNormalization": ("axis", "center", "scale"),
    "Normalization": ("axis",),
    "Dense": ("units", "use_bias"),
    "MaxPooling2D": ("pool_size", "strides", "padding"),
    "AveragePooling2D": ("pool_size", "strides", "padding"),
    "GlobalAveragePooling2D": ("keepdims",),
    "GlobalMaxPooling2D": ("keepdims",),
    "Cropping2D": ("cropping",),
    "Reshape": ("target_shape",),
    "Concatenate": ("axis",),
    "Add": (),
    "Multiply": (),
    "Flatten": (),
    "ZeroPadding2D": (),
    "LayerScale": (),
}
SAME_AS: Final = {"CustomScaleLayer": "Add"}


class CorrectPadding(tuple[Any, ...]):
    """The padding that Keras computes from the size of the image; `kernel` is the one it is for."""

    kernel: int


def watch_padding() -> None:
    """Let a computed padding remember its kernel, and a padding layer what it was given."""
    import keras
    from keras.src.applications import imagenet_utils

    compute, make = imagenet_utils.correct_pad, keras.layers.ZeroPadding2D.__init__

    def correct_pad(inputs: Any, kernel_size: int | tuple[int, int]) -> CorrectPadding:
        found = CorrectPadding(compute(inputs, kernel_size))
        found.kernel = plain(kernel_size)
        return found

    def init(self: Any, padding: Any = (1, 1), **kwargs: Any) -> None:
        make(self, padding=padding, **kwargs)
        vars(self)["written"] = padding  # not as an attribute: Keras would copy the tuple

    imagenet_utils.correct_pad = correct_pad
    keras.layers.ZeroPadding2D.__init__ = init


def calls(model: Any) -> list[tuple[str, list[int]]]:
    """The calls of a model, each as its layer (JSON) and the numbers of those it reads; 0 is the image, 1 the first call."""
    import keras

    place: dict[int, int] = {id(tensor): 0 for tensor in model.inputs}
    found: list[tuple[str, list[int]]] = []
    for operation in model.operations:
        if isinstance(operation, keras.layers.InputLayer):
            continue
        (node,) = operation._inbound_nodes
        reads = [place[id(tensor)] for tensor in node.arguments.keras_tensors]
        inside = operation.layers if isinstance(operation, keras.Sequential) else [operation]
        for layer in (described(each, len(reads)) for each in inside):
            if layer is not None:
                found.append((layer, reads))
                reads = [len(found)]
        place[id(node.outputs[0])] = reads[0]
    return found


def described(operation: Any, inputs: int) -> str | None:
    """A layer as JSON; None if it changes neither shape nor cost."""
    import keras

    name = SAME_AS.get(type(operation).__name__, type(operation).__name__)
    is_layer = isinstance(operation, keras.Layer)
    if inputs == 1 and not getattr(operation, "weights", []) and (name in PASSED_OVER or not is_layer or name == "Normalization"):
        return None
    if name not in KEPT:
        raise SystemExit(f"{name}: not known here")
    return json.dumps([name, arguments(name, operation)])


def arguments(name: str, operation: Any) -> dict[str, Json]:
    if name == "ZeroPadding2D":
        written = operation.written
        return {"padding": {"correct_pad": written.kernel} if isinstance(written, CorrectPadding) else plain(written)}
    if name in ("LayerScale", "Add", "Multiply"):
        return {}
    entry = load_catalogue().entry("layer", name)
    assert entry is not None
    defaults = {p.name: p.default for p in entry.params if not p.required}
    config = operation.get_config()
    written = {key: plain(config[key]) for key in KEPT[name]}
    return {key: value for key, value in written.items() if key not in defaults or not same(value, defaults[key])}


def plain(value: Json) -> Json:
    if isinstance(value, list | tuple):
        items = [plain(item) for item in value]
        return items[0] if len(set(map(str, items))) == 1 and len(items) == 2 and isinstance(items[0], int) else items
    return "classes" if value == CLASSES else value


def same(value: Json, default: Json) -> bool:
    return bool(plain(value) == plain(default))


def record(name: str) -> Json:
    """The description of one architecture: what all of its forms begin with, and how each goes on."""
    import keras
    from keras.src.backend.common import global_state

    make = getattr(keras.applications, name)
    common: dict[str, Json] = {"weights": None, "classes": CLASSES}
    if "include_preprocessing" in inspect.signature(make).parameters:
        common["include_preprocessing"] = False
    entry = load_catalogue().entry("application", name)
    assert entry is not None and entry.backbone is not None
    size = entry.backbone.size
    with keras.StatelessScope():  # weights get no values here, which saves gigabytes
        forms = {tail: calls(make(input_shape=(size, size, 3), **common, **given)) for tail, given in TAILS.items()}
        global_state.set_global_attribute("uninitialized_variables", [])  # nor when the scope ends
    length = 0
    while all(len(form) > length for form in forms.values()) and len({str(form[length]) for form in forms.values()}) == 1:
        length += 1
    kinds: dict[str, int] = {}
    body = numbered(forms["none"][:length], kinds, 0)
    tails = {tail: numbered(form[length:], kinds, length) for tail, form in forms.items()}
    return {"layers": [json.loads(kind) for kind in kinds], "body": body, **tails}


def numbered(form: list[tuple[str, list[int]]], kinds: dict[str, int], start: int) -> list[list[int]]:
    """Each call as the number of its layer and how far back it reads; nothing more if it reads the one before it."""
    found = []
    for i, (layer, reads) in enumerate(form, start):
        back = [i - read for read in reads]
        found.append([kinds.setdefault(layer, len(kinds)), *(back if back != [0] else [])])
    return found


def text(description: Json) -> str:
    lines = [f"{json.dumps(key)}:{json.dumps(value, separators=(',', ':'))}" for key, value in description.items()]
    return "{" + ",\n".join(lines) + "}\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with what is there")
    parser.add_argument("names", nargs="*")
    chosen = parser.parse_args()
    refused = activate(Choice("tensorflow", "any backend gives the same layers"))
    assert not refused, refused
    watch_padding()
    FOLDER.mkdir(parents=True, exist_ok=True)
    differs = 0
    for name in chosen.names or [name for name in load_catalogue().names("application") if name not in MOBILE]:
        file, found = FOLDER / f"{name}.json", text(record(name))
        if chosen.check:
            same_text = file.is_file() and file.read_text(encoding="utf-8") == found
            differs += not same_text
            print(f"{name}: {'the same' if same_text else 'differs'}")
        else:
            file.write_text(found, encoding="utf-8")
            print(f"{name}: {len(found)} characters", flush=True)
    return 1 if differs else 0


if __name__ == "__main__":
    sys.exit(main())
