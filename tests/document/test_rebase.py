"""A document that moves to another folder still finds its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnspec.compiler import compile_file
from cnnspec.document.rebase import rebased

SPEC = """cnn 1

model m {
  input image: (32, 32, 3)
  VGG16(weights=WEIGHTS, include_top=False, pooling="avg") as base
  Dense(2)
}

data {
  source = image_folder("photos")
  test = npz("/data/test.npz")
}

export {
  keras = "out/m.keras"
}
"""


@pytest.mark.parametrize(
    ("weights", "moved"), [('"w/vgg.weights.h5"', "../specs/w/vgg.weights.h5"), ('"imagenet"', "imagenet"), ("None", None)]
)
def test_relative_paths_follow_the_document(weights: str, moved: str | None, tmp_path: Path) -> None:
    file = tmp_path / "specs" / "m.cnn"
    file.parent.mkdir()
    file.write_text(SPEC.replace("WEIGHTS", weights))
    compiled, diagnostics = compile_file(str(file))
    assert diagnostics == []
    assert compiled is not None
    document = rebased(compiled.document, tmp_path / "runs")
    assert document.get("/data/source/arguments/path") == "../specs/photos"
    assert document.get("/data/test/arguments/path") == "/data/test.npz"
    assert document.get("/export/keras") == "../specs/out/m.keras"
    assert document.get("/model/layers/0/arguments/weights") == moved
    assert document.base == tmp_path / "runs"
    assert compiled.document.get("/export/keras") == "out/m.keras"


def test_a_document_that_stays_is_the_same(root: Path) -> None:
    compiled, _ = compile_file(str(root / "specs" / "resnet50_transfer.cnn"))
    assert compiled is not None
    assert rebased(compiled.document, root / "specs").json == compiled.document.json
