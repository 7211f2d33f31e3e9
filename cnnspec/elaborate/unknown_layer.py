"""A layer that there is not: what was meant by its name, and the layer to go on with where that is certain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnspec.catalogue import Entry
from cnnspec.diagnostics import Fix, Label
from cnnspec.elaborate import habits
from cnnspec.elaborate.recursion import cycle
from cnnspec.elaborate.values import BlockDefinition, ExternDefinition
from cnnspec.suggest import nearest
from cnnspec.syntax import tree

if TYPE_CHECKING:
    from cnnspec.elaborate.body import Body
    from cnnspec.elaborate.from_torch import Translated


@dataclass(frozen=True, slots=True)
class Meant:
    """The layer that was meant, and its call as it would be written."""

    entry: Entry
    call: tree.Call


def unknown_layer(body: Body, callee: tree.Name, call: tree.Call | None = None) -> Meant | None:
    """Report a layer that does not exist. What it is, where that is certain: then the rest of the line can be checked too."""
    if _is_recursion(body, callee):
        return None
    later = body.scope.defined_later(callee.text)
    if later is not None:
        help, labels = "a name is visible after its line: move the definition up", (Label(later, "defined here"),)
        message = f"there is no layer or block called `{callee.text}` yet"
        body.context.error("E0301", callee.span, message, label="defined further down", labels=labels, help=help, stack=body.stack)
        return None
    from cnnspec.elaborate.from_torch import translated  # for mistakes alone

    found = translated(call, body.context.catalogue) if call is not None else None
    return _of_torch(body, call, found) if found is not None and call is not None else _of_former(body, callee, call)


def _is_recursion(body: Body, callee: tree.Name) -> bool:
    """Report a block that leads back to itself."""
    name = callee.text
    if any(frame.label == f"block {name}" for frame in body.stack):
        help = "use `repeat` for a fixed count"
        body.error("E0207", callee.span, f"block `{name}` uses itself", label="recursion is not allowed", help=help)
        return True
    found = cycle(body, name)
    if found is None:
        return False
    others, back = found
    listed = " and ".join(f"`{other}`" for other in others)
    label, labels = f"`{name}` is used here", (Label(back, "and leads back from here"),)
    help = "put what both need into a third block, above them"
    body.context.error("E0207", callee.span, f"the blocks {listed} use each other", label=label, labels=labels, help=help, stack=body.stack)
    return True


def _of_torch(body: Body, call: tree.Call, found: Translated) -> Meant | None:
    name = call.callee.name if isinstance(call.callee, tree.Attribute) else call.callee
    message, help = f"`{name.span.text}` is called `{found.now}` here", f"write `{found.text}`"
    body.error("E0301", name.span, message, label="PyTorch name", help=help, fix=Fix(call.span, found.text, safe=True))
    entry = body.context.catalogue.entry("layer", found.layer)
    return Meant(entry, found.call) if entry is not None and found.call is not None else None


def _of_former(body: Body, callee: tree.Name, call: tree.Call | None) -> Meant | None:
    from cnnspec.catalogue import former  # the tables are large, and for mistakes alone

    name, catalogue = callee.text, body.context.catalogue
    blocks = [known for known, binding in body.scope.visible() if isinstance(binding.value, BlockDefinition | ExternDefinition)]
    known = [*catalogue.names("layer"), *catalogue.aliases("layer"), *catalogue.names("application"), *blocks]
    unknown, label = f"there is no layer or block called `{name}`", "unknown layer"
    meant = former.name_of("layer", name, known)
    if meant is None:
        help, near = _guess(body, name, known)
        body.error("E0301", callee.span, unknown, label=label, help=help, fix=Fix(callee.span, near) if near else None)
        return None
    message, label, said = meant.words(name, unknown, label)
    place = call.callee.span if call is not None else callee.span  # with the Python modules before it
    body.error("E0301", place, message, label=label, help=said, fix=Fix(place, meant.now, safe=True) if meant.now else None)
    if meant.now in blocks or not meant.keeps_arguments:
        return None
    entry = catalogue.entry("layer", meant.now) or catalogue.entry("application", meant.now)
    return Meant(entry, call) if entry is not None and call is not None else None


def _guess(body: Body, name: str, known: list[str]) -> tuple[str | None, str | None]:
    """What may have been meant: the words to say, and the name to put in its place."""
    catalogue = body.context.catalogue
    if name in habits.MODELS:
        return "layers stand in `model NAME { }`, one a line", None
    near = nearest(name, known)
    if near is not None and near.endswith("1D") and "1" not in name and catalogue.entry("layer", f"{near[:-2]}2D"):
        near = f"{near[:-2]}2D"
    if near is not None:
        return f"did you mean `{near}`?", near
    kinds = [kind for kind in catalogue.kinds_of(name) if kind not in ("layer", "application", "section")]
    return (f"`{name}` is {'an' if kinds[0][0] in 'aeio' else 'a'} {kinds[0]}" if kinds else None), None
