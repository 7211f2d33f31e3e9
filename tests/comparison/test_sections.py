"""What is told about data, training and the other sections: the sections and the lines stand beside each other."""

from __future__ import annotations

import pytest

from tests.comparison.specs import model, told

CASES = {
    "a setting": ("tune { trials = 20 }", "tune { trials = 30 }", ["~ tune.trials: 20 -> 30  (b:7)"]),
    "a setting that is not written any more": (
        'data {\n  source = npz("a.npz")\n  batch = 128\n}',
        'data { source = npz("a.npz") }',
        ["~ data.batch: 128 -> 32 (the default)  (a:9)"],
    ),
    "a default that is written out": (
        'data { source = npz("a.npz") }',
        'data {\n  source = npz("a.npz")\n  batch = 32\n  shuffle = True\n}',
        [],
    ),
    "a setting without a default": ("train { }", "train { clip = 0.5 }", ["~ train.clip: None (the default) -> 0.5  (b:7)"]),
    "a share, as the author wrote it": (
        'data {\n  source = npz("a.npz")\n  validation = 10%\n}',
        'data {\n  source = npz("a.npz")\n  validation = 500\n}',
        ["~ data.validation: 10% -> 500  (b:9)"],
    ),
    "an object": ('data { source = npz("a.npz") }', 'data { source = npz("b.npz") }', ['~ data.source.path: "a.npz" -> "b.npz"  (b:7)']),
    "another object": (
        'data { source = npz("a.npz") }',
        'data { source = image_folder("photos") }',
        ['~ data.source: npz("a.npz") -> image_folder("photos")  (b:7)'],
    ),
    "an argument of an object": (
        "train { optimizer = Adam(learning_rate=1e-3) }",
        "train { optimizer = Adam(learning_rate=1e-4, beta_1=0.8) }",
        ["~ train.optimizer.learning_rate: 0.001 -> 0.0001  (b:7)", "~ train.optimizer.beta_1: 0.9 (the default) -> 0.8  (b:7)"],
    ),
    "an object for a word": (
        'train { optimizer = "adam" }',
        "train { optimizer = Adam(learning_rate=0.001) }",
        ['~ train.optimizer: "adam" -> Adam(learning_rate=0.001)  (b:7)'],
    ),
    "units": (
        "train { optimizer = SGD(learning_rate=CosineDecay(0.1, decay_steps=10epochs)) }",
        "train { optimizer = SGD(learning_rate=CosineDecay(0.1, decay_steps=500steps)) }",
        ["~ train.optimizer.learning_rate.decay_steps: 10epochs -> 500steps  (b:7)"],
    ),
    "lists of objects": (
        'train {\n  metrics = ["accuracy", Precision()]\n  callbacks = [EarlyStopping(patience=3)]\n}',
        'train {\n  metrics = [Recall(), "accuracy"]\n  callbacks = [EarlyStopping(patience=5), TerminateOnNaN()]\n}',
        [
            "- train.metrics: Precision()  (a:8)",
            "+ train.metrics: Recall()  (b:8)",
            "+ train.callbacks: TerminateOnNaN()  (b:9)",
            "~ train.callbacks.EarlyStopping.patience: 3 -> 5  (b:9)",
        ],
    ),
    "lines of augment": (
        'augment {\n  RandomFlip("horizontal")\n  RandomRotation(10deg)\n}',
        "augment {\n  RandomRotation(20deg)\n  RandomZoom(10%)\n}",
        [
            '- augment: RandomFlip("horizontal")  (a:8)',
            "+ augment: RandomZoom(10%)  (b:9)",
            "~ augment.RandomRotation.factor: 10deg -> 20deg  (b:8)",
        ],
    ),
    "parts": (
        'data {\n  source = npz("a.npz")\n  validation = 10%\n  split { seed = 1 }\n}\ntrain { }',
        'data {\n  source = npz("a.npz")\n  validation = 10%\n  split { stratify = True }\n}\ntrain { checkpoint { } }',
        [
            "~ data.split.stratify: False (the default) -> True  (b:10)",
            "~ data.split.seed: 1 -> 0 (the default)  (a:10)",
            "+ train.checkpoint: { }  (b:12)",
        ],
    ),
    "phases": (
        "train {\n  epochs = 3\n  phase head { epochs = 5 }\n  phase tail { epochs = 1 }\n}",
        'train {\n  epochs = 4\n  phase tail { epochs = 2 }\n  phase head { optimizer = "sgd" }\n  phase last { clip = 1.0 }\n}',
        [
            "~ train.epochs: 3 -> 4  (b:8)",
            "~ train.phase.head.epochs: 5 -> 4 (from `train`)  (a:9)",
            '~ train.phase.head.optimizer: None (the default) -> "sgd"  (b:10)',
            "~ train.phase.tail.epochs: 1 -> 2  (b:9)",
            "+ train.phase.last: { clip = 1.0 }  (b:11)",
            "~ train.phase order: head, tail -> tail, head  (b:7)",
        ],
    ),
    "freeze": (
        "train { phase head { freeze = [stem] } }",
        "train { phase head { freeze = [stem, digit] } }",
        ['+ train.phase.head.freeze: "digit"  (b:7)'],
    ),
    "a section less": (
        'data { source = npz("a.npz") }\ntune { trials = 3 }',
        'data { source = npz("a.npz") }',
        ["- tune.trials: 3  (a:8)"],
    ),
    "an empty section": ("", "tune { }", ["+ tune: { }  (b:7)"]),
    "a section whose defaults hold without it": ("run { seed = 7 }", "", ["~ run.seed: 7 -> 0 (the default)  (a:7)"]),
    "promises": (
        "expect {\n  test.accuracy >= 98%\n  params <= 300_000\n}",
        "expect {\n  test.accuracy >= 99%\n  params <= 300_000\n  macs <= 1_000_000\n}",
        ["~ expect: test.accuracy >= 98% -> test.accuracy >= 99%  (b:8)", "+ expect: macs <= 1_000_000  (b:10)"],
    ),
    "export": ('export { keras = "a.keras" }', 'export { keras = "b.keras" }', ['~ export.keras: "a.keras" -> "b.keras"  (b:7)']),
}


@pytest.mark.parametrize(("a", "b", "lines"), [pytest.param(*case, id=name) for name, case in CASES.items()])
def test_what_is_told(a: str, b: str, lines: list[str]) -> None:
    before, after = (model("Flatten() as stem; Dense(10) as digit", end=text + "\n") for text in (a, b))
    assert told(before, after) == lines
    assert told(before, before) == told(after, after) == []
    assert bool(told(after, before)) == bool(lines)


def test_searches_and_python_code() -> None:
    before = model("Flatten(); Dense(w)", top='extern F(p: float = 3.0) from "mine:F"\nlet w = 3 search choice(3, 4)\n')
    after = model("Flatten(); Dense(w)", top='extern F(p: int = 3) from "mine:G"\nlet w = 4 search int(3, 8)\n')
    assert told(before, after) == [
        "~ dense_1 (Dense): units 3 -> 4  (b:7)",
        "another shape is given by dense_1: (3,) -> (4,)  (b:7)",
        "output dense_1: (3,) -> (4,)",
        "~ let w: 3 search choice(3, 4) -> 4 search int(3, 8)  (b:3)",
        '~ extern.F.from: "mine:F" -> "mine:G"  (b:2)',
        '~ extern.F.arguments: {"p": "float"} -> {"p": "int"}  (b:2)',
    ]
