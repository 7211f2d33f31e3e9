"""Sources that are arrays: scikit-learn's digits and `.npz` files. Nothing is ever unpickled."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from cnnspec.catalogue.facts import DIGITS
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at, path_of
from cnnspec.plan.plan import Object
from cnnspec.runtime.data.images.columns import KEPT_BYTES, KeptImages, ResizedImages
from cnnspec.runtime.data.items import ArrayColumn, Column, Items
from cnnspec.runtime.data.offer import Offer, Opened, Want
from cnnspec.runtime.data.sources.paths import missing_path
from cnnspec.suggest import nearest

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Named:
    """An array and what the user calls it."""

    name: str
    array: Array


def open_digits(document: Document, source: Object, want: Want) -> Opened:
    """1,797 handwritten digits, (8, 8, 1), values 0 to 16. There is no test set of its own."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    images = bunch.images.astype(np.uint8)
    return offer(document, source, want, (Named("digits", images), Named("digits", bunch.target)), None, DIGITS)


def open_npz(document: Document, source: Object, want: Want) -> Opened:
    """Arrays under the names that the arguments give; the test arrays may be absent where their names are not given."""
    keys = {name: source.arguments.get(name, default) for name, default in _KEYS.items()}
    path, found = npz_path(document, source)
    if path is None:
        return None, found
    optional = tuple(name for name in ("x_test", "y_test") if name not in source.arguments)
    arrays, found = read_npz(document, source, path, keys, optional)
    if arrays is None:
        return None, found
    test = (arrays["x_test"], arrays["y_test"]) if "x_test" in arrays and "y_test" in arrays else None
    return offer(document, source, want, (arrays["x"], arrays["y"]), test, None)


def npz_path(document: Document, source: Object) -> tuple[Path | None, list[Diagnostic]]:
    """The `path` argument of a source as an existing file, or what is wrong with it."""
    pointer = f"{source.pointer}/arguments/path"
    path = path_of(document, source.arguments["path"])
    if not path.exists():
        return None, [missing_path(document, pointer, path, "file")]
    if path.is_dir():
        help = f'write `image_folder("{source.arguments["path"]}")` for a folder of images'
        return None, [at(document, pointer, "E0703", f"{path} is a folder, not a file", help=help)]
    return path, []


def read_npz(
    document: Document, source: Object, path: Path, keys: dict[str, str], optional: Sequence[str] = ()
) -> tuple[dict[str, Named] | None, list[Diagnostic]]:
    """The arrays of an `.npz` file: `keys` are the names in the file by our name; those in `optional` may be absent."""
    place = f"{source.pointer}/arguments/path"
    try:
        with path.open("rb") as raw:
            kind = raw.read(6)
            if kind == b"\x93NUMPY":
                return None, [at(document, place, "E0703", f"{path} is a single array (.npy), not an .npz file", help=_SAVE)]
            if kind[:2] != b"PK":  # NumPy would take anything else for a pickle
                return None, [at(document, place, "E0703", f"{path} cannot be read as an .npz file: it is no zip archive", help=_SAVE)]
            raw.seek(0)
            file = np.load(raw, allow_pickle=False)
            absent = {name: key for name, key in keys.items() if key not in file.files and name not in optional}
            if absent:
                return None, [_no_key(document, source, path, name, key, file.files) for name, key in absent.items()]
            return {name: Named(key, file[key]) for name, key in keys.items() if key in file.files}, []
    except ValueError as error:
        if "allow_pickle" in str(error) or "Object arrays" in str(error):
            message = f"{path} holds Python objects: reading them would need unpickling, which can run code"
            help = f"save plain arrays: {_SAVE}"
        else:
            message, help = f"{path} cannot be read as an .npz file: {error}", _SAVE
        return None, [at(document, place, "E0703", message, help=help)]
    except (OSError, zipfile.BadZipFile, EOFError, KeyError, NotImplementedError, MemoryError, zlib.error) as error:
        reason = "permission denied" if isinstance(error, PermissionError) else str(error) or type(error).__name__
        return None, [at(document, place, "E0703", f"{path} cannot be read as an .npz file: {reason}", help=_SAVE)]


def offer(
    document: Document,
    source: Object,
    want: Want,
    train: tuple[Named, Named],
    test: tuple[Named, Named] | None,
    classes: tuple[str, ...] | None,
) -> Opened:
    """Pairs of images and labels as items, checked: a channel axis for grey images, as many labels as images, numbers only."""
    found = [problem for pair in (train, test) if pair for problem in _problems(document, source, *pair)]
    if found:
        return None, found
    return Offer(train=_items(train, want), test=_items(test, want) if test else None, classes=want.named(classes)), []


def _items(pair: tuple[Named, Named], want: Want) -> Items:
    x, y = pair[0].array, pair[1].array
    if x.ndim == 3:
        x = x[..., np.newaxis]
    if x.dtype == np.bool_:
        x = x.astype(np.uint8)
    if x.dtype not in (np.uint8, np.float32):  # types that not every backend has
        x = x.astype(np.float32)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.dtype == np.bool_:
        y = y.astype(np.int64)
    return want.items(_resized(ArrayColumn(np.ascontiguousarray(x)), want), y)


def _resized(images: ArrayColumn, want: Want) -> Column:
    if want.resize is None or len(images.shape) != 3 or images.shape[:2] == want.resize:
        return images
    lazy = ResizedImages(images, want.resize, want.method)
    size = int(np.prod(want.resize)) * images.array.shape[-1] * images.array.itemsize * len(images)
    if size <= KEPT_BYTES:
        return ArrayColumn(lazy.take(np.arange(len(images))))
    return KeptImages(lazy) if want.cache == "memory" else lazy


def _problems(document: Document, source: Object, images: Named, labels: Named) -> list[Diagnostic]:
    x, y = images.array, labels.array

    def problem(code: str, message: str, help: str | None = None) -> list[Diagnostic]:
        return [at(document, source.pointer, code, message, help=help)]

    if x.ndim < 2 or x.dtype.kind not in "buif":
        message = f"`{images.name}` is no array of images: shape {x.shape}, dtype {x.dtype}"
        return problem("E0703", message, "images are (n, height, width, channels)")
    if y.ndim == 0 or y.dtype.kind not in "buif":
        message = f"`{labels.name}` is no array of labels: shape {y.shape}, dtype {y.dtype}"
        return problem("E0703", message, "labels are whole numbers (n,)")
    if len(x) != len(y):
        return problem("E0703", f"`{images.name}` has {len(x):,} images, `{labels.name}` has {len(y):,} labels")
    if not len(x):
        return problem("E0706", f"`{images.name}` has no images")
    for named in (images, labels):
        if named.array.dtype.kind == "f" and not np.isfinite(named.array).all():
            return problem("E0703", f"`{named.name}` has values that are not numbers (NaN or infinite)")
    return []


def _no_key(document: Document, source: Object, path: Path, name: str, key: str, there: Sequence[str]) -> Diagnostic:
    given = name in source.arguments
    pointer = f"{source.pointer}/arguments/{name}" if given else source.pointer
    near = nearest(key, there) or (there[0] if len(there) == 1 else None)
    listed = ", ".join(f"`{k}`" for k in there) or "nothing"
    help = f'write `{name}="{near}"`' if near else f'say which array it is: `{name}="..."`'
    return at(document, pointer, "E0703", f"{path} has no array `{key}`", notes=(f"it holds {listed}",), help=help)


_KEYS = {"x": "x_train", "y": "y_train", "x_test": "x_test", "y_test": "y_test"}
_SAVE = '`numpy.savez("data.npz", x_train=..., y_train=...)` writes one'
