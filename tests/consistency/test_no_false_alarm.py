"""What is right is told nothing: for each check the spec that comes closest to its mistake, and specs that leave open what it needs."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from cnnspec.compiler import check_file, compile_file, compile_source
from cnnspec.consistency import check_consistency
from cnnspec.document.load import dump_document
from cnnspec.source import Source
from tests.conftest import ROOT

HEAD = '  Flatten()\n  Dense(10, activation="softmax") as digit\n'
CE = 'loss = "sparse_categorical_crossentropy"'
DIGITS = "data {\n  source = digits()\n  validation = 10%\n}\n"


def model(body: str = HEAD, shape: str = "(8, 8, 1)") -> str:
    return f"cnn 1\nmodel net {{\n  input image: {shape}\n{body}}}\n"


def train(*lines: str) -> str:
    return "train {\n" + "".join(f"  {line}\n" for line in lines) + "}\n"


def told(*parts: str) -> list[str]:
    _, found = compile_source(Source("net.cnn", "".join(parts)))
    return [f"{d.code} {d.message}" for d in found]


@pytest.mark.parametrize("path", sorted((ROOT / "specs").glob("*.cnn")), ids=lambda path: path.stem)
def test_the_specs(path: Path) -> None:
    assert check_file(str(path))[1] == []


@pytest.mark.parametrize(
    "body",
    [
        '  Flatten()\n  Dense(10)\n  Activation("softmax", dtype="float32")\n',
        "  Flatten()\n  Dense(10)\n  Softmax()\n",
        '  Conv2D(10, 1, activation="softmax")\n  GlobalAveragePooling2D()\n',
        '  Conv2D(10, 1)\n  GlobalAveragePooling2D()\n  Activation("linear")\n  Softmax()\n',
        "  layer last = Dense(10, activation=softmax())\n  image -> Flatten() -> last\n",
    ],
)
def test_softmax_is_seen_wherever_it_stands(body: str) -> None:
    assert told(model(body), DIGITS, train(CE)) == []
    (twice,) = told(model(body), DIGITS, train("loss = SparseCategoricalCrossentropy(from_logits=True)"))
    assert twice.startswith("W0802")


@pytest.mark.parametrize(
    ("head", "loss"),
    [
        ("Dense(10)", "SparseCategoricalCrossentropy(from_logits=True)"),
        ('Dense(10, activation="log_softmax")', "SparseCategoricalCrossentropy(from_logits=True)"),
        ("Dense(10)", '"mse"'),
        ("Dense(10)", '"hinge"'),
        ('Dense(10, activation="sigmoid")', '"binary_crossentropy"'),
        ('Dense(10, activation="exponential")', '"categorical_crossentropy"'),
        ("LSTM(10)", '"sparse_categorical_crossentropy"'),
    ],
)
def test_heads_and_losses_that_fit_or_may(head: str, loss: str) -> None:
    body = f"  {head}\n" if "LSTM" in head else f"  Flatten()\n  {head}\n"
    source = "" if "LSTM" in head else DIGITS
    assert told(model(body, "(8, 8)" if "LSTM" in head else "(8, 8, 1)"), source, train(f"loss = {loss}")) == []


@pytest.mark.parametrize(
    ("body", "source", "loss"),
    [
        ('Dense(1, activation="sigmoid")', 'npz("a.npz")', "BinaryCrossentropy()"),
        ("Dense(1)", 'npz("a.npz")', '"mse"'),
        ('Dense(2, activation="softmax")', 'image_folder("pets", class_names=["cat", "dog"])', '"binary_crossentropy"'),
        ('Dense(3, activation="softmax")', 'image_folder("pets")', '"sparse_categorical_crossentropy"'),
        ('Dense(20, activation="softmax")', 'cifar100(label_mode="coarse")', '"sparse_categorical_crossentropy"'),
    ],
)
def test_what_only_the_data_shows_is_left_to_the_run(body: str, source: str, loss: str) -> None:
    data = f"data {{\n  source = {source}\n  resize = (8, 8)\n}}\n"
    assert told(model(f"  Flatten()\n  {body}\n", "(8, 8, 3)"), data, train(f"loss = {loss}")) == []


@pytest.mark.parametrize(
    "callbacks",
    [
        'EarlyStopping(monitor="val_accuracy", patience=3)',
        'EarlyStopping(monitor="top5_1", mode="max", patience=3)',
        "EarlyStopping(patience=50, restore_best_weights=True)",
        'ModelCheckpoint("m.keras", monitor="banana", mode="max")',
        'ModelCheckpoint("{epoch:02d}-{val_top5:.2f}.keras")',
        'ModelCheckpoint("{batch}.keras", save_freq=10)',
        'ModelCheckpoint("a{{b}}.keras")',
        'TensorBoard("logs"), TerminateOnNaN(), CSVLogger("log.csv")',
    ],
)
def test_what_is_watched_and_measured(callbacks: str) -> None:
    metrics = 'metrics = ["accuracy", SparseTopKCategoricalAccuracy(name="top5"), SparseTopKCategoricalAccuracy(k=1, name="top5")]'
    assert told(model(), DIGITS, train("epochs = 20", CE, metrics, f"callbacks = [{callbacks}]")) == []


def test_a_folder_may_have_validation_and_test_images_of_its_own() -> None:
    data = 'data {\n  source = image_folder("pets")\n  resize = (8, 8)\n}\n'
    expect = "expect {\n  validation.loss <= 1\n  test.accuracy >= 90%\n}\n"
    settings = ("epochs = 9", CE, 'metrics = ["accuracy"]', "callbacks = [EarlyStopping(patience=3)]")
    assert told(model(), data, train(*settings), expect) == []


def test_without_data_nothing_is_said_of_it() -> None:
    expect = "expect {\n  params <= 10_000\n  test.accuracy >= 98%\n  digit.shape == (10,)\n}\n"
    assert told(model(), expect) == []
    assert told(model(), train(CE, 'metrics = ["accuracy"]', "epochs = 9", "callbacks = [EarlyStopping(patience=3)]"), expect) == []


@pytest.mark.parametrize(
    "optimizer",
    [
        "SGD(CosineDecay(0.1, decay_steps=20epochs))",
        "SGD(CosineDecay(0.1, decay_steps=15epochs, warmup_target=0.2, warmup_steps=5epochs))",
        "SGD(ExponentialDecay(0.1, decay_steps=100epochs, decay_rate=0.9))",
        "SGD(PiecewiseConstantDecay([10epochs, 19epochs], [0.1, 0.01, 0.001]))",
        "SGD(PolynomialDecay(0.1, decay_steps=1_100))",
        "Adadelta(1.0)",
        "LossScaleOptimizer(SGD(use_ema=True))",
    ],
)
def test_schedules_that_end_with_the_training(optimizer: str) -> None:
    """20 epochs of 51 steps (1,617 images by 32): 1,020."""
    callbacks = "callbacks = [SwapEMAWeights()]" if "ema" in optimizer else "callbacks = []"
    assert told(model(), DIGITS, train("epochs = 20", f"optimizer = {optimizer}", CE, callbacks)) == []


def test_steps_are_compared_only_where_the_images_are_counted() -> None:
    far = train("epochs = 20", "optimizer = SGD(PolynomialDecay(0.1, decay_steps=1_000_000))", CE)
    assert [text[:5] for text in told(model(), DIGITS, far)] == ["W0804"]
    assert told(model(), 'data {\n  source = npz("a.npz")\n}\n', far) == []
    assert told(model(shape="(28, 28, 1)"), 'data {\n  source = mnist(path="mine.npz")\n}\n', far) == []


def test_a_step_is_a_batch_whatever_is_accumulated() -> None:
    """57 batches an epoch."""
    rate = "optimizer = SGD(PolynomialDecay(0.1, decay_steps=570))"
    assert told(model(), DIGITS.replace("  validation = 10%\n", ""), train("epochs = 10", "accumulate = 4", rate, CE)) == []


def test_parts_that_leave_something() -> None:
    for parts in ("validation = 59_999", "validation = 50%\n  test = 29_999"):
        assert told(model(shape="(28, 28, 1)"), f"data {{\n  source = mnist()\n  {parts}\n}}\n") == []
    assert told(model(shape="(28, 28, 1)"), 'data {\n  source = mnist(path="mine.npz")\n  validation = 70_000\n}\n') == []


def test_scaling_that_is_meant() -> None:
    rescaled = "  Rescaling(255)\n  Flatten()\n  Dense(10)\n"
    assert told(model(rescaled), 'data {\n  source = npz("between_0_and_1.npz")\n}\n') == []
    backbone = "  Rescaling(1 / 255)\n  ResNet50({}, include_top=False)\n"
    assert told(model(backbone.format("weights=None"), "(64, 64, 3)")) == []
    assert told(model(backbone.format("preprocess=False"), "(64, 64, 3)")) == []


@pytest.mark.parametrize(
    "lines", ["ZeroPadding2D(2)\n  RandomCrop(8, 8)", "RandomRotation(-1.0)", "RandomRotation(360deg)", "GaussianNoise(0.1)"]
)
def test_augmentation_that_keeps_the_images(lines: str) -> None:
    assert told(model(), f"augment {{\n  {lines}\n}}\n") == []


def test_frozen_layers_that_only_keras_knows() -> None:
    body = "  MobileNetV2(weights=None, include_top=False) as base\n  GlobalAveragePooling2D()\n  Dense(10) as digit\n"
    freeze = 'freeze = [layers(base, upto="block_1_expand"), layers(base, type="ReLU"), base, "base__preprocess"]'
    assert told(model(body, "(96, 96, 3)"), train("loss = SparseCategoricalCrossentropy(from_logits=True)", freeze)) == []


def test_objects_in_python_are_not_judged() -> None:
    extern = 'extern Mine(width: int = 3) from "mine:Mine"\n'
    callbacks = 'callbacks = [EarlyStopping(monitor="mine", patience=1)]'
    spec = model().replace("cnn 1\n", f"cnn 1\n{extern}")
    assert told(spec, DIGITS, train("epochs = 9", "loss = Mine()", "metrics = [Mine()]", callbacks), "expect {\n  test.mine >= 1\n}\n") == [
        "E0808 `test.mine` is promised, but there is no test data"
    ]


def test_a_file_with_other_mistakes_is_told_those_alone() -> None:
    """A line that could not be read may be what a check misses."""
    wrong = train("epochs = 9", CE, "metrics = [", "callbacks = [EarlyStopping(patience=3)]")
    assert "E0806" not in " ".join(told(model(), DIGITS, wrong))


def test_a_document_says_the_same_at_its_pointers(tmp_path: Path) -> None:
    compiled, _ = compile_source(Source("net.cnn", model() + DIGITS))
    assert compiled is not None
    text = dump_document(compiled.document).replace('"units": 10', '"units": 5')
    path = tmp_path / "net.json"
    path.write_text(text, encoding="utf-8")
    assert compile_file(str(path))[1] == [], "without `train` it is not known what the outputs are for"
    path.write_text(text.replace('"data":', '"train": {"loss": "sparse_categorical_crossentropy"}, "data":'), encoding="utf-8")
    (found,) = compile_file(str(path))[1]
    assert (found.code, found.where) == ("E0705", f"{path}: at /model/layers/1/arguments/units")


def test_it_costs_next_to_nothing() -> None:
    compiled, _ = compile_file(str(ROOT / "specs" / "resnet20_cifar10.cnn"))
    assert compiled is not None
    times = []
    for _ in range(20):
        start = time.perf_counter()
        check_consistency(compiled.document, compiled.graph)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.005
