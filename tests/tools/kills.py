"""Kills runs at random moments and lets them go on, until they are complete: each must end like one that was left alone.

    python tests/tools/kills.py                              # 100 kills of specs/digits.cnn on TensorFlow, half an hour
    python tests/tools/kills.py --kills 10 --backend jax --seed 7
    python tests/tools/kills.py --set 'train.optimizer=SGD(0.1, momentum=0.9, use_ema=True)'

A process is killed by `kill -9` after a time drawn anew: while it starts, computes, writes its state, tests or saves. Equal are the weights
(bit for bit), the figures of every epoch and of the test, and the lines of metrics.jsonl. Exit status 1 at the first difference.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
COMMAND = (sys.executable, "-m", "cnnspec", "run")
OFTEN = ("--set", "run.save_every=0.2")


def start(*arguments: str) -> subprocess.Popen[str]:
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [*COMMAND, *arguments], cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )  # fmt: skip


def finish(process: subprocess.Popen[str], seconds: float | None = None) -> bool:
    """Waits for the end of a process; kills it after `seconds`. Returns whether it ended by itself."""
    try:
        _, told = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return False
    assert process.returncode == 0, told
    return True


def outcome(folder: Path) -> dict[str, Any]:
    """What a run found, without its times and its place."""
    found = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    times = ("seconds", "images_per_second")
    epochs = [[{k: v for k, v in epoch.items() if k not in times} for epoch in part] for part in (found["epochs"], lines)]
    return {"weights": found["weights"], "test": found["test"], "epochs": epochs}


def killed(runs: Path, arguments: Sequence[str], longest: float, draw: random.Random) -> tuple[Path, int]:
    """The folder of a run that is killed and goes on until it is complete, and how often it was killed."""
    kills, process = 0, start(*arguments, "--runs", str(runs))
    while True:
        ended = finish(process, draw.uniform(0, longest))
        folder = next(runs.glob("*"), None)
        if folder is not None and (folder / "result.json").exists():
            return folder, kills
        assert not ended, "the run ended without a result"
        kills += 1
        whole = folder is not None and (folder / "lock.json").exists()
        process = start("--resume", str(folder)) if whole else start(*arguments, "--runs", str(runs / f"begun{kills}"))
        runs = runs if whole else runs / f"begun{kills}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spec", default="specs/digits.cnn")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--backend", choices=["tensorflow", "jax", "torch"], default="tensorflow")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--set", action="append", default=[], dest="sets")
    options = parser.parse_args()
    sets = [part for value in options.sets for part in ("--set", value)]
    arguments = (options.spec, "--backend", options.backend, "--set", f"train.epochs={options.epochs}", *OFTEN, *sets)
    draw, kills, runs = random.Random(options.seed), 0, 0
    with tempfile.TemporaryDirectory() as scratch:
        began = time.monotonic()
        finish(start(*arguments, "--runs", f"{scratch}/whole"))
        longest = time.monotonic() - began
        wanted = outcome(next(Path(scratch, "whole").glob("*")))
        print(f"a run takes {longest:.1f} s; its weights are {wanted['weights'][:12]}...", flush=True)
        while kills < options.kills:
            folder, more = killed(Path(scratch, f"run{runs}"), arguments, 1.2 * longest, draw)
            kills, runs = kills + more, runs + 1
            if outcome(folder) != wanted:
                print(f"run {runs} was killed {more} times, and ended in another way: {json.dumps(outcome(folder))}")
                return 1
            print(f"{kills} kills, {runs} runs, all equal", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
