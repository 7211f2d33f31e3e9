"""Models with several inputs and outputs, from a table to the saved model; masks; weights of rows and classes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnspec.compiler import compile_source
from cnnspec.consistency.head import Head
from cnnspec.diagnostics import Diagnostic
from cnnspec.plan.resolve import resolve
from cnnspec.runtime.data.batches import batches_of
from cnnspec.runtime.data.images.columns import FileImages
from cnnspec.runtime.data.images.masks import MaskReader
from cnnspec.runtime.data.items import ArrayColumn, Items
from cnnspec.runtime.data.targets import Targets
from cnnspec.runtime.observer import Silent
from cnnspec.source import Source

TWO = """cnn 1

model two {
  input photo: (4, 4, 3)
  input record: (2,)
  look = photo -> Rescaling(1 / 255) -> Flatten() -> Dense(4, activation="relu")
  both = [look, record] -> Concatenate()
  kind = both -> Dense(3, activation="softmax")
  age = both -> Dense(1)
  output kind, age
}

data {
  source = csv(
    "t.csv",
    inputs={"photo": image("file"), "record": columns("f_*")},
    targets={"kind": category("kind"), "age": number("age")},
    weights="weight",
  )
  split {
    validation = 25%
    test = 25%
    stratify = True
  }
  batch = 8
}
"""
TRAIN = """
train {
  epochs = 2
  optimizer = "adam"
  head kind {
    loss = "sparse_categorical_crossentropy"
    metrics = ["accuracy"]
    class_weight = {"cat": 3.0}
  }
  head age {
    loss = "mse"
    loss_weight = 0.5
  }
}
"""


@dataclass(frozen=True)
class Done:
    result: Any
    found: list[Diagnostic]


@pytest.fixture
def run(keras: Any, tmp_path: Path) -> Callable[..., Done]:
    """Compiles and runs a spec beside its data; what is wrong comes back from whichever step finds it."""

    def make(*parts: str) -> Done:
        from cnnspec.runtime.backend.settings import set_up
        from cnnspec.runtime.model.build import build_model
        from cnnspec.runtime.run import execute

        compiled, found = compile_source(Source(str(tmp_path / "spec.cnn"), "".join(parts)))
        if compiled is None:
            return Done(None, found)
        plan, more = resolve(compiled.document)
        if plan is None:
            return Done(None, more)
        set_up(plan.run, "tensorflow")
        model, wrong = build_model(compiled.document, compiled.graph, plan.run.seed)
        assert model is not None, wrong
        result, told = execute(compiled.document, compiled.graph, plan, model, "tensorflow", tmp_path / "runs", Silent())
        return Done(result, [*found, *more, *told])

    return make


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """32 rows: the photo is brightest in the channel of its kind, the age is what `f_a` says."""
    lines = ["file,f_a,f_b,kind,age,weight"]
    for i in range(32):
        array = np.full((4, 4, 3), 20, np.uint8)
        array[..., i % 3] = 200
        array[0, 0, 0] = i
        Image.fromarray(array).save(tmp_path / f"{i}.png")
        lines.append(f"{i}.png,{i / 32},0,{('cat', 'dog', 'eel')[i % 3]},{i / 32},{1 + i % 2}")
    (tmp_path / "t.csv").write_text("\n".join(lines))
    return tmp_path


def test_two_inputs_and_two_outputs_train_and_are_measured(run: Any, table: Path, keras: Any) -> None:
    done = run(TWO, TRAIN, "expect { test.age_loss <= 1_000 }\n")
    assert done.found == []
    assert list(done.result.epochs[0].metrics) == [
        "loss", "age_loss", "kind_accuracy", "kind_loss", "val_loss", "val_age_loss", "val_kind_accuracy", "val_kind_loss",
    ]  # fmt: skip
    test = done.result.test
    assert test["loss"] == pytest.approx(test["kind_loss"] + 0.5 * test["age_loss"], rel=1e-4)
    again = keras.models.load_model(done.result.run_dir / "model.keras")
    kind, age = again.predict({"photo": np.zeros((3, 4, 4, 3)), "record": np.zeros((3, 2))}, verbose=0)
    assert (kind.shape, age.shape) == ((3, 3), (3, 1))


def test_the_augmentation_changes_the_one_image(run: Any, table: Path) -> None:
    done = run(TWO, TRAIN, 'augment { RandomFlip("horizontal") }\n')
    assert done.found == []
    assert "kind_accuracy" in done.result.test


@pytest.mark.parametrize(
    ("old", "new", "code", "line", "words"),
    [
        ('class_weight = {"cat": 3.0}', 'class_weight = {"cow": 3.0}', "E0807", 34, ("no class `cow`", "the classes are cat, dog, eel")),
        ('"mse"', '"mse"\n    class_weight = "balanced"', "E0801", 38, ("needs class numbers",)),
        ('"mse"', '"sparse_categorical_crossentropy"', "E0802", 37, ()),
        ("Dense(3,", "Dense(2,", "E0705", 8, ("2 outputs, but there are 3 classes",)),
        ('columns("f_*")', 'columns("f_a")', "E0704", 16, ("`input record: (1,)`",)),
    ],
)
def test_each_head_is_checked_by_itself(run: Any, table: Path, old: str, new: str, code: str, line: int, words: tuple[str, ...]) -> None:
    done = run((TWO + TRAIN).replace(old, new))
    assert done.result is None
    assert [(d.code, d.span.line) for d in done.found] == [(code, line)], done.found
    assert all(word in f"{done.found[0].message} {done.found[0].help}" for word in words), done.found


@pytest.mark.parametrize(("watched", "best"), [("kind_accuracy", max), ("age_loss", min), ("kind_error", min)])
def test_what_is_watched_of_a_head_has_its_direction(run: Any, table: Path, keras: Any, watched: str, best: Any) -> None:
    """Both by Keras's callbacks, which stop after the first epoch that is no better, and by the checkpoint."""
    train = TRAIN.replace("epochs = 2", "epochs = 3").replace('["accuracy"]', '["accuracy", SparseCategoricalCrossentropy(name="error")]')
    rest = f'  callbacks = [EarlyStopping(monitor="val_{watched}", patience=0)]\n  checkpoint {{ monitor = "val_{watched}" }}\n}}\n'
    done = run(TWO, train.rstrip().removesuffix("}"), rest)
    values = [epoch.metrics[f"val_{watched}"] for epoch in done.result.epochs]
    assert done.found == []
    assert all(best(a, b) == b and a != b for a, b in pairwise(values[:-1])), "it goes on while it gets better"
    (kept,) = (done.result.run_dir / "checkpoints").glob("epoch-*")
    assert kept.name == f"epoch-{values.index(best(values)) + 1:04}.weights.h5"


def test_an_output_without_a_loss_is_not_trained(run: Any, table: Path) -> None:
    done = run(TWO, TRAIN.partition("  head age")[0] + "}\n")
    assert [d.code for d in done.found if d.severity == "error"] == []
    assert list(done.result.test) == ["loss", "kind_accuracy"]


def test_one_loss_and_one_metric_for_all_heads(run: Any, table: Path) -> None:
    targets = 'targets={"kind": number("age"), "age": number("age")}'
    spec = TWO.replace('targets={"kind": category("kind"), "age": number("age")}', targets).replace(
        'Dense(3, activation="softmax")', "Dense(1)"
    )
    done = run(spec, 'train {\n  optimizer = "sgd"\n  loss = "mse"\n  metrics = ["mae"]\n  head age { metrics = [] }\n}\n')
    assert done.found == []
    assert list(done.result.test) == ["loss", "age_loss", "kind_loss", "kind_mae"]


SEGMENT = """cnn 1

model seg {
  input image: (4, 4, 3)
  Conv2D(3, 1) as pixels
}

data {
  source = image_mask_folder("images", "masks", ignore=3)
  batch = 4
}

train {
  optimizer = SGD(learning_rate=1e-9)
  loss = SparseCategoricalCrossentropy(from_logits=True, ignore_class=3)
  metrics = [MeanIoU(num_classes=3, ignore_class=3, sparse_y_pred=False)]
}
"""


@pytest.fixture
def scenes(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for kind in ("images", "masks"):
        (tmp_path / kind).mkdir()
    for i in range(6):
        Image.fromarray(rng.integers(0, 255, (4, 4, 3)).astype(np.uint8)).save(tmp_path / "images" / f"{i}.png")
        Image.fromarray(rng.integers(0, 4, (4, 4)).astype(np.uint8)).save(tmp_path / "masks" / f"{i}.png")
    return tmp_path


def test_masks_are_learnt_and_measured(run: Any, scenes: Path) -> None:
    done = run(SEGMENT)
    assert done.found == []
    assert 0 <= done.result.epochs[0].metrics["mean_io_u"] <= 1


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("Conv2D(3, 1)", "Conv2D(2, 1)", "E0705", ("label 2 occurs", "make it 3")),
        ("Conv2D(3, 1)", "Conv2D(3, 2)", "E0704", ("each label is (4, 4), the model gives (3, 3, 3)", "must give (4, 4, 3)")),
        (", ignore=3", "", None, ()),
        (
            "SparseCategoricalCrossentropy(from_logits=True, ignore_class=3)\n",
            'SparseCategoricalCrossentropy(from_logits=True, ignore_class=3)\n  class_weight = "balanced"\n',
            None,
            (),
        ),
    ],
)
def test_masks_against_the_head(run: Any, scenes: Path, old: str, new: str, code: str | None, words: tuple[str, ...]) -> None:
    done = run(SEGMENT.replace(old, new))
    assert [d.code for d in done.found] == ([code] if code else []), done.found
    assert all(word in " ".join([done.found[0].message, *done.found[0].notes, done.found[0].help or ""]) for word in words), done.found


@pytest.mark.parametrize(
    ("backend", "loss", "shape", "refused"),
    [
        ("torch", "sparse_categorical_crossentropy", (4, 4, 3), True),
        ("torch", "sparse_categorical_crossentropy", (3,), False),
        ("torch", {"loss": "SparseCategoricalCrossentropy", "arguments": {"from_logits": True}}, (4, 4, 3), False),
        ("torch", "categorical_crossentropy", (4, 4, 3), False),
        ("jax", "sparse_categorical_crossentropy", (4, 4, 3), False),
    ],
)
def test_masks_and_probabilities_are_not_for_torch(planned: Any, keras: Any, backend: str, loss: Any, shape: Any, refused: bool) -> None:
    from cnnspec.runtime.backend.settings import refused_loss

    document, plan = planned({"source": "digits", "arguments": {}}, train={"optimizer": "sgd", "loss": loss})
    found = refused_loss(backend, document, plan.phases[0].goals[0], Head(shape, "/model/layers/0"))
    assert [(d.code, "from_logits=True" in (d.help or "")) for d in found] == ([("E0801", True)] if refused else [])


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize("by_class", [{}, {0: 2.0, 1: 4.0}])
@pytest.mark.parametrize("own", [None, [1.0, 10.0]])
def test_pixels_are_weighed_by_class_and_by_row(tmp_path: Path, lazy: bool, by_class: Any, own: Any) -> None:
    array = np.array([[[0, 1], [2, 0]], [[1, 1], [0, 2]]], np.uint8)
    files = tuple(tmp_path / f"{i}.png" for i in range(2))
    for path, mask in zip(files, array, strict=True):
        Image.fromarray(mask).save(path)
    column: Any = FileImages(files, MaskReader(None, None, "stretch", None), (2, 2)) if lazy else ArrayColumn(array)
    items = Items({"x": ArrayColumn(np.zeros((2, 1)))}, {"y": column}, None if own is None else np.array(own, np.float32))
    batches = batches_of(items, {"y": Targets("number", 3, 2)}, 2, class_weights={"y": by_class} if by_class else None)
    found = batches.take(np.array([1, 0]))
    assert found[1].tolist() == array[[1, 0]].tolist()
    if own is None and not by_class:
        assert len(found) == 2
        return
    table = np.array([by_class.get(i, 1.0) for i in range(3)])
    expected = table[array] * np.array(own or [1, 1]).reshape(2, 1, 1)
    np.testing.assert_array_equal(np.broadcast_to(found[2], (2, 2, 2)), expected[[1, 0]])


@pytest.mark.parametrize("backend", ["tensorflow", "torch"])
def test_feeds_give_dicts_by_input_and_tuples_by_output(keras: Any, backend: str) -> None:
    from cnnspec.runtime.data.feed import feed_of

    numbers = np.arange(10, dtype=np.float32)
    items = Items(
        {"a": ArrayColumn(numbers), "b": ArrayColumn(numbers * 10)}, {"c": ArrayColumn(numbers), "d": ArrayColumn(-numbers)}, numbers
    )
    batches = batches_of(items, {"c": Targets("value", 1), "d": Targets("value", 1)}, 4, seed=1, shuffle=True)
    feed = feed_of(batches, backend, "auto")
    feed.begin(2)
    seen = feed.get_tf_dataset() if backend == "tensorflow" else feed.get_numpy_iterator()
    for step, (x, y, weights) in enumerate(seen):
        order = batches.order(2)[4 * step : 4 * step + 4]
        assert np.array(x["a"]).tolist() == order.tolist() and np.array(x["b"]).tolist() == (10 * order).tolist()
        assert np.array(y[0]).ravel().tolist() == order.tolist() and np.array(y[1]).ravel().tolist() == (-order).tolist()
        assert [np.array(w).tolist() for w in weights] == [order.tolist()] * 2
