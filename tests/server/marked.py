"""Texts with a `|` where the cursor stands."""

from __future__ import annotations

from cnnspec.compiler import Analysis, analyse
from cnnspec.server.completion import Completion, complete
from cnnspec.source import Source

MODEL = """\
cnn 1

import "lib/vision.cnn" as vision

let width = 16
let quick = True

# Convolution and activation.
block conv(filters: int, stride: int = 1) {
  input x
  Conv2D(filters, 3, strides=stride, padding="same")
  ReLU()
}

model net {
  input image: (32, 32, 3)
  conv(width) as stem
  layer head = Dense(10)
  LINE
  GlobalAveragePooling2D()
  Dense(5) as label
}
"""
"""A spec to write a line into, and sections behind."""


def at_cursor(marked: str) -> tuple[Analysis, int]:
    """The analysis of a text without its `|`, and where that was."""
    offset = marked.index("|")
    text = marked[:offset] + marked[offset + 1 :]
    return analyse(Source("net.cnn", text)), offset


def in_model(line: str) -> str:
    """A line, with its `|`, in the model of a spec."""
    return MODEL.replace("LINE", line)


def in_section(section: str) -> str:
    """A section, with its `|`, behind the model."""
    return MODEL.replace("  LINE\n", "") + "\n" + section


def completed(marked: str) -> Completion:
    analysis, offset = at_cursor(marked)
    return complete(analysis, analysis.source.text, offset)


def labels(marked: str) -> list[str]:
    """What is offered at the cursor."""
    return [item.label for item in completed(marked).items]
