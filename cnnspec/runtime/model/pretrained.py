"""Weights that a backbone begins with: those of ImageNet, which Keras downloads and keeps, or those of a file."""

from __future__ import annotations

import os
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import keras
from keras.src.utils import file_utils

from cnnspec.runtime.model.objects import NotBuilt, first_sentence
from cnnspec.runtime.record.run_folder import written_whole

_ENDINGS: Final = (".weights.h5", ".keras", ".h5", ".hdf5")
"""What Keras reads weights from; the last two are older."""


class NotLoaded(Exception):
    """Weights that cannot be had, and what helps."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__(message)
        self.message = message
        self.help = help


@contextmanager
def downloads_kept_whole() -> Iterator[None]:
    """Within it, the files that Keras downloads appear complete or not at all, and none that is there is overwritten or deleted.

    Raises `NotLoaded` where a file cannot be had or read. Keras itself deletes a file that has another hash, also where it cannot download.
    """
    theirs = file_utils.get_file
    used: list[Path] = []

    def get_file(fname: str, origin: str, cache_subdir: str = "datasets", file_hash: str | None = None, **options: Any) -> str:
        path = _keras_folder() / cache_subdir / fname
        used.append(path)
        if path.exists():
            if file_hash is None or file_utils.validate_file(str(path), file_hash):
                return str(path)
            message = f"{path} is not the file that Keras offers: it is incomplete, or another version"
            raise NotLoaded(message, f'delete it, and it is downloaded again; or name it, if it is yours: `weights="{path}"`')

        def download(temporary: Path) -> None:
            theirs(temporary.name, origin, cache_subdir=cache_subdir, file_hash=file_hash, **options)

        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            written_whole(path, download)
        except Exception as error:  # Keras raises whatever its download happens to
            where = f"put the file `{fname}` into `{path.parent}` (it is offered at {origin})"
            raise NotLoaded(f"`{fname}` cannot be downloaded: {first_sentence(error)}", where) from error
        return str(path)

    file_utils.get_file = get_file
    try:
        yield
    except NotBuilt as refusal:
        if isinstance(refusal.__cause__, NotLoaded):
            raise refusal.__cause__ from None
        if used:
            raise NotLoaded(f"{used[-1]} cannot be loaded: {refusal.reason}", "delete it, and it is downloaded again") from refusal
        raise
    finally:
        file_utils.get_file = theirs


def _keras_folder() -> Path:
    """Where Keras keeps its downloads."""
    folder = Path(file_utils.config.keras_home()).expanduser()
    return folder if os.access(folder, os.W_OK) else Path("/tmp/.keras")  # as Keras does it


def load_weights(backbone: keras.Model, name: str, path: Path) -> None:
    """Gives a backbone the weights of a file, all of them. Raises `NotLoaded`.

    A `.keras` file may hold the backbone itself, or a model that has it as its layer `name`.
    """
    if not path.name.endswith(_ENDINGS):
        raise NotLoaded(f"`{path}` is no file of weights", "give the path of a `.weights.h5` or a `.keras` file")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Keras warns of each container that a file lacks, and then of the layers, which is an error
            if path.suffix == ".keras":
                backbone.set_weights(_part(path, name).get_weights())
            else:
                backbone.load_weights(path)
    except (OSError, EOFError, zipfile.BadZipFile) as error:
        raise NotLoaded(f"`{path}` cannot be read: {first_sentence(error)}", "it may be incomplete: copy it again") from error
    except Exception as error:  # Keras refuses with whatever its code happens to raise
        raise NotLoaded(f"`{path}` has other weights: {first_sentence(error)}", "name a file of the same layers") from error
    if path.name.endswith(".weights.h5") and (more := _numbers(path)) > (wanted := backbone.count_params()):
        raise NotLoaded(f"`{path}` has other weights: {more:,} numbers, not {wanted:,}", "name a file of the same layers")


def _part(path: Path, name: str) -> keras.Model:
    if not zipfile.is_zipfile(path):
        raise zipfile.BadZipFile("it is no whole archive")
    whole = keras.saving.load_model(path, compile=False)
    return next((layer for layer in whole.layers if layer.name == name and isinstance(layer, keras.Model)), whole)


def _numbers(path: Path) -> int:
    """How many numbers a file has for layers: Keras does not say what it leaves out."""
    import h5py  # type: ignore[import-untyped]

    sizes: list[int] = []

    def count(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and item.dtype.kind == "f" and not name.startswith("optimizer"):
            sizes.append(item.size)

    with h5py.File(path) as file:
        file.visititems(count)
    return sum(sizes)
