"""What people see of a run: on a terminal, on a narrow one, and where there is none."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from cnnspec.report.progress import LineProgress, LiveProgress, duration, number, progress
from cnnspec.runtime.observer import Epoch, Observer, Start

SETTINGS = {"batch": 32, "steps_per_execution": 32, "jit_compile": False, "kept": "memory"}


def run(display: Observer, phases: tuple[str, ...] = ("",)) -> None:
    display.note("checking 1,797 images in data/photos")
    images = {"train": 1258, "validation": 180, "test": 359}
    folder = Path("runs/digits-1")
    start = Start(model="digits", backend="jax", params=29066, images=images, classes=10, epochs=2, run_dir=folder, settings=SETTINGS)
    display.started(start)
    for i, phase in enumerate(phases or ("",), 1):
        display.phase_started(phase, 1, 175 if phase else 0)
        display.epoch_started(i, 40, 1258)
        display.stepped(20, 640, {"loss": 0.7, "accuracy": 0.5})
        display.validation_started()
        metrics = {"loss": 0.31234, "accuracy": 0.91, "val_loss": 0.00012, "val_accuracy": 0.9876, "per_class": [0.5, 1.0]}
        display.epoch_ended(Epoch(number=i, phase=phase, seconds=12.3, images_per_second=4567.8, metrics=metrics), best=i == 1)  # type: ignore[arg-type]
    display.tested({"loss": 0.05, "accuracy": 0.9876})
    display.saved(folder / "model.keras")
    display.ended()


def test_without_a_terminal_there_is_one_line_an_epoch() -> None:
    out = io.StringIO()
    display = progress(out)
    assert isinstance(display, LineProgress)
    run(display, ("head", "rest"))
    figures = "loss 0.3123  accuracy 0.9100  val_loss 1.2e-04  val_accuracy 0.9876  per_class [0.5000, 1.0000]  4,568 images/s  12s"
    assert out.getvalue().splitlines() == [
        "checking 1,797 images in data/photos",
        f"epoch 1/2 head  {figures}  best",
        f"epoch 2/2 rest  {figures}",
        "test  loss 0.0500  accuracy 0.9876",
        "saved runs/digits-1/model.keras",
    ]


def on_terminal(width: int, encoding: str = "utf-8", phases: tuple[str, ...] = ("",)) -> tuple[str, list[str]]:
    """Everything that was written, and the lines that stay."""
    raw = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    console = Console(file=raw, force_terminal=True, width=width, highlight=False, color_system=None)
    run(LiveProgress(console), phases)
    raw.seek(0)
    text = raw.read()
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "\x00", text)
    return text, [line.split("\x00")[-1].rstrip() for line in plain.split("\n")]


def test_on_a_terminal_finished_epochs_are_rows_of_a_table() -> None:
    _, lines = on_terminal(140)
    assert "digits  29,066 parameters on jax" in lines
    assert "images  1,258 train  180 validation  359 test, 10 classes, batch 32" in lines
    assert "steps   32 in a call, images in memory" in lines
    header = next(line for line in lines if line.startswith("epoch"))
    row = next(line for line in lines if line.lstrip().startswith("1/2") and "best" in line)
    for name, value in (("loss", "0.3123"), ("accuracy", "0.9100"), ("val_accuracy", "0.9876"), ("images/s", "4,568"), ("time", "12s")):
        end = re.search(rf"(?<!\S){name}(?!\S)", header)
        assert end and row[: end.end()].endswith(value), f"{name} stands above {value}"
    assert "test  loss 0.0500  accuracy 0.9876" in lines


def test_the_live_line_shows_where_it_is() -> None:
    text, _ = on_terminal(140)
    assert "1/2" in text and "━" in text and "left" in text
    assert text.endswith("\n")
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h"), "the cursor comes back"


def test_phases_are_named() -> None:
    _, lines = on_terminal(120, phases=("head", "rest"))
    assert "phase head  1 epoch, 175 layers frozen" in lines
    assert "phase rest  1 epoch, 175 layers frozen" in lines


@pytest.mark.parametrize("width", [20, 40, 60, 80])
def test_a_narrow_terminal_loses_nothing(width: int) -> None:
    text, lines = on_terminal(width)
    assert "val_accuracy" in text and "0.9876" in text
    assert all(len(line) <= max(width, len("saved runs/digits-1/model.keras")) for line in lines)


def test_a_terminal_without_unicode() -> None:
    text, _ = on_terminal(100, encoding="ascii")
    assert text.isascii() and "#" in text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.98441, "0.9844"), (12.3, "12.30"), (1234.5, "1,234.50"), (1e-5, "1.0e-05"), (0, "0.0000"), (float("nan"), "nan"), (3, "3.0000")],
)
def test_numbers(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(("seconds", "text"), [(0.44, "0.4s"), (9.96, "10s"), (59.6, "1:00"), (65, "1:05"), (3723, "1:02:03")])
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text
