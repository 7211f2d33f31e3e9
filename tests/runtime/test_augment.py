"""What augmentation does to a batch: targets follow their images, and the numbers of a step depend on the step alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from cnnspec.plan.plan import Object
from cnnspec.runtime.data.batches import Batches
from cnnspec.runtime.data.items import ArrayColumn
from cnnspec.runtime.data.targets import Targets

pytestmark = pytest.mark.slow

ONE_HOT, MASK = Targets("one_hot", 4), Targets("number", 2, 2)


def line(name: str, arguments: Mapping[str, Any], place: int = 0) -> Object:
    return Object("layer", name, arguments, f"/augment/{place}")


def stage(lines: list[Object], targets: Targets, fill: int | None = None, seed: int = 3) -> Any:
    from cnnspec.runtime.augment.build import stage_of

    return stage_of(lines, seed, None, {"y": targets}, {"y": fill})


def arrays(batch: Any) -> tuple[np.ndarray[Any, Any], ...]:
    return tuple(np.asarray(part) for part in batch)


def pictures() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Bright blobs with even edges, and where they are bright."""
    rng, (rows, columns) = np.random.default_rng(0), np.mgrid[:32, :32]
    centres = rng.uniform(8, 24, (6, 2))
    image = np.stack([255 * np.exp(-((rows - r) ** 2 + 2 * (columns - c) ** 2) / 90) for r, c in centres]).astype("float32")
    return image[..., None], (image > 110).astype("int32")


MOVING = [
    ("RandomFlip", {"mode": "horizontal_and_vertical"}),
    ("RandomRotation", {"factor": 0.2, "fill_mode": "nearest"}),
    ("RandomTranslation", {"height_factor": 0.2, "width_factor": 0.2}),
    ("RandomZoom", {"height_factor": 0.3}),
    ("RandomShear", {"x_factor": 0.3, "y_factor": 0.3}),
    ("RandomCrop", {"height": 24, "width": 24}),
    ("CenterCrop", {"height": 20, "width": 20}),
    ("RandomPerspective", {"factor": 1.0, "scale": 0.5}),
    ("RandomElasticTransform", {"factor": 1.0, "scale": 1.0}),
    ("Resizing", {"height": 48, "width": 48}),
    ("Cropping2D", {"cropping": 3}),
    ("RandomErasing", {"factor": 0.0}),
]


@pytest.mark.parametrize(("name", "arguments"), MOVING, ids=[name for name, _ in MOVING])
def test_a_mask_follows_its_image(keras: Any, name: str, arguments: Mapping[str, Any]) -> None:
    """It is the image's own threshold, before and after. Bilinear images and nearest masks differ at the edge by a pixel at most."""
    image, mask = pictures()
    after, moved = arrays(stage([line(name, arguments)], MASK)((image, mask), 5))
    assert moved.dtype == mask.dtype and moved.shape == after.shape[:3]
    assert set(np.unique(moved)) == {0, 1}
    assert (moved == (after[..., 0] > 110)).mean() > 0.97


def test_what_comes_from_outside_is_of_no_class(keras: Any) -> None:
    image, mask = np.full((4, 16, 16, 1), 200.0, "float32"), np.ones((4, 16, 16), "int32")
    lines = [line("RandomRotation", {"factor": 0.2, "fill_mode": "constant"}), line("ZeroPadding2D", {"padding": 2}, 1)]
    after, moved = arrays(stage(lines, MASK, fill=255)((image, mask), 0))
    assert set(np.unique(moved)) == {1, 255}
    assert (moved[:, :2] == 255).all()
    assert (moved[after[..., 0] == 200] == 1).all()
    assert (after[..., 0][moved == 255] < 200).all()


def test_colours_leave_masks(keras: Any) -> None:
    image, mask = pictures()
    after, moved = arrays(stage([line("RandomBrightness", {"factor": 0.5})], MASK)((image, mask), 0))
    assert (moved == mask).all() and (after != image).any()


@pytest.mark.parametrize("name", ["MixUp", "CutMix"])
def test_labels_and_weights_are_mixed_in_the_shares_of_the_images(keras: Any, name: str) -> None:
    """Each image is filled with ten times its class, so that its mean tells the shares."""
    label = np.arange(8) % 4
    image = np.broadcast_to(10.0 * label[:, None, None, None], (8, 16, 16, 1)).astype("float32")
    rows, weights = np.eye(4, dtype="float32")[label], label.astype("float32")
    after, mixed, weighed = arrays(stage([line(name, {})], ONE_HOT)((image, rows, weights), 1))
    means = after.mean(axis=(1, 2, 3))
    np.testing.assert_allclose(mixed.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(mixed @ np.arange(4), weighed, atol=1e-5)
    np.testing.assert_allclose(means / 10, weighed, atol=1e-4 if name == "MixUp" else 0.35)  # CutMix counts parts of pixels
    assert (mixed.max(axis=1) < 1).any()


LINES = [line("RandomRotation", {"factor": 0.1}), line("RandomFlip", {}, 1), line("MixUp", {}, 2)]


def test_a_step_has_its_own_numbers(keras: Any) -> None:
    image, label = np.random.default_rng(0).uniform(0, 255, (4, 8, 8, 3)).astype("float32"), np.eye(4, dtype="float32")
    first, again, other, seeded = (
        arrays(stage(LINES, ONE_HOT, seed=seed)((image, label), step))[0] for seed, step in ((3, 5), (3, 5), (3, 6), (4, 5))
    )
    assert (first == again).all()
    assert (first != other).any() and (first != seeded).any()


def test_a_pipeline_and_a_step_augment_alike(keras: Any) -> None:
    """Wherever it is done, the third batch of the second epoch is the same."""
    rng = np.random.default_rng(0)
    images, labels = rng.uniform(0, 255, (20, 8, 8, 3)).astype("float32"), np.eye(4, dtype="float32")[rng.integers(0, 4, 20)]
    batches = Batches(inputs={"x": ArrayColumn(images)}, targets={"y": ArrayColumn(labels)}, weights={}, size=4, seed=1, shuffle=True)
    from cnnspec.runtime.data.feed import feed_of

    feed = feed_of(batches, "tensorflow", "auto", stage(LINES, ONE_HOT))
    feed.begin(1, 2)
    ahead = arrays(next(iter(feed.get_tf_dataset())))
    itself = arrays(stage(LINES, ONE_HOT)(batches.take(batches.order(1)[8:12]), 5 + 2))
    for one, other in zip(ahead, itself, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-3)


def test_the_step_counts_on_in_the_model(keras: Any) -> None:
    from cnnspec.runtime.augment.build import Augmented

    given = keras.Input((8, 8, 3))
    core = keras.Model(given, keras.layers.Dense(4, activation="softmax")(keras.layers.Flatten()(given)))
    model = Augmented(core)
    model.use(stage(LINES, ONE_HOT))
    model.compile("sgd", "categorical_crossentropy")
    model.fit(np.zeros((12, 8, 8, 3)), np.eye(4)[np.arange(12) % 4], batch_size=4, epochs=2, verbose=0)
    assert int(model.step) == 6


@pytest.mark.parametrize("bins", [256, 17])
def test_values_are_counted_as_equalization_counts_them(keras: Any, bins: int) -> None:
    from cnnspec.runtime.augment.adapted import histogram

    values = np.concatenate([np.random.default_rng(0).uniform(-20, 300, 1_000), np.arange(256), [0, 255]]).astype("float32")
    layer = keras.layers.Equalization(bins=bins)
    expected = layer._custom_histogram_fixed_width(values, (0, 255), bins)
    np.testing.assert_array_equal(histogram(values, (0, 255), bins), expected)
