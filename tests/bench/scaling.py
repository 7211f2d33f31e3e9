"""How long a check takes, and how much memory, as a spec grows: against lark's own parse of the same text, and against its own size.

    python tests/bench/scaling.py                 # every shape at 1,000 to 20,000 layers, a few minutes
    python tests/bench/scaling.py --layers 10000  # one size alone
    python tests/bench/scaling.py --shape plain --profile 10000

Every figure is the best of several processes, taken in turn. `check` is the whole of `check_file`, imports left out. `lark` is the parse of
the same text by lark alone, with positions. `peak` is the largest resident memory of the checking process. `growth` is the exponent k of
layers**k between the smallest and the largest size: 1 is linear. Exit status 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import json
import math
import pstats
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

SIZES = (1_000, 2_000, 5_000, 10_000, 20_000)
AT = 10_000
MOST_RATIO = 3.0
MOST_MEMORY = 400.0
MOST_GROWTH = 1.15

HEAD = "cnn 1\n\n"
START = "model net {\n  input image: (32, 32, 16)\n"
END = "  GlobalAveragePooling2D()\n  Dense(10)\n}\n"


def plain(layers: int) -> str:
    """A trunk, three lines again and again."""
    lines = ('  Conv2D(16, 3, padding="same", use_bias=False)\n', "  BatchNormalization()\n", "  ReLU()\n")
    return HEAD + START + "".join(lines[i % 3] for i in range(layers)) + END


def named(layers: int) -> str:
    """Every line with a name and its shape."""
    lines = (f'  Conv2D(16, 3, padding="same", activation="relu") as conv_{i}: (32, 32, 16)\n' for i in range(layers))
    return HEAD + START + "".join(lines) + END


def residual(layers: int) -> str:
    """A branch and a merge every four layers."""
    lines = (
        f'  Conv2D(16, 3, padding="same") as a{i}\n  ReLU() as r{i}\n  b{i} = a{i} -> Conv2D(16, 1)\n  [b{i}, r{i}] -> Add()\n'
        for i in range(layers // 4)
    )
    return HEAD + START + "".join(lines) + END


BLOCK = 'block unit(filters: int) {\n  input x\n  Conv2D(filters, 3, padding="same")\n  ReLU() as main\n  [main, x] -> Add()\n}\n\n'


def blocks(layers: int) -> str:
    """A block of three layers, called by a line each time."""
    return HEAD + BLOCK + START + "  unit(16)\n" * (layers // 3) + END


def repeated(layers: int) -> str:
    """One loop: the text stays short, the network does not."""
    return HEAD + BLOCK + START + f"  repeat {layers // 3} {{ unit(16) }}\n" + END


SHAPES: dict[str, Callable[[int], str]] = {shape.__name__: shape for shape in (plain, named, residual, blocks, repeated)}
A_LINE_A_LAYER = ("plain", "named", "residual")
"""What can be compared with a parse: where blocks and loops are expanded, the text is shorter than the network."""


# ---------------------------------------------------------------- one measurement, in a process of its own


def check(path: str) -> dict[str, float]:
    from cnnspec.compiler import check_file

    start = time.perf_counter()
    compiled, diagnostics = check_file(path)
    seconds = time.perf_counter() - start
    assert compiled is not None and not diagnostics, diagnostics[:3]
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return {"seconds": seconds, "layers": len(compiled.graph.nodes), "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit}


def lark(path: str) -> dict[str, float]:
    from lark import Lark

    from cnnspec.resources import grammar_path

    parser = Lark(grammar_path("cnn.lark").read_text(encoding="utf-8"), parser="lalr", propagate_positions=True)
    text = Path(path).read_text(encoding="utf-8")
    gc.disable()  # the best that lark can do: collecting while it makes its tree costs it up to half of its time
    start = time.perf_counter()
    parser.parse(text)
    return {"seconds": time.perf_counter() - start}


def measured(what: str, path: Path) -> dict[str, float]:
    end = subprocess.run([sys.executable, __file__, "--measure", what, str(path)], capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(end.stdout)
    return found


# ---------------------------------------------------------------- all of them


class Row:
    """The measurements of one shape at one size."""

    def __init__(self, shape: str, layers: int, path: Path, rounds: int) -> None:
        path.write_text(SHAPES[shape](layers), encoding="utf-8")
        self.shape, self.size = shape, layers
        kinds = ("check", "lark") if shape in A_LINE_A_LAYER else ("check",)
        found: dict[str, list[dict[str, float]]] = {kind: [] for kind in kinds}
        for _ in range(rounds):
            for kind in kinds:
                found[kind].append(measured(kind, path))
        times = {kind: sorted(one["seconds"] for one in many) for kind, many in found.items()}
        self.seconds, self.slowest = times["check"][0], times["check"][-1]
        self.layers = int(found["check"][0]["layers"])
        self.peak = max(one["peak"] for one in found["check"])
        self.lark = times["lark"][0] if "lark" in times else None

    @property
    def ratio(self) -> float | None:
        return self.seconds / self.lark if self.lark else None

    def __str__(self) -> str:
        lark = f"{self.lark:8.2f} {self.ratio:6.2f}" if self.lark else f"{'-':>8} {'-':>6}"
        per_layer = 1e6 * self.seconds / self.layers
        spread = 100 * (self.slowest / self.seconds - 1)
        return f"{self.shape:<9} {self.layers:>7,} {self.seconds:8.2f} {spread:5.0f}% {lark} {per_layer:8.0f} {self.peak:8.0f}"


def growth(rows: list[Row]) -> float:
    first, last = rows[0], rows[-1]
    return math.log(last.seconds / first.seconds) / math.log(last.layers / first.layers)


def missed(rows: list[Row]) -> Iterator[str]:
    for row in rows:
        if row.size == AT and row.ratio and row.ratio > MOST_RATIO:
            yield f"{row.shape}: {row.ratio:.2f} times lark's parse, at most {MOST_RATIO:g}"
        if row.size == AT and row.peak > MOST_MEMORY:
            yield f"{row.shape}: {row.peak:.0f} MB, at most {MOST_MEMORY:g}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", choices=SHAPES, action="append", help="by default all")
    parser.add_argument("--layers", type=int, action="append", help="by default 1,000 to 20,000")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--profile", type=int, metavar="LAYERS", help="where the time of one check goes")
    parser.add_argument("--measure", nargs=2, metavar=("WHAT", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        what, path = options.measure
        print(json.dumps({"check": check, "lark": lark}[what](path)))
        return 0
    shapes = options.shape or list(SHAPES)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "net.cnn")
        if options.profile:
            path.write_text(SHAPES[shapes[0]](options.profile), encoding="utf-8")
            profile = cProfile.Profile()
            profile.runcall(check, str(path))
            pstats.Stats(profile).sort_stats("tottime").print_stats(40)
            return 0
        return compare(shapes, options.layers or SIZES, options.rounds, path)


def compare(shapes: Sequence[str], sizes: Sequence[int], rounds: int, path: Path) -> int:
    print(f"{'shape':<9} {'layers':>7} {'check s':>8} {'spread':>6} {'lark s':>8} {'ratio':>6} {'us/layer':>8} {'peak MB':>8}")
    failures: list[str] = []
    for shape in shapes:
        rows = []
        for size in sizes:
            rows.append(Row(shape, size, path, rounds))
            print(rows[-1], flush=True)
        failures += missed(rows)
        if len(rows) > 1:
            print(f"{shape:<9} growth {growth(rows):.2f}")
            if growth(rows) > MOST_GROWTH:
                failures.append(f"{shape}: time grows with layers**{growth(rows):.2f}, at most {MOST_GROWTH:g}")
    print(*(f"missed: {failure}" for failure in failures), sep="\n")
    return int(bool(failures))


if __name__ == "__main__":
    sys.exit(main())
