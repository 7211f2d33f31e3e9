"""What `cnnspec check` costs as a process, against processes that everybody has: `import keras`, and Python that does nothing.

    python tests/bench/check.py               # ten rounds, half a minute
    python tests/bench/check.py --rounds 30

The three commands take turns, so that what else happens on the machine meets all of them. Each line has the median and the range in
milliseconds; a ratio is that of the medians, with the range of the ratios round by round. Exit status 1 if the target is missed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent.parent
CHECK, KERAS, PYTHON = "cnnspec check", "import keras", "python"
COMMANDS = {
    CHECK: ("-m", "cnnspec", "check", "specs/resnet20_cifar10.cnn"),
    KERAS: ("-c", "import keras"),
    PYTHON: ("-c", "pass"),
}
MOST = 1 / 15


def seconds(arguments: Sequence[str]) -> float:
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}  # it would compile cnnspec each time
    environ = {**kept, "PYTHONPATH": str(ROOT), "KERAS_BACKEND": "tensorflow"}
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environ, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    rounds = parser.parse_args().rounds
    for arguments in COMMANDS.values():
        seconds(arguments)  # the first time, files come from the disk and are compiled
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(rounds):
        for name, arguments in COMMANDS.items():
            times[name].append(seconds(arguments))
    for name, found in times.items():
        print(f"{name:<14} {1e3 * median(found):7.0f} ms   ({1e3 * min(found):.0f} to {1e3 * max(found):.0f})")
    for other in (KERAS, PYTHON):
        each = [a / b for a, b in zip(times[CHECK], times[other], strict=True)]
        ratio = median(times[CHECK]) / median(times[other])
        print(f"{CHECK} / {other}: {ratio:.3f}   ({min(each):.3f} to {max(each):.3f})")
    ratio = median(times[CHECK]) / median(times[KERAS])
    print(f"target: at most 1/15 = {MOST:.3f} of `import keras`; it is 1/{1 / ratio:.1f}")
    return int(ratio > MOST)


if __name__ == "__main__":
    sys.exit(main())
