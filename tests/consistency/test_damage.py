"""With mistakes in a spec, its sections are still compared, as far as what they say is settled."""

from __future__ import annotations

import pytest

from cnnspec.compiler import compile_source
from cnnspec.source import Source

SPEC = """cnn 1

model net {
  input image: (28, 28, 1)
  Conv2D(8, 3, activation="relu")
  Flatten()
  Dense(9, activation="softmax")
}

data {
  source = mnist()
}

train {
  epochs = 3
  optimizer = "adam"
  loss = "sparse_categorical_crossentropy"
  metrics = ["accuracy"]
  callbacks = [EarlyStopping(monitor="val_accuracy", patience=1)]
}
"""
NARROW, UNWATCHED = "E0705", "E0806"


def codes(text: str) -> list[str]:
    return sorted(diagnostic.code for diagnostic in compile_source(Source("spec.cnn", text))[1])


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [
        ("", "", [NARROW, UNWATCHED]),
        # What is wrong elsewhere hides nothing.
        ("Flatten()", "Flaten()", ["E0301", NARROW, UNWATCHED]),
        ('Conv2D(8, 3, activation="relu")', 'Conv2D(8, 3, activation="rely")', ["E0306", NARROW, UNWATCHED]),
        ("Conv2D(8, 3,", "Conv2D(8, 33,", ["E0604", NARROW, UNWATCHED]),
        ("epochs = 3", "epochs = -3", ["E0404", NARROW, UNWATCHED]),
        ("epochs = 3", "epoch = 3", ["E0701", NARROW, UNWATCHED]),
        # What is understood is no doubt.
        ("Dense(9,", "Dense(output_dim=9,", ["E0302", NARROW, UNWATCHED]),
        # What is in doubt is not judged.
        ("Dense(9,", "Dense(-9,", ["E0404", UNWATCHED]),
        ("mnist()", "minst()", ["E0306"]),
        ('"sparse_categorical_crossentropy"', '"sparse_categorical"', ["E0306"]),
        ('["accuracy"]', '["acuracy"]', ["E0306", NARROW]),
        ('metrics = ["accuracy"]', "metrics = 3", ["E0403", NARROW]),
        ('monitor="val_accuracy"', "monitor=3", ["E0403", NARROW]),
        ('loss = "sparse_categorical_crossentropy"', "loss = = 3", ["E0100"]),
        ("  Dense(9,", "  Foo() -> Dense(9,", ["E0301", NARROW, UNWATCHED]),
        ("  Flatten()", "  Flatten(", ["E0101"]),
        ("train {", "let a = b\n\ntrain {", ["E0201"]),
    ],
)
def test_what_is_settled_is_compared(right: str, wrong: str, expected: list[str]) -> None:
    assert codes(SPEC.replace(right, wrong, 1) if right else SPEC) == sorted(expected)


def test_after_many_mistakes_the_sections_are_not_compared() -> None:
    assert NARROW not in codes(SPEC.replace("  Flatten()", "  Flatten()\n" + "  Flaten()\n" * 30))
