"""The same spec and seed give the same names and the same initial weights in two processes."""

from __future__ import annotations

from typing import Any

import pytest

PROGRAM = """
import hashlib, sys
from cnnspec.runtime.backend.choice import Choice, activate
assert not activate(Choice("tensorflow", "a test"))
import numpy
from cnnspec.compiler import compile_file
from cnnspec.runtime.model.build import build_model
numpy.random.random(int(sys.argv[2]))
compiled, diagnostics = compile_file(sys.argv[1])
model, _ = build_model(compiled.document, compiled.graph, 7)
digest = hashlib.sha256()
for weight in model.weights:
    digest.update(weight.path.encode())
    digest.update(numpy.asarray(weight).tobytes())
print(digest.hexdigest())
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["digits", "resnet20_cifar10"])
def test_two_processes_make_the_same_model(name: str, python: Any) -> None:
    digests = []
    for other in ("1", "2"):
        done = python("-c", PROGRAM, f"specs/{name}.cnn", other, env={"PYTHONHASHSEED": other})
        assert done.returncode == 0, done.stderr
        digests.append(done.stdout.strip())
    assert digests[0] == digests[1]
