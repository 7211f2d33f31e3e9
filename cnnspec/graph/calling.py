"""What a call is given by name: a tensor (`mask=m`), several (`initial_state=[h, c]`), or a flag (`training=False`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from cnnspec.catalogue import Entry
from cnnspec.shapes import STATES
from cnnspec.suggest import nearest

Named: TypeAlias = "str | tuple[str, ...] | bool"
"""The name of a tensor, the names of several, or a flag."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """Why a value that is passed by name cannot be."""

    code: str
    message: str
    label: str
    help: str


def references(call: Mapping[str, Named]) -> Iterator[str]:
    """The tensors that are passed by name."""
    for value in call.values():
        yield from () if isinstance(value, bool) else (value,) if isinstance(value, str) else value


def filled(call: Mapping[str, Named], tensor: Callable[[str], Any], several: Callable[[list[Any]], Any] = list) -> dict[str, Any]:
    """The values with `tensor(name)` in place of each tensor's name, and `several([...])` in place of a list of them."""
    return {
        key: value if isinstance(value, bool) else tensor(value) if isinstance(value, str) else several([tensor(name) for name in value])
        for key, value in call.items()
    }


def mistake(entry: Entry, key: str, value: Named) -> Mistake | None:
    """What is wrong with `key=value` in a call of `entry`, None if it takes that."""
    name = entry.name
    if key in entry.flags:
        if isinstance(value, bool):
            return None
        return Mistake("E0403", f"`{name}` takes True or False as `{key}`", "this is a tensor", f"write `{key}=True` or `{key}=False`")
    if key not in entry.call:
        known = (*entry.call[1:], *entry.flags)
        near, listed = nearest(key, known), ", ".join(f"`{word}`" for word in known)
        help = f"did you mean `{near}`?" if near else f"it takes {listed}" if listed else "it takes none by name"
        return Mistake("E0302", f"`{name}` takes no tensor called `{key}`", "unknown name of a tensor", help)
    if isinstance(value, bool):
        return Mistake("E0403", f"`{name}` takes a tensor as `{key}`", "this is a flag", f"name a tensor: `{key}=x`")
    given, wanted = 1 if isinstance(value, str) else len(value), STATES.get(name, 0) if key == "initial_state" else 0
    if wanted and given != wanted:
        written = "[h, c]" if wanted == 2 else "h"
        message = f"`{name}` starts from {wanted} state{'s' if wanted > 1 else ''}, not {given}"
        return Mistake("E0506", message, f"{given} given", f"write `{key}={written}`")
    return None
