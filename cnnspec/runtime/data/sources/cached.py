"""The sources that Keras downloads: MNIST, Fashion-MNIST, CIFAR-10 and CIFAR-100. A local copy is taken by `path`."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cnnspec.catalogue import facts
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at
from cnnspec.plan.plan import Object
from cnnspec.runtime.backend.choice import keras_json
from cnnspec.runtime.data.offer import Open, Opened, Want
from cnnspec.runtime.data.sources.arrays import Named, npz_path, offer, read_npz
from cnnspec.runtime.data.sources.cifar import BadArchive, read_archive


@dataclass(frozen=True, slots=True)
class Known:
    """A data set of Keras: its classes, and the files, below Keras's folder `datasets`, that Keras looks for before it downloads."""

    name: str
    files: tuple[str, ...]
    original: str
    classes: tuple[str, ...] | None


_IDX: Final = tuple(
    f"fashion-mnist/{name}-ubyte.gz" for name in ("train-labels-idx1", "train-images-idx3", "t10k-labels-idx1", "t10k-images-idx3")
)
_NPZ_KEYS: Final = {"x": "x_train", "y": "y_train", "x_test": "x_test", "y_test": "y_test"}

MNIST: Final = Known("mnist", ("mnist.npz",), "mnist.npz", facts.DIGITS)
FASHION_MNIST: Final = Known("fashion_mnist", _IDX, "its four .gz files", facts.CLOTHING)
CIFAR10: Final = Known("cifar10", ("cifar-10-batches-py-target_archive",), "cifar-10-python.tar.gz", facts.CIFAR10)
CIFAR100: Final = Known("cifar100", ("cifar-100-python-target_archive",), "cifar-100-python.tar.gz", None)


def opener(known: Known) -> Open:
    """The function that opens a data set of Keras."""

    def open_known(document: Document, source: Object, want: Want) -> Opened:
        if source.arguments.get("path") is not None:
            path, found = npz_path(document, source)
            if path is None:
                return None, found
            is_archive = known in (CIFAR10, CIFAR100) and path.suffix.lower() != ".npz"
            return (_from_archive if is_archive else _from_npz)(document, source, want, known, path)
        local = cache_folder() / known.files[0]
        if known is MNIST and local.is_file():
            # Keras would compare a hash, download over a copy that was packed anew, and delete it where that fails.
            return _from_npz(document, source, want, known, local)
        return _from_keras(document, source, want, known)

    return open_known


def cache_folder() -> Path:
    """Where Keras keeps data sets."""
    return keras_json(os.environ).parent / "datasets"


def _from_npz(document: Document, source: Object, want: Want, known: Known, path: Path) -> Opened:
    arrays, found = read_npz(document, source, path, dict(_NPZ_KEYS))
    if arrays is None:
        return None, found
    return offer(document, source, want, (arrays["x"], arrays["y"]), (arrays["x_test"], arrays["y_test"]), known.classes)


def _from_archive(document: Document, source: Object, want: Want, known: Known, path: Path) -> Opened:
    labels = "labels" if known is CIFAR10 else f"{source.arguments.get('label_mode', 'fine')}_labels"
    try:
        (x, y), (x_test, y_test) = read_archive(path, labels)
    except BadArchive as error:
        help = f"{known.original} as it is published, or an .npz file with x_train, y_train, x_test and y_test"
        return None, [at(document, f"{source.pointer}/arguments/path", "E0703", f"{path} cannot be read: {error}", help=help)]
    return _offered(document, source, want, known, (x, y), (x_test, y_test))


def _offered(document: Document, source: Object, want: Want, known: Known, train: tuple[Any, Any], test: tuple[Any, Any]) -> Opened:
    named = [(Named(f"{known.name}{part}", x), Named(f"{known.name}{part}", y)) for part, (x, y) in (("", train), (" test", test))]
    return offer(document, source, want, named[0], named[1], known.classes)


def _from_keras(document: Document, source: Object, want: Want, known: Known) -> Opened:
    arguments = {key: value for key, value in source.arguments.items() if key != "path"}
    load: Callable[..., Any] = importlib.import_module(f"keras.datasets.{known.name}").load_data
    if not all((cache_folder() / name).exists() for name in known.files):
        want.told(f"downloading {known.name} into {cache_folder()}")
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            (x, y), (x_test, y_test) = load(**arguments)
    except Exception as error:  # urllib, tarfile, hash: Keras lets each through as it is
        return None, [_not_loaded(document, source, known, error)]
    return _offered(document, source, want, known, (x, y), (x_test, y_test))


def _not_loaded(document: Document, source: Object, known: Known, error: Exception) -> Diagnostic:
    reason = " ".join(str(error).split())[:200]
    places = tuple(str(cache_folder() / name) for name in known.files)
    where = f"put {known.original} there: {', '.join(places)}" if len(places) > 1 else f"put {known.original} there as {places[0]}"
    return at(
        document,
        source.pointer,
        "E0702",
        f"{known.name} is not on this machine, and it cannot be downloaded",
        notes=(reason,),
        help=f'{where}; or name a local .npz file with x_train, y_train, x_test and y_test: `{known.name}(path="{known.name}.npz")`',
    )
