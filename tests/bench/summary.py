"""What `cnnspec compile --summary` costs as a process, against `import keras`, and how it grows with the network.

    python tests/bench/summary.py               # ten rounds, a minute
    python tests/bench/summary.py --rounds 30

The commands take turns, so that what else happens on the machine meets all of them. Each line has the median and the range in
milliseconds; a ratio is that of the medians, with the range of the ratios round by round. Exit status 1 if a target is missed: 1/12 of
`import keras` for ResNet-50, and no more time for a layer of 10,000 than for one of 1,000, with a quarter more for noise.
"""

from __future__ import annotations

import argparse
import os
import pty
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))
PIPED, TERMINAL, KERAS, PYTHON = "piped", "terminal", "import keras", "python"
SUMMARY = ("-m", "cnnspec", "compile", "specs/zoo/resnet50.cnn", "--summary")
COMMANDS = {PIPED: SUMMARY, TERMINAL: SUMMARY, KERAS: ("-c", "import keras"), PYTHON: ("-c", "pass")}
MOST = 1 / 12
LAYERS = (1_000, 5_000, 10_000)
NOISE = 1.25


def seconds(arguments: Sequence[str], *, terminal: bool = False) -> float:
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}  # it would compile cnnspec each time
    environ = {**kept, "PYTHONPATH": str(ROOT), "KERAS_BACKEND": "tensorflow", "TERM": "xterm"}
    read, write = pty.openpty() if terminal else os.pipe()
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=environ, stdout=write, stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read, "rb", buffering=0) as output:
        try:
            while output.read(65536):
                pass
        except OSError:  # so a terminal ends
            pass
    assert process.wait() == 0, arguments
    return time.perf_counter() - start


def grown(layers: int) -> float:
    """Seconds to go from a checked network of so many layers to its text, in this process."""
    from cnnspec.compiler import compile_file
    from cnnspec.render import Look
    from cnnspec.report.summary import summarize, summary_json, summary_text

    body = f'  repeat {layers // 4} {{\n    Conv2D(8, 3, padding="same")\n    BatchNormalization()\n    ReLU()\n    Dropout(10%)\n  }}'
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "deep.cnn")
        file.write_text(f"cnn 1\n\nmodel deep {{\n  input image: (32, 32, 8)\n{body}\n}}\n", encoding="utf-8")
        compiled, diagnostics = compile_file(str(file))
    assert compiled is not None, diagnostics
    start = time.perf_counter()
    summary = summarize(compiled)
    summary_text(summary, 1, Look(), 100)
    summary_json("deep.cnn", summary)
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
            times[name].append(seconds(arguments, terminal=name == TERMINAL))
    for name, found in times.items():
        print(f"{name:<14} {1e3 * median(found):7.0f} ms   ({1e3 * min(found):.0f} to {1e3 * max(found):.0f})")
    for name in (PIPED, TERMINAL):
        each = [a / b for a, b in zip(times[name], times[KERAS], strict=True)]
        print(f"{name} / {KERAS}: {median(times[name]) / median(times[KERAS]):.3f}   ({min(each):.3f} to {max(each):.3f})")
    ratio = median(times[PIPED]) / median(times[KERAS])
    print(f"target: at most 1/12 = {MOST:.3f} of `import keras`; it is 1/{1 / ratio:.1f}")
    grown(100)
    layers = {count: min(grown(count) for _ in range(3)) / count for count in LAYERS}
    for count, each_layer in layers.items():
        print(f"{count:>6,} layers   {1e3 * count * each_layer:7.0f} ms   ({1e6 * each_layer:.0f} us a layer)")
    return int(ratio > MOST or layers[LAYERS[-1]] > NOISE * layers[LAYERS[0]])


if __name__ == "__main__":
    sys.exit(main())
