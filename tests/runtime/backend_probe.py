"""One small run on the backend of the first argument, in a process of its own. Prints what it found as one JSON object.

With "augment" as the second argument: what a pad, a random crop and a rotation do to a batch in training and in validation.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from cnnspec.compiler import compile_source
from cnnspec.plan.resolve import resolve
from cnnspec.runtime.backend.choice import Choice, activate
from cnnspec.source import Source

SPEC = """cnn 1
model small {
  input x: (8, 8, 1)
  Rescaling(1 / 16)
  Conv2D(16, 3, activation="relu")
  MaxPooling2D(2)
  Flatten()
  Dense(10, activation="softmax") as digit
}
data {
  source = digits()
  validation = 10%
  test = 20%
}
augment {
  ZeroPadding2D(1)
  RandomCrop(8, 8)
  RandomRotation(5deg, fill_mode="constant")
}
train {
  epochs = 3
  optimizer = "adam"
  loss = "sparse_categorical_crossentropy"
  metrics = ["accuracy"]
  checkpoint { monitor = "val_accuracy" }
}
"""


def main(backend: str, what: str) -> dict[str, Any]:
    text = SPEC if what == "augment" else SPEC[: SPEC.index("augment")] + SPEC[SPEC.index("train {") :]
    compiled, found = compile_source(Source("small.cnn", text))
    assert compiled is not None, found
    plan, found = resolve(compiled.document)
    assert plan is not None, found
    assert not activate(Choice(backend, "the test says so"))
    from cnnspec.runtime.backend.settings import set_up
    from cnnspec.runtime.model.build import build_model
    from cnnspec.runtime.observer import Silent
    from cnnspec.runtime.run import execute

    set_up(plan.run, backend)
    model, found = build_model(compiled.document, compiled.graph, plan.run.seed)
    assert model is not None, found
    report = crop(model, plan) if what == "augment" else {}
    with tempfile.TemporaryDirectory() as runs:
        result, found = execute(compiled.document, compiled.graph, plan, model, backend, Path(runs), Silent())
        assert result is not None, found
        import keras

        loaded = keras.models.load_model(result.run_dir / "model.keras")
        report["reloaded"] = loaded.count_params() == result.params
    modules = [name for name in ("tensorflow", "jax", "torch") if name in sys.modules]
    return {**report, **result.to_json(), "modules": modules, "backend": keras.config.backend(), "jit": bool(model.jit_compile)}


def crop(model: Any, plan: Any) -> dict[str, Any]:
    """Each pixel of the images is its own number, so that a window that was cut can be found again."""
    import keras
    import numpy as np

    from cnnspec.runtime.augment.build import augment_layers

    pad, cut, _ = augment_layers(plan.augment, plan.run.seed)
    image = np.arange(1.0, 65.0, dtype="float32").reshape(1, 8, 8, 1)
    padded = np.pad(image[0, :, :, 0], 1)
    windows = [padded[i : i + 8, j : j + 8] for i in range(3) for j in range(3)]

    def crops() -> list[int]:
        found = keras.ops.convert_to_numpy(cut(pad(image), training=True))[0, :, :, 0]
        return [i for i, window in enumerate(windows) if np.array_equal(found, window)]

    seen = [crops() for _ in range(12)]
    return {"windows": all(len(s) == 1 for s in seen), "different": len({tuple(s) for s in seen}) > 1}


print(json.dumps(main(sys.argv[1], sys.argv[2])))
