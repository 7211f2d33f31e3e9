"""Every layer of Keras that augments at random, in a compiled step of the backend of the first argument, in one process.

Prints as one JSON object what each made of a batch: "changed", "the same again" where two steps gave the same, or why Keras refuses it.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np

from cnnspec.consistency.movement import MIXING
from cnnspec.plan.plan import Object
from cnnspec.runtime.backend.choice import Choice, activate

LAYERS: dict[str, dict[str, Any]] = {
    "RandomFlip": {},
    "RandomRotation": {"factor": 0.1},
    "RandomTranslation": {"height_factor": 0.2, "width_factor": 0.2},
    "RandomZoom": {"height_factor": 0.2},
    "RandomShear": {"x_factor": 0.2, "y_factor": 0.2},
    "RandomCrop": {"height": 12, "width": 12},
    "RandomPerspective": {},
    "RandomElasticTransform": {},
    "RandomErasing": {},
    "RandomBrightness": {"factor": 0.3},
    "RandomContrast": {"factor": 0.3},
    "RandomColorDegeneration": {"factor": 0.5},
    "RandomColorJitter": {"brightness_factor": 0.3, "contrast_factor": 0.3, "saturation_factor": 0.3, "hue_factor": 0.3},
    "RandomGaussianBlur": {},
    "RandomGrayscale": {},
    "RandomHue": {"factor": 0.3},
    "RandomInvert": {},
    "RandomPosterization": {"factor": 4},
    "RandomSaturation": {"factor": 0.5},
    "RandomSharpness": {"factor": 0.5},
    "Solarization": {"addition_factor": 0.5},
    "AutoContrast": {},
    "Equalization": {},
    "AugMix": {},
    "RandAugment": {},
    "MixUp": {},
    "CutMix": {},
}
STEPS = (3, 6)


def compiled(backend: str, stage: Any) -> Any:
    """`stage` as it runs in a step: compiled, where the backend compiles, for any number of the step."""
    if backend == "jax":
        import jax

        return jax.jit(lambda x, y, step: stage((x, y), step)[0])
    if backend == "tensorflow":
        import tensorflow as tf

        return tf.function(lambda x, y, step: stage((x, y), step)[0])
    return lambda x, y, step: stage((x, y), step)[0]


def tried(backend: str, name: str, arguments: dict[str, Any]) -> str:
    import keras

    from cnnspec.runtime.augment.build import stage_of
    from cnnspec.runtime.data.targets import Targets
    from cnnspec.runtime.model.objects import NotBuilt

    x = np.random.default_rng(0).integers(0, 256, (8, 16, 16, 3)).astype(np.uint8)
    y = np.eye(8, dtype=np.float32)
    try:
        stage = stage_of([Object("layer", name, arguments, "/augment/0")], 1, None, {"y": Targets("one_hot", 8)}, {"y": None})
    except NotBuilt as refusal:
        return refusal.reason
    step, found = compiled(backend, stage), []
    for number in STEPS:
        given = (keras.ops.convert_to_tensor(value) for value in (x, y, np.int32(number)))
        found.append(keras.ops.convert_to_numpy(step(*given)))
    assert all(np.isfinite(image).all() and image.dtype == np.float32 for image in found), name
    if not any(image.shape != x.shape or (image != x).any() for image in found):
        return "not changed"
    return "the same again" if np.array_equal(*found) else "changed"


def main(backend: str) -> dict[str, str]:
    assert not activate(Choice(backend, "the test says so"))
    assert set(LAYERS) >= set(MIXING)
    return {name: tried(backend, name, arguments) for name, arguments in LAYERS.items()}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
