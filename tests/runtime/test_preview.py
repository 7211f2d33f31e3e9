"""`cnnspec preview`: exactly the batch that an epoch of the training begins with."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnspec.compiler import compile_source
from cnnspec.plan.resolve import resolve
from cnnspec.source import Source

Run = Callable[..., "subprocess.CompletedProcess[str]"]

SPEC = dedent("""\
    cnn 1

    model net {
      input image: (8, 8, 1)
      Rescaling(1 / 16)
      Flatten()
      Dense(10, activation="softmax") as digit
    }

    data {
      source = digits()
      test = 80%
    }

    augment {
      RandomRotation(20deg)
      RandomFlip("horizontal")
      MixUp(0.4)
    }

    train {
      epochs = 2
      optimizer = "adam"
      loss = "categorical_crossentropy"
    }
    """)


@pytest.mark.slow
@pytest.mark.parametrize("ahead", [True, False], ids=["in the pipeline", "in the step"])
def test_it_is_the_batch_that_trains(keras: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ahead: bool) -> None:
    """What the network is called with in training, written down by the network itself."""
    from cnnspec.runtime.backend import settings
    from cnnspec.runtime.model.build import build_model
    from cnnspec.runtime.observer import Silent
    from cnnspec.runtime.preview import first_batch
    from cnnspec.runtime.run import execute, open_data

    monkeypatch.setattr(settings, "_augment_ahead", lambda backend: ahead)
    compiled, found = compile_source(Source("net.cnn", SPEC), ["run.steps_per_execution=1"])
    assert compiled is not None, found
    document, graph = compiled.document, compiled.graph
    plan, found = resolve(document)
    assert plan is not None, found
    model, found = build_model(document, graph, 0)
    assert model is not None, found
    import tensorflow as tf

    images: list[Any] = []
    call = model.layers[1].call

    def noted(inputs: Any) -> Any:
        tf.py_function(lambda values: images.append(values.numpy()), [inputs], [])
        return call(inputs)

    model.layers[1].call = noted
    result, found = execute(document, graph, plan, model, "tensorflow", tmp_path, Silent())
    assert result is not None, found
    dataset, _ = open_data(document, graph, plan, Silent())
    assert dataset is not None
    steps = -(-len(dataset.train) // plan.data.batch)
    for epoch in (0, 1):
        batch, found = first_batch(document, graph, plan, dataset, epoch)
        assert batch is not None, found
        np.testing.assert_allclose(batch.after, images[epoch * steps], rtol=1e-5, atol=1e-4)
        assert batch.learnt["digit"].max(axis=1).min() < 1


@pytest.mark.slow
def test_the_picture(cnnspec_command: Run, tmp_path: Path) -> None:
    """Eight pairs of images of 8x8, each pixel 12 wide; the originals are whole numbers of their greys, in the order of the batch."""
    (tmp_path / "net.cnn").write_text(SPEC)
    end = cnnspec_command("preview", "net.cnn", "-o", "grid.png", "-n", "8", "--backend", "tensorflow", cwd=tmp_path)
    assert (end.returncode, end.stderr) == (0, "")
    assert end.stdout == (
        "grid.png: 8 of 32 images, 0 to 16 from black to white, the range of the stored images; "
        "on the left as stored, on the right as the network sees it\n"
    )
    picture = np.asarray(Image.open(tmp_path / "grid.png").convert("L"))
    original = picture[8 : 8 + 96, 8 : 8 + 96]
    assert (original == np.repeat(np.repeat(original[6::12, 6::12], 12, 0), 12, 1)).all()
    assert picture.shape == (8 + 2 * (96 + 14 + 8), 5 * (2 * 96 + 3 * 8))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-o", "grid.jpg"), "the picture is a PNG: write `-o grid.png`"),
        (("-n", "0"), "argument -n/--count: write a number from 1 on"),
    ],
)
def test_wrong_usage(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str) -> None:
    from cnnspec.cli.main import main

    assert main(["preview", "net.cnn", *arguments]) == 2
    assert said in capsys.readouterr().err
