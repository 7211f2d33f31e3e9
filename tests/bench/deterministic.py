"""What `deterministic = True` costs: the images per second of the same run with and without it.

    python tests/bench/deterministic.py                       # specs/digits.cnn on TensorFlow and torch, some minutes
    python tests/bench/deterministic.py --spec mnist_cnn.cnn --rounds 5

The two take turns, each in a process of its own, so that what else happens on the machine meets both. A figure is that of the best epoch
after the first, which compiles; a ratio is the median of the rounds' ratios, with their range.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent.parent


def speed(spec: str, backend: str, epochs: int, *, deterministic: bool) -> float:
    """Images per second of `cnnspec run`."""
    sets = [f"train.epochs={epochs}", f"run.deterministic={deterministic}"]
    if spec.startswith("mnist"):
        sets.append(f'data.source=mnist(path="{os.environ["CNNSPEC_TEST_DATA"]}/mnist.npz")')
    with tempfile.TemporaryDirectory() as runs:
        command = [sys.executable, "-m", "cnnspec", "run", f"specs/{spec}", "--backend", backend, "--json", "--runs", runs]
        for setting in sets:
            command += ["--set", setting]
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    if not done.stdout.startswith("{"):
        raise SystemExit(done.stdout + done.stderr)
    return max(epoch["images_per_second"] for epoch in json.loads(done.stdout)["epochs"][1:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spec", default="digits.cnn")
    parser.add_argument("--backend", action="append", choices=("tensorflow", "jax", "torch"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=6)
    options = parser.parse_args()
    for backend in options.backend or ("tensorflow", "torch"):
        ratios = []
        for _ in range(options.rounds):
            free = speed(options.spec, backend, options.epochs, deterministic=False)
            bound = speed(options.spec, backend, options.epochs, deterministic=True)
            ratios.append(bound / free)
            print(f"{backend}: {bound:,.0f} images/s deterministic, {free:,.0f} without", flush=True)
        print(f"{backend}: deterministic is {median(ratios):.2f} times as fast ({min(ratios):.2f} to {max(ratios):.2f})", flush=True)


if __name__ == "__main__":
    main()
