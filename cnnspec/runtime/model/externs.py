"""Python objects that a spec declares by `extern`: imported if the user allows their module, and only then.

Imported objects stay in this process under the names of the document that was built last, as their modules do: a process builds one
spec after another.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeAlias

from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document, escape
from cnnspec.plan.place import at, path_of
from cnnspec.suggest import nearest

Json: TypeAlias = Any
_IMPORTED: Final[dict[str, Any]] = {}
"""What the names of the current document's declarations stand for."""


def extern_object(name: str) -> Any:
    """The imported object, or None if it was not imported."""
    return _IMPORTED.get(name)


def import_externs(document: Document, allowed: Sequence[str]) -> list[Diagnostic]:
    """Import what the document uses of its declarations.

    Refuses a module that is not in `allowed` (E0908), a file that is not the one that was checked (E0911), what cannot be imported
    (E0909), and what is not what was declared (E0910).
    """
    _IMPORTED.clear()
    declared = document.json.get("extern") or {}
    used = sorted({name for part in ("model", "train", "augment") for name in _used(document.json.get(part))} & declared.keys())
    found: list[Diagnostic] = []
    for name in used:
        refused = _import(document, name, declared[name], allowed)
        found += [refused] if refused is not None else []
    return found


def _used(value: Json) -> Iterator[str]:
    """The names of the declarations that are called below a value."""
    if isinstance(value, Mapping):
        if isinstance(value.get("extern"), str):
            yield value["extern"]
        for item in value.values():
            yield from _used(item)
    elif isinstance(value, list):
        for item in value:
            yield from _used(item)


def _import(document: Document, name: str, declared: Mapping[str, Json], allowed: Sequence[str]) -> Diagnostic | None:
    place = f"/extern/{escape(name)}/from"
    module, _, attribute = declared["from"].partition(":")
    if not any(module == known or module.startswith(f"{known}.") for known in allowed):
        message = f"`{declared['from']}` is Python code, which runs only if you allow it"
        help = f"read it, then add `--allow-extern {module}`"
        return at(document, place, "E0908", message, label="this would be imported", help=help)
    file = path_of(document, declared["path"]) if "path" in declared else None
    if file is not None and (changed := _changed(document, place, file, declared.get("sha256"))) is not None:
        return changed
    try:
        with _found_in(file, module):
            imported = importlib.import_module(module)
    except Exception as error:  # the user's code fails with whatever it happens to raise
        return at(document, place, "E0909", f"`{module}` cannot be imported: {_first_line(error)}", help=_where(module, file, error))
    thing = getattr(imported, attribute, None)
    if thing is None or not callable(thing):
        names = [key for key, value in vars(imported).items() if callable(value) and not key.startswith("_")]
        near = nearest(attribute, names)
        help = f"did you mean `{module}:{near}`?" if near else "name a class or a function of that module"
        return at(document, place, "E0909", f"`{module}` has no class or function `{attribute}`", help=help)
    _IMPORTED[name] = thing
    return _unlike(document, name, declared, thing)


def _changed(document: Document, place: str, file: Path, digest: str | None) -> Diagnostic | None:
    """Whether the file is another than the one whose hash the document has."""
    try:
        same = digest is None or hashlib.sha256(file.read_bytes()).hexdigest() == digest
    except OSError as error:
        return at(document, place, "E0909", f"`{file}` cannot be read: {(error.strerror or str(error)).lower()}")
    if same:
        return None
    help = "bring back the file, or write the document again: `cnnspec compile FILE.cnn --emit document`"
    return at(document, place, "E0911", f"`{file}` has changed since this document was written", help=help)


@contextmanager
def _found_in(file: Path | None, module: str) -> Iterator[None]:
    """The folder from which `module` is reached, on Python's path for as long as it is imported. A stale module is forgotten."""
    if file is None:
        yield
        return
    depth = module.count(".") + (2 if file.name == "__init__.py" else 1)
    folder = str(file.resolve().parents[depth - 1])
    known = sys.modules.get(module)
    if known is not None and Path(getattr(known, "__file__", None) or "").resolve() != file.resolve():
        for name in [name for name in sys.modules if name == module or name.startswith(f"{module}.")]:
            del sys.modules[name]
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path.remove(folder)


def _where(module: str, file: Path | None, error: Exception) -> str:
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    if missing and file is None and (missing == module or module.startswith(f"{missing}.")):
        return f"put `{module.replace('.', '/')}.py` beside the spec, or install it"
    if missing:
        return f"install `{missing}`, which it imports"
    return f"mend `{file}`" if file is not None else f"mend `{module}`"


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {(str(error).strip().splitlines() or ['no message'])[0]}"


# ---------------------------------------------------------------- what was declared, and what is there


def _unlike(document: Document, name: str, declared: Mapping[str, Json], thing: Any) -> Diagnostic | None:
    """The first difference between the declared parameters and those of the object itself."""
    try:
        parameters = dict(inspect.signature(thing).parameters)
    except (TypeError, ValueError):  # code without a signature of Python's own
        return None
    taken = _taken(thing)
    place = f"/extern/{escape(name)}"
    for word in declared.get("arguments", {}):
        if taken is not None and word not in taken:
            near = nearest(word, taken)
            help = f"did you mean `{near}`?" if near else f"it takes {', '.join(f'`{p}`' for p in taken)}" if taken else None
            return at(document, place, "E0910", f"`{declared['from']}` has no parameter `{word}`", part="key", help=help)
    if inspect.isfunction(thing):  # a loss or a metric: its first two parameters are the labels and the predictions
        parameters = dict(list(parameters.items())[2:])
    given = {*declared.get("arguments", {}), "name"}
    for word, parameter in parameters.items():
        required = parameter.default is parameter.empty and parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
        if required and word not in given:
            help = f"declare it: `extern {name}({word}, ...)`"
            return at(document, place, "E0910", f"`{declared['from']}` needs `{word}`, which is not declared", part="key", help=help)
    return None


def _taken(thing: Any) -> list[str] | None:
    """The names of the parameters that a class or a function takes; None where it takes any. `**kwargs` are those of the class above."""
    found: list[str] = []
    for step in inspect.getmro(thing) if isinstance(thing, type) else (thing,):
        call = vars(step).get("__init__") if isinstance(step, type) else step
        if call is None or step is object:
            continue
        parameters = inspect.signature(call).parameters.values()
        found += [p.name for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL) and p.name not in ("self", *found)]
        if not any(p.kind is p.VAR_KEYWORD for p in parameters):
            return found
        if step.__module__.startswith("keras."):  # the end of the chain: Keras refuses what it does not know
            return found
    return None


def make(thing: Any, arguments: Mapping[str, Any], name: str) -> Any:
    """The object that a declaration stands for: an instance of a class, or a function with its arguments in place."""
    if isinstance(thing, type):
        takes = inspect.signature(thing).parameters
        if "name" in arguments and "name" not in takes and not any(p.kind is p.VAR_KEYWORD for p in takes.values()):
            made = thing(**{key: value for key, value in arguments.items() if key != "name"})
            made.name = arguments["name"]
            return made
        return thing(**arguments)
    return _bound(thing, {key: value for key, value in arguments.items() if key != "name"}, name)


def _bound(function: Callable[..., Any], arguments: Mapping[str, Any], name: str) -> Callable[..., Any]:
    """The function with its arguments in place, under the declared name: Keras reports a metric by it."""

    def called(*tensors: Any) -> Any:
        return function(*tensors, **arguments)

    called.__name__ = called.__qualname__ = name
    return called
