"""What the catalogue says about one callable: its parameters, its other names, how a layer takes its tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from cnnspec.catalogue.types import Type, parse

Json: TypeAlias = Any
Inputs: TypeAlias = Literal["one", "list", "each"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument of an entry, or one setting of a section.

    `type` is written in the type language; `parsed` is the same, read. `default` is JSON (a tuple is a list) and
    means something only where `required` is false. `hints` says for a wrong string, or for a value of a wrong Python type, what to write.
    """

    name: str
    type: str
    required: bool = False
    default: Json = None
    doc: str = ""
    hints: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def parsed(self) -> Type:
        return parse(self.type)


@dataclass(frozen=True, slots=True)
class Backbone:
    """What only an entry of kind `application` has.

    `preprocess` is the arithmetic of its `preprocess_input`: "caffe" (BGR minus the ImageNet means), "tf" (to -1..1), "torch" (to 0..1,
    then ImageNet mean and deviation), or "none" (it is inside the model). `size` is the edge of the images it was trained on,
    `min_size` the smallest that it takes without its top.
    """

    preprocess: Literal["caffe", "tf", "torch", "none"]
    size: int
    min_size: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that may be called, or one section.

    `call` names the tensors of a layer's `call` in order, `flags` its switches; `inputs` says how several tensors reach it: "one"
    tensor, one "list" of them (merges, `Attention`), or "each" as an argument of its own (`MultiHeadAttention`). `code` marks what takes
    Python code. `variadic` names the parameter that collects positional arguments. `items` says what a section without settings lists.
    """

    kind: str
    name: str
    params: tuple[Parameter, ...]
    aliases: tuple[str, ...] = ()
    doc: str = ""
    call: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    inputs: Inputs = "one"
    code: bool = False
    variadic: str | None = None
    items: str | None = None
    backbone: Backbone | None = None

    @property
    def canonical(self) -> str:
        """The name under which the entry stands, whichever alias was asked for."""
        return self.name

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(p.name for p in self.params if p.required)

    def parameter(self, name: str) -> Parameter | None:
        return next((p for p in self.params if p.name == name), None)
