"""Our shape rules against Keras: draws calls of every layer, right and wrong, and compares what both say.

Compared are the shapes and dtypes of the outputs, the shape of each weight and whether it is trained, and whether the call is refused.
Prints each difference and the number of cases by family; the exit status is 1 after any difference.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

from cnnspec.runtime.backend.choice import Choice, activate
from cnnspec.shapes import Refusal, infer
from tests.model.calls import FAMILIES
from tests.model.keras_word import difference
from tests.model.shape_cases import cases


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=20000, metavar="N")
    parser.add_argument("--family", choices=(*FAMILIES, "image"))
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    refused = activate(Choice("tensorflow", "the comparison is with this one"))
    assert not refused, refused
    started, counts, refusals, wrong = time.perf_counter(), Counter[str](), Counter[str](), Counter[str]()
    for case in cases(chosen.cases, chosen.seed, chosen.family):
        counts[case.family] += 1
        refusals[case.family] += isinstance(
            infer({"layer": case.layer, "arguments": dict(case.arguments)}, case.inputs, case.call), Refusal
        )
        found = difference(case)
        if found is not None:
            wrong[case.family] += 1
            print(found, flush=True)
    print(f"{'family':26} {'cases':>6} {'refused':>8} {'differ':>7}")
    for family in sorted(counts):
        print(f"{family:26} {counts[family]:6} {refusals[family]:8} {wrong[family]:7}")
    took = time.perf_counter() - started
    print(f"{'all':26} {counts.total():6} {refusals.total():8} {wrong.total():7}   {counts.total() / took:.0f} cases a second")
    return 1 if wrong.total() else 0


if __name__ == "__main__":
    sys.exit(main())
