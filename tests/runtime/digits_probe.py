"""One epoch of `specs/digits.cnn` on the backend of the argument, without what is random in a step. Prints what it found as JSON.

Augmentation and dropout draw from the backend's own random numbers, so they are left out.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from cnnspec.compiler import compile_file
from cnnspec.plan.resolve import resolve
from cnnspec.runtime.backend.choice import Choice, activate

SPEC = Path(__file__).resolve().parents[2] / "specs" / "digits.cnn"
CHANGES = ["augment=None", "model.dropout_1.rate=0", "model.dropout_2.rate=0", "train.epochs=1", 'run.steps_per_execution="auto"']


def main(backend: str) -> dict[str, Any]:
    compiled, found = compile_file(str(SPEC), CHANGES)
    assert compiled is not None, found
    document, graph = compiled.document, compiled.graph
    plan, found = resolve(document)
    assert plan is not None, found
    assert not activate(Choice(backend, "the test says so"), deterministic=plan.run.deterministic)
    import keras

    from cnnspec.runtime.backend.settings import set_up
    from cnnspec.runtime.data.batches import batches_of
    from cnnspec.runtime.data.feed import feed_of
    from cnnspec.runtime.data.targets import Targets
    from cnnspec.runtime.job import Job
    from cnnspec.runtime.model.build import build_model
    from cnnspec.runtime.observer import Silent
    from cnnspec.runtime.run import open_data, train_on
    from cnnspec.runtime.training.compiled import compile_phase

    set_up(plan.run, backend)
    dataset, found = open_data(document, graph, plan, Silent())
    assert dataset is not None, found
    model, found = build_model(document, graph, plan.run.seed)
    once, _ = build_model(document, graph, plan.run.seed)
    assert model is not None and once is not None, found
    feed = feed_of(batches_of(dataset.train, {"digit": Targets("number", 10)}, 32, seed=plan.run.seed, shuffle=True), backend, "auto")
    feed.begin(0)
    batches = {"tensorflow": "get_tf_dataset", "jax": "get_jax_iterator", "torch": "get_torch_dataloader"}
    x, y = (keras.ops.convert_to_numpy(part) for part in next(iter(getattr(feed, batches[backend])()))[:2])
    phase, _ = compile_phase(document, plan.phases[0], len(feed.batches))
    assert phase is not None
    once.compile(optimizer=phase.optimizer, **phase.objective)
    weights = [digest(*model.get_weights()), digest(*once.get_weights())]
    once.train_on_batch(x, y)
    after_one_step = float(once.test_on_batch(x, y)[0])
    job = Job(document=document, graph=graph, plan=plan, dataset=dataset, model=model, backend=backend, observer=Silent())
    with tempfile.TemporaryDirectory() as runs:
        result, found = train_on(job, Path(runs), warn=lambda warnings: None)
    assert result is not None, found
    return {"weights": weights, "batch": digest(x, y), "step": after_one_step, "epoch": dict(result.epochs[0].metrics)}


def digest(*arrays: Any) -> str:
    found = hashlib.sha256()
    for array in arrays:
        found.update(f"{array.dtype} {array.shape}".encode())
        found.update(array.tobytes())
    return found.hexdigest()


print(json.dumps(main(sys.argv[1])))
