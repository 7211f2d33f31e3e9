"""How fast a run trains, against the same program written by hand, as tutorials write it.

    python tests/bench/train.py                    # all comparisons on TensorFlow, some minutes
    python tests/bench/train.py --only augmented --rounds 5
    python tests/bench/train.py --only fit --backend jax

CNNSPEC_TEST_DATA names the folder with mnist.npz. The programs take turns, each in a process of its own, so that what else happens on the
machine meets all of them. A program's figure is the images per second of its best epoch after the first, which compiles; a ratio is the
median of the rounds' ratios, with their range. Exit status 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent.parent
BY_HAND = ROOT / "tests" / "bench" / "by_hand"


@dataclass(frozen=True)
class Comparison:
    """A spec, the program by hand, and how many times its speed the spec has to reach."""

    name: str
    spec: str
    program: str
    target: float
    backends: Sequence[str] = ("tensorflow",)


COMPARISONS = (
    Comparison("fit", "mnist_cnn.cnn", "fit_arrays.py", 1.3, ("tensorflow", "jax", "torch")),
    Comparison("constant", "mnist_cnn.cnn", "constant_batch.py", 0.9),
    Comparison("generator", "mnist_augmented.cnn", "image_data_generator.py", 2.0),
    Comparison("layers", "mnist_augmented.cnn", "layers_in_tf_data.py", 1.2),
)


def of_spec(spec: str, backend: str, epochs: int) -> float:
    """Images per second of `cnnspec run`."""
    with tempfile.TemporaryDirectory() as runs:
        source = f'data.source=mnist(path="{os.environ["CNNSPEC_TEST_DATA"]}/mnist.npz")'
        sets = ["--set", f"train.epochs={epochs}", "--set", source]
        found = printed("-m", "cnnspec", "run", f"specs/{spec}", "--backend", backend, "--json", "--runs", runs, *sets, backend=backend)
    return max(epoch["images_per_second"] for epoch in json.loads(found)["epochs"][1:])


def by_hand(program: str, backend: str, epochs: int) -> float:
    """Images per second of a program by hand."""
    return max(json.loads(printed(str(BY_HAND / program), str(epochs), backend=backend))[1:])


def printed(*arguments: str, backend: str) -> str:
    """The last line that a program prints."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environ, check=True, capture_output=True, text=True)
    return done.stdout.splitlines()[-1]


def compare(comparison: Comparison, backend: str, rounds: int, epochs: int) -> bool:
    """Prints the figures of one comparison; returns whether the target is reached. On JAX and torch it is the speed by hand."""
    target = comparison.target if backend == "tensorflow" else 1.0
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(of_spec(comparison.spec, backend, epochs))
        theirs.append(by_hand(comparison.program, backend, epochs))
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    for name, found in ((comparison.spec, ours), (comparison.program, theirs)):
        print(f"  {name:<26} {median(found):8,.0f} images/s   ({min(found):,.0f} to {max(found):,.0f})")
    reached = median(ratios) >= target
    missed = "" if reached else ": MISSED"
    print(f"  {backend}: {median(ratios):.2f} times   ({min(ratios):.2f} to {max(ratios):.2f}), target {target}{missed}")
    return reached


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--only", choices=[comparison.name for comparison in COMPARISONS])
    parser.add_argument("--backend", choices=["tensorflow", "jax", "torch"], default="tensorflow")
    options = parser.parse_args()
    reached = True
    for comparison in COMPARISONS:
        if options.only in (None, comparison.name) and options.backend in comparison.backends:
            print(comparison.name)
            reached &= compare(comparison, options.backend, options.rounds, options.epochs)
    return int(not reached)


if __name__ == "__main__":
    sys.exit(main())
