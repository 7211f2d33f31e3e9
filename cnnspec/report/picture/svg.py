"""Scene -> an SVG file that stands for itself: no script, no link, text as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from cnnspec.report.picture.layout import Part, Point, lay_out
from cnnspec.report.picture.measure import BOLD, BOX, CLEAR, FRAME, MARGIN, SMALL, TEXT, cut, width_of
from cnnspec.report.picture.palette import FILL_AND_EDGE, GREY, INK
from cnnspec.report.picture.scene import Box, Scene

_BEND: Final = 5.0
_ESCAPES: Final = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord('"'): "&quot;"}


def svg(scene: Scene) -> str:
    """The picture, as large as it needs to be."""
    whole = lay_out(scene)
    width, height = whole.left + whole.right + 2 * MARGIN, whole.height + 2 * MARGIN
    families = sorted({box.family for box in scene.boxes})
    colours = "".join(f".{family}{{fill:{FILL_AND_EDGE[family][0]};stroke:{FILL_AND_EDGE[family][1]}}}" for family in families)
    drawing = _Drawing(scene)
    drawing.draw(whole, whole.left + MARGIN, MARGIN)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(width)} {_n(height)}" width="{_n(width)}" height="{_n(height)}"'
        f' role="img" font-family="Helvetica, Arial, sans-serif" font-size="{_n(TEXT)}">',
        f"<title>{_text(scene.name)}</title>",
        f"<style>.frame,.line{{fill:none;stroke:{GREY}}}.frame{{stroke-opacity:.55}}.line{{stroke-width:1.3}}.tip,.small{{fill:{GREY}}}.small{{font-size:{_n(SMALL)}px}}"
        f".in{{fill:{INK}}}{colours}</style>",
        *drawing.frames,
        *drawing.lines,
        *drawing.boxes,
        "</svg>",
        "",
    ]
    return "\n".join(lines)


class _Drawing:
    """What is drawn, from the back to the front: frames, lines, boxes."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.frames: list[str] = []
        self.lines: list[str] = []
        self.boxes: list[str] = []

    def draw(self, part: Part, x: float, y: float) -> None:
        """A part whose line is at `x` and whose upper edge is at `y`."""
        if part.box is not None:
            self.boxes.append(_box(self.scene.boxes[part.box], part, x, y))
            return
        if part.title:
            self.frames.append(_frame(part, x, y))
        labels: dict[tuple[int, str], Point] = {}
        for run in part.runs:
            corners = [(x + across, y + down) for across, down in run.corners]
            self.lines += _line(corners, isinstance(run.slot, int))
            if isinstance(run.slot, int):
                edge = self.scene.edges[run.slot]
                labels[edge.target, edge.label] = max(corners[-1], labels.get((edge.target, edge.label), corners[-1]))
        self.lines += [_label(text, at) for (_, text), at in labels.items() if text]
        for inner, across, down in part.inner:
            self.draw(inner, x + across, y + down)


def _frame(part: Part, x: float, y: float) -> str:
    room = part.left + min(part.entries.values(), default=0.0) - FRAME - CLEAR / 2
    return (
        f'<g><title>{_text(part.title)}</title><rect class="frame" x="{_n(x - part.left)}" y="{_n(y)}" width="{_n(part.left + part.right)}"'
        f' height="{_n(part.height)}" rx="6"/><text class="small" x="{_n(x - part.left + FRAME)}" y="{_n(y + 14)}">'
        f"{_text(cut(part.title, SMALL, room))}</text></g>"
    )


def _box(box: Box, part: Part, x: float, y: float) -> str:
    round_ = BOX / 2 if box.family in ("input", "output", "merge") else 4
    shape = ""
    if part.caption:
        at = x + max(part.exits.values(), default=0.0) + 5
        shape = f'<text class="small" x="{_n(at)}" y="{_n(y + part.height + 11)}">{_text(box.shape)}</text>'
    return (
        f'<g><title>{_text(box.full)}</title><rect class="{box.family}" x="{_n(x - part.left)}" y="{_n(y)}"'
        f' width="{_n(part.left + part.right)}" height="{_n(part.height)}" rx="{_n(round_)}"/>'
        f"{_words(box, x, y, part.left + part.right - 12)}{shape}</g>"
    )


def _words(box: Box, x: float, y: float, room: float) -> str:
    """Name, class and arguments, in the middle of a box. It begins at its computed left end: few programs can centre several styles."""
    name = cut(box.name, TEXT, room / 2) + " " if box.name else ""
    text = cut(box.text, TEXT, (room - width_of(name, TEXT)) / BOLD)
    title, space, rest = (text, "", "") if box.family == "group" else text.partition(" ")
    width = width_of(name + space + rest, TEXT) + BOLD * width_of(title, TEXT)
    italic = f'<tspan font-style="italic">{_text(name)}</tspan>' if name else ""
    bold = f'<tspan font-weight="bold">{_text(title)}</tspan>'
    return f'<text class="in" xml:space="preserve" x="{_n(x - width / 2)}" y="{_n(y + 16)}">{italic}{bold}{_text(space + rest)}</text>'


def _line(points: Sequence[Point], arrow: bool) -> Iterator[str]:
    """A line with round bends. An arrow says where it enters a box."""
    x, y = points[-1]
    path = f"M{_n(points[0][0])} {_n(points[0][1])}"
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        bend = min(_BEND, _far(before, here) / 2, _far(here, after) / 2)
        start, end = _towards(here, before, bend), _towards(here, after, bend)
        path += f"L{_n(start[0])} {_n(start[1])}Q{_n(here[0])} {_n(here[1])} {_n(end[0])} {_n(end[1])}"
    yield f'<path class="line" d="{path}L{_n(x)} {_n(y)}"/>'
    if arrow:
        yield f'<path class="tip" d="M{_n(x)} {_n(y)}l-3 -6h6z"/>'


def _label(text: str, at: Point) -> str:
    """The name by which a call is given tensors, beside the last of them."""
    return f'<text class="small" x="{_n(at[0] + 5)}" y="{_n(at[1] - 3)}">{_text(text)}</text>'


def _far(a: Point, b: Point) -> float:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def _towards(here: Point, there: Point, way: float) -> Point:
    far = _far(here, there)
    return (here[0] + (there[0] - here[0]) * way / far, here[1] + (there[1] - here[1]) * way / far)


def _n(number: float) -> str:
    """A coordinate, as short as it can be written."""
    return f"{number:.1f}".removesuffix(".0")


def _text(text: str) -> str:
    """Text of XML. Signs that XML cannot have are shown as `\ufffd`."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text).translate(_ESCAPES)
