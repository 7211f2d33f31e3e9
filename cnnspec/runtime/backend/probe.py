"""Run as a program of its own, `probe.py BACKEND`: starts Keras on a backend and prints, as its last line, what came of it in JSON.

A framework may crash, hang or print while it loads; that happens here and not in the process that asks. It uses nothing of cnnspec.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from traceback import extract_tb


def tensorflow_devices() -> list[str]:
    import tensorflow as tf

    return [tf.config.experimental.get_device_details(d).get("device_name", d.device_type) for d in tf.config.list_physical_devices()]


def jax_devices() -> list[str]:
    import jax

    return ["CPU" if d.platform == "cpu" else d.device_kind for d in jax.devices()]


def torch_devices() -> list[str]:
    import torch

    gpus = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    return ["CPU", *gpus, *(["MPS"] if torch.backends.mps.is_available() else [])]


DEVICES: dict[str, Callable[[], list[str]]] = {"tensorflow": tensorflow_devices, "jax": jax_devices, "torch": torch_devices}


def report(backend: str) -> dict[str, object]:
    """The devices, or the error and the file that raised it."""
    os.environ["KERAS_BACKEND"] = backend
    try:
        import keras

        keras.ops.zeros(())
        return {"devices": DEVICES[backend]()}
    except Exception as failure:
        first_line = (str(failure).strip().splitlines() or ["no word of why"])[0]
        frames = extract_tb(failure.__traceback__)
        return {"error": f"{type(failure).__name__}: {first_line}", "file": frames[-1].filename if frames else ""}


if __name__ == "__main__":
    print("\n" + json.dumps(report(sys.argv[1])))
