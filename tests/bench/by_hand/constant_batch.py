"""The compiled step of `specs/mnist_cnn.cnn`, fed with one batch again and again: as fast as any feed can be."""

import tensorflow as tf
from speed import ROOT, Speed, epochs, mnist

from cnnspec.compiler import compile_file
from cnnspec.plan.resolve import resolve
from cnnspec.runtime.backend.settings import execution, set_up
from cnnspec.runtime.model.build import build_model
from cnnspec.runtime.training.compiled import compile_phase

BATCH, STEPS = 32, 1_500

compiled, _ = compile_file(str(ROOT / "specs" / "mnist_cnn.cnn"), [])
plan, _ = resolve(compiled.document)
set_up(plan.run, "tensorflow")
model, _ = build_model(compiled.document, compiled.graph, plan.run.seed)
phase, _ = compile_phase(compiled.document, plan.phases[0], STEPS)
chosen = execution(plan.run, "tensorflow", model, BATCH, STEPS)
model.compile(
    optimizer=phase.optimizer, **phase.objective, steps_per_execution=chosen.steps_per_execution, jit_compile=chosen.jit_compile
)  # fmt: skip
x, y = mnist()
batch = tf.data.Dataset.from_tensors((x[:BATCH, ..., None], y[:BATCH, None])).repeat(STEPS)
model.fit(batch, epochs=epochs(), callbacks=[Speed(BATCH * STEPS)], verbose=0)
