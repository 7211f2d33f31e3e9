"""What people see while a run goes on: a live display on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TextIO

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from cnnspec.runtime.observer import Epoch, Observer, Silent, Start

_BAR: Final = 24
_METRIC: Final = 9
"""The least width of a column of numbers."""


def progress(stream: TextIO) -> Observer:
    """The display that suits a stream: live on a terminal that can move its cursor, one line an epoch elsewhere."""
    console = Console(file=stream, highlight=False)
    return LiveProgress(console) if console.is_terminal and not console.is_dumb_terminal else LineProgress(stream)


class LineProgress(Silent):
    """One line an epoch, then the test result and what was saved."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._epochs = 0

    def note(self, text: str) -> None:
        self._line(text)

    def started(self, start: Start) -> None:
        self._epochs = start.epochs

    def epoch_ended(self, epoch: Epoch, best: bool) -> None:
        phase = f" {epoch.phase}" if epoch.phase else ""
        figures = "  ".join(f"{name} {number(value)}" for name, value in epoch.metrics.items())
        speed = f"{epoch.images_per_second:,.0f} images/s"
        self._line(f"epoch {epoch.number}/{self._epochs}{phase}  {figures}  {speed}  {duration(epoch.seconds)}{'  best' if best else ''}")

    def tested(self, metrics: Mapping[str, float]) -> None:
        if metrics:
            self._line("test  " + "  ".join(f"{name} {number(value)}" for name, value in metrics.items()))

    def saved(self, path: Path) -> None:
        self._line(f"saved {path}")

    def _line(self, text: str) -> None:
        self._stream.write(text + "\n")
        self._stream.flush()


class LiveProgress(Silent):
    """Finished epochs scroll up as the rows of a table; below them one line moves: epoch, bar, figures, speed, time left."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._now = _Now(unicode="utf" in console.encoding.lower())
        self._live = Live(self._now, console=console, refresh_per_second=12, transient=True)
        self._columns: Mapping[str, int] = {}
        self._epochs = 0

    def note(self, text: str) -> None:
        self._console.print(Text(text, style="dim"))

    def started(self, start: Start) -> None:
        self._epochs = start.epochs
        self._now.begin(start)
        self._console.print(_headline(start))
        self._live.start()

    def phase_started(self, name: str, epochs: int, frozen: int) -> None:
        if name:
            held = f", {frozen:,} layers frozen" if frozen else ""
            line = Text.assemble(("\nphase ", "dim"), (name, "bold"), (f"  {epochs} epoch{'s' if epochs != 1 else ''}{held}", "dim"))
            self._console.print(line)
            self._columns = {}

    def epoch_started(self, number: int, steps: int, images: int) -> None:
        self._now.epoch_begins(number, images)

    def stepped(self, step: int, images: int, metrics: Mapping[str, float]) -> None:
        self._now.moves(images, metrics)

    def validation_started(self) -> None:
        self._now.validates()

    def epoch_ended(self, epoch: Epoch, best: bool) -> None:
        self._now.epoch_ends(epoch)
        if tuple(epoch.metrics) != tuple(self._columns):
            self._columns = {name: max(_METRIC, len(name), len(number(value))) for name, value in epoch.metrics.items()}
            if self._fits():
                self._console.print()
                self._console.print(_header(self._columns, self._epochs))
        row = _row(epoch, self._columns, self._epochs, best) if self._fits() else _labelled(epoch, self._epochs, best)
        self._console.print(row)

    def _fits(self) -> bool:
        wide = _first(self._epochs) + sum(width + 2 for width in self._columns.values()) + len("   images/s    time  best")
        return wide <= self._console.width

    def tested(self, metrics: Mapping[str, float]) -> None:
        self._live.stop()
        if metrics:
            figures = [part for name, value in metrics.items() for part in ((f"  {name} ", "dim"), (number(value), "bold green"))]
            self._console.print(Text.assemble("\n", ("test", "bold"), *figures))
        else:
            self._console.print()

    def saved(self, path: Path) -> None:
        self._console.print(Text.assemble(("saved ", "dim"), str(path)), soft_wrap=True)

    def ended(self) -> None:
        self._live.stop()


class _Now:
    """The line that moves. `unicode` says whether the terminal can show more than ASCII."""

    def __init__(self, unicode: bool) -> None:
        self._full, self._rest, dots = ("━", "─", "dots") if unicode else ("#", "-", "line")
        self._spinner = Spinner(dots, style="cyan")
        self._epochs = self._epoch = self._images = self._done = 0
        self._metrics: Mapping[str, float] = {}
        self._began = self._seconds = 0.0
        self._finished: list[float] = []
        self._state = "compiling"

    def begin(self, start: Start) -> None:
        self._epochs = start.epochs

    def epoch_begins(self, number: int, images: int) -> None:
        self._epoch, self._images, self._done, self._metrics = number, images, 0, {}
        self._began = time.perf_counter()
        self._state = "compiling" if not self._finished else ""

    def moves(self, images: int, metrics: Mapping[str, float]) -> None:
        self._done, self._metrics, self._state = images, metrics, ""

    def validates(self) -> None:
        self._done, self._state = self._images, "validating"

    def epoch_ends(self, epoch: Epoch) -> None:
        self._finished.append(epoch.seconds)

    def left(self) -> float | None:
        """Seconds that the run still takes if it does not stop early, by the epochs that are done but the first, which compiles."""
        spent = time.perf_counter() - self._began
        share = self._done / self._images if self._images else 0.0
        known = self._finished[1:] or self._finished
        one = sum(known) / len(known) if known else (spent / share if share else None)
        return None if one is None else max(0.0, one * (self._epochs - self._epoch) + max(one - spent, one * (1 - share) * 0.5))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if not self._epoch:
            return
        spinner = self._spinner.render(console.get_time())
        assert isinstance(spinner, Text)
        bar = self._bar(_BAR if options.max_width >= 60 else _BAR // 2)
        parts = [Text.assemble(spinner, (f" {self._epoch}/{self._epochs}", "bold")), bar]
        for part in self._details():  # the most wanted first; what does not fit is left out
            if sum(p.cell_len + 2 for p in parts) + part.cell_len <= options.max_width:
                parts.append(part)
        yield Text("  ").join(parts)

    def _details(self) -> list[Text]:
        spent = time.perf_counter() - self._began
        speed = f"{self._done / spent:,.0f} images/s" if self._done and spent > 0.2 else ""
        doing = [Text(self._state or speed, "cyan")] if self._state or speed else []
        left = self.left()
        remaining = [Text(f"{duration(left)} left", "dim")] if left is not None else []
        figures = [Text.assemble((f"{name} ", "dim"), number(value)) for name, value in self._metrics.items()]
        return [*doing, *remaining, *figures]

    def _bar(self, width: int) -> Text:
        full = round(width * self._done / max(1, self._images))
        return Text.assemble((self._full * full, "cyan"), (self._rest * (width - full), "bright_black"))


def _headline(start: Start) -> Text:
    images = "  ".join(f"{count:,} {name}" for name, count in start.images.items())
    classes = f", {start.classes} classes" if start.classes else ""
    return Text.assemble(
        (start.model, "bold"),
        f"  {start.params:,} parameters on ",
        (start.backend, "cyan"),
        (f"\nimages  {images}{classes}, batch {start.settings.get('batch', '?')}", "dim"),
        (f"\nsteps   {_chosen(start.settings)}", "dim"),
        (f"\nfolder  {start.run_dir}", "dim"),
    )


def _chosen(settings: Mapping[str, Any]) -> str:
    """The settings that the run chose itself, or was told."""
    calls = f"{settings['steps_per_execution']} in a call"
    xla = {True: ", compiled by XLA", False: "", "auto": ", compiled by XLA where that is possible"}[settings["jit_compile"]]
    images = {"memory": "images in memory", "disk": "images in a cache on disk", None: "images decoded in each epoch"}[settings["kept"]]
    return f"{calls}{xla}, {images}"


def _header(columns: Mapping[str, int], epochs: int) -> Text:
    numbers = "".join(f"  {name:>{width}}" for name, width in columns.items())
    return Text(f"{'epoch':>{_first(epochs)}}{numbers}  {'images/s':>9}  {'time':>6}", "dim")


def _row(epoch: Epoch, columns: Mapping[str, int], epochs: int, best: bool) -> Text:
    text = Text(f"{f'{epoch.number}/{epochs}':>{_first(epochs)}}", "bold")
    for name, value in epoch.metrics.items():
        text.append(f"  {number(value):>{columns[name]}}", "default" if name.startswith("val_") else "dim")
    text.append(f"  {epoch.images_per_second:>9,.0f}", "cyan")
    text.append(f"  {duration(epoch.seconds):>6}", "dim")
    return text.append("  best", "green") if best else text


def _labelled(epoch: Epoch, epochs: int, best: bool) -> Text:
    """A finished epoch for a terminal that is too narrow for the table."""
    text = Text(f"{epoch.number}/{epochs}", "bold")
    for name, value in epoch.metrics.items():
        text.append(f"  {name} ", "dim").append(number(value))
    text.append(f"  {epoch.images_per_second:,.0f}/s", "cyan")
    return text.append("  best", "green") if best else text


def _first(epochs: int) -> int:
    return max(len("epoch"), 2 * len(str(epochs)) + 1)


def number(value: object) -> str:
    """A measured value in few characters: 0.9844, 12.31, 1.0e-05; a list of values in brackets."""
    if isinstance(value, list):
        return f"[{', '.join(number(v) for v in value)}]"
    if not isinstance(value, int | float):
        return str(value)
    if value != 0 and abs(value) < 0.001:
        return f"{value:.1e}"
    return f"{value:.4f}" if abs(value) < 10 else f"{value:,.2f}"


def duration(seconds: float) -> str:
    """0.4s, 12s, 3:05, 1:02:03."""
    if seconds < 9.95:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
