"""What to write where something is missing: the loss that fits the end of the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from cnnspec.document.document import Document

TRAIN_EXAMPLE: Final = 'train {{\n  epochs = 5\n  optimizer = "adam"\n  loss = {loss}\n  metrics = ["accuracy"]\n}}'

_LOSS_OF_ACTIVATION: Final = {"softmax": '"sparse_categorical_crossentropy"', "sigmoid": '"binary_crossentropy"'}


def loss_for(document: Document) -> str:
    """The text of the usual loss for the model's last layer: by its activation; without one, it gives logits."""
    layers = (document.json.get("model") or {}).get("layers") or [{}]
    last: Mapping[str, Any] = layers[-1]
    activation = last.get("arguments", {}).get("activation")
    if isinstance(activation, Mapping):
        activation = activation.get("activation")
    if last.get("layer") in ("Softmax", "Activation"):
        activation = activation or "softmax"
    return _LOSS_OF_ACTIVATION.get(str(activation), "SparseCategoricalCrossentropy(from_logits=True)")
