"""What has to be the same for two runs to give the same weights: the lock of a run, and what differs from it."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

import cnnspec
from cnnspec.document.document import Document
from cnnspec.document.rebase import without_folders
from cnnspec.plan.plan import Plan
from cnnspec.runtime.backend.versions import installed_versions
from cnnspec.runtime.data.dataset import Dataset
from cnnspec.runtime.data.fingerprint import fingerprint

Json: TypeAlias = Any

FILE: Final = "lock.json"
_FRAMEWORKS: Final = {"tensorflow": ("tensorflow",), "jax": ("jax", "jaxlib"), "torch": ("torch",)}


def lock_of(document: Document, plan: Plan, dataset: Dataset, backend: str) -> dict[str, Json]:
    """The lock of a run that is about to begin.

    Versions are those of what computes: a newer version of another backend changes nothing.
    """
    versions = installed_versions()
    wanted = ("python", "keras", "numpy", *_FRAMEWORKS[backend])
    return {
        "document": _hash(document),
        "data": fingerprint(dataset),
        "seed": plan.run.seed,
        "deterministic": plan.run.deterministic,
        "backend": backend,
        "device": _device(backend),
        "platform": f"{platform.system()} {platform.machine()}",
        "versions": {"cnnspec": cnnspec.__version__, **{name: versions[name] for name in wanted if name in versions}},
    }


def differences(then: Mapping[str, Json], now: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    """What differs between two locks: the name of a thing, and what to say of it."""
    for name in dict.fromkeys([*then, *now]):
        before, after = then.get(name), now.get(name)
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from differences(before, after)
        elif before != after:
            yield name, f"{name} differs" if name in ("document", "data") else f"{name} was {before or 'absent'}, now {after or 'absent'}"


def _hash(document: Document) -> str:
    """The same wherever the spec lies; what the data is, its fingerprint says."""
    return hashlib.sha256(json.dumps(without_folders(document), sort_keys=True).encode()).hexdigest()


def _device(backend: str) -> str:
    """The device that computes by default, as its maker calls it; a processor with the number of threads that share the work."""
    if backend == "tensorflow":
        import tensorflow as tf

        found = [
            tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name) for gpu in tf.config.list_physical_devices("GPU")
        ]
    elif backend == "jax":
        import jax

        found = [device.device_kind for device in jax.devices() if device.platform != "cpu"]
    else:
        import torch

        found = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    threads = torch.get_num_threads() if backend == "torch" else os.cpu_count()
    return str(found[0]) if found else f"{_processor()}, {threads} threads"


def _processor() -> str:
    """The name of the processor: on Linux the platform module knows only its family."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return named or platform.processor() or platform.machine()
