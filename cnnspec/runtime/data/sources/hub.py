"""The sources `tfds` and `huggingface`: data sets that other libraries find, download and keep. The images are decoded as all others are.

Neither library loads a framework to read: TensorFlow Datasets is asked for its random access format, Hugging Face's for undecoded images.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at, path_of
from cnnspec.plan.plan import Object
from cnnspec.runtime.data.offer import Opened, Want
from cnnspec.runtime.data.sources.folder import PARTS
from cnnspec.runtime.data.sources.paths import missing_path
from cnnspec.runtime.data.sources.shards import Label, Sample, offered_parts
from cnnspec.suggest import nearest


@dataclass(frozen=True, slots=True)
class Row:
    """An image in a data set of another library: `fetch` gives its content, `whole` changes when the data set does."""

    fetch: Callable[[int], bytes]
    index: int
    part: str
    whole: str

    def __str__(self) -> str:
        return f"image {self.index:,} of `{self.part}`"

    def read(self) -> bytes:
        try:
            return self.fetch(self.index)
        except Exception as error:  # whatever the library raises at its own files
            raise ValueError(_first_line(error)) from error

    def stamp(self) -> str:
        return f"{self.whole} {self.part} {self.index}"


@dataclass(frozen=True, slots=True)
class Found:
    """A data set as a library gives it: the samples by the library's own names of the parts, the names of the classes."""

    parts: Mapping[str, Sequence[Sample]]
    classes: tuple[str, ...] | None


class _NoColumn(Exception):
    """There is no such column, or it is not clear which one is meant."""

    def __init__(self, argument: str, name: str | None, there: Sequence[str]) -> None:
        self.argument, self.name, self.there = argument, name, tuple(there)


class _NoFolder(Exception):
    """A local copy is not there."""

    def __init__(self, path: Path) -> None:
        self.path = path


def open_tfds(document: Document, source: Object, want: Want) -> Opened:
    """A data set of TensorFlow Datasets, prepared on first use."""
    return _open(document, source, want, "tensorflow_datasets", "tfds", lambda: _from_tfds(document, source, want))


def open_huggingface(document: Document, source: Object, want: Want) -> Opened:
    """A data set of the Hugging Face hub, or of a folder that their library reads."""
    return _open(document, source, want, "datasets", "huggingface", lambda: _from_huggingface(document, source, want))


def _open(document: Document, source: Object, want: Want, module: str, extra: str, read: Callable[[], Found]) -> Opened:
    pointer = f"{source.pointer}/arguments/name"
    if find_spec(module) is None:
        message = f"`{source.name}` reads with the library `{module}`, which is not installed"
        return None, [at(document, source.pointer, "E0703", message, help=f'run `pip install "cnnspec[{extra}]"`')]
    try:
        found = read()
    except _NoFolder as missing:
        return None, [missing_path(document, f"{source.pointer}/arguments/path", missing.path, "folder")]
    except _NoColumn as missing:
        return None, [_no_column(document, source, missing)]
    except Exception as error:  # the libraries have no common error
        if os.environ.get("CNNSPEC_TRACEBACK"):
            raise
        message = f"`{source.arguments['name']}` cannot be opened: {_first_line(error)}"
        help = "see to the name and the network; CNNSPEC_TRACEBACK=1 shows where, for a report"
        return None, [at(document, pointer, "E0702", message, help=help)]
    parts = {part: found.parts[name] for part, aliases in PARTS.items() for name in aliases if found.parts.get(name)}
    if "train" not in parts:
        there = ", ".join(found.parts) or "nothing"
        return None, [at(document, pointer, "E0706", f"`{source.arguments['name']}` has no training images", notes=(f"it has {there}",))]
    return offered_parts(document, source, want, parts, found.classes)


def _from_tfds(document: Document, source: Object, want: Want) -> Found:
    import tensorflow_datasets as tfds

    tfds.disable_progress_bar()
    folder = source.arguments.get("folder")
    builder = tfds.builder(source.arguments["name"], data_dir=path_of(document, folder) if folder else None)
    want.told(f"preparing `{builder.info.full_name}` in {builder.data_path}")
    builder.download_and_prepare(file_format="array_record")
    features = builder.info.features
    image, label = _chosen(
        source,
        [name for name, feature in features.items() if isinstance(feature, tfds.features.Image)],
        [name for name, feature in features.items() if isinstance(feature, tfds.features.ClassLabel)],
        tuple(features),
    )
    splits = builder.as_data_source(decoders={image: tfds.decode.SkipDecoding()})
    parts = {
        part: [
            Sample(Row(_encoded(rows, image), index, part, str(builder.data_path)), _label(rows[index][label]))
            for index in range(len(rows))
        ]
        for part, rows in splits.items()
    }
    return Found(parts, _names(features[label]))


def _from_huggingface(document: Document, source: Object, want: Want) -> Found:
    import datasets

    datasets.disable_progress_bars()
    local = path_of(document, source.arguments["path"]) if source.arguments.get("path") else None
    want.told(f"opening `{local or source.arguments['name']}`")
    if local is not None and not local.is_dir():
        raise _NoFolder(local)
    if local is not None and (local / "dataset_dict.json").exists():
        splits = datasets.load_from_disk(str(local))
    else:
        splits = datasets.load_dataset(str(local or source.arguments["name"]), source.arguments.get("config"))
    features = next(iter(splits.values())).features
    image, label = _chosen(
        source,
        [name for name, feature in features.items() if isinstance(feature, datasets.Image)],
        [name for name, feature in features.items() if isinstance(feature, datasets.ClassLabel)],
        tuple(features),
    )
    parts: dict[str, Sequence[Sample]] = {}
    for part, rows in splits.items():
        images = rows.select_columns([image]).cast_column(image, datasets.Image(decode=False))
        fetch, whole = _undecoded(images, image), str(rows._fingerprint)
        parts[part] = [Sample(Row(fetch, index, part, whole), _label(value)) for index, value in enumerate(rows[label])]
    return Found(parts, _names(features[label]))


def _encoded(rows: Any, image: str) -> Callable[[int], bytes]:
    return lambda index: bytes(rows[index][image])


def _undecoded(rows: Any, image: str) -> Callable[[int], bytes]:
    def fetch(index: int) -> bytes:
        found = rows[index][image]
        return bytes(found["bytes"]) if found["bytes"] is not None else Path(found["path"]).read_bytes()

    return fetch


def _chosen(source: Object, images: list[str], labels: list[str], there: Sequence[str]) -> tuple[str, str]:
    """The columns of the image and of the label: those that are named, else the only ones of their kind."""
    chosen = []
    for argument, likely in (("image", images), ("label", labels)):
        name = source.arguments.get(argument) or (likely[0] if len(likely) == 1 else None)
        if name not in there:
            raise _NoColumn(argument, name, likely if name is None and likely else there)
        chosen.append(str(name))
    return chosen[0], chosen[1]


def _no_column(document: Document, source: Object, missing: _NoColumn) -> Diagnostic:
    given = missing.argument in source.arguments
    pointer = f"{source.pointer}/arguments/{missing.argument if given else 'name'}"
    near = nearest(missing.name, missing.there) if missing.name else None
    listed = ", ".join(f"`{name}`" for name in missing.there)
    message = f"it has no column `{missing.name}`" if missing.name else f"it is not clear which column is the {missing.argument}"
    help = f'write `{missing.argument}="{near or missing.there[0]}"`, or another of them'
    return at(document, pointer, "E0703", message, notes=(f"there are {listed}",), help=help)


def _label(value: Any) -> Label:
    """A plain number or word."""
    plain = value.item() if hasattr(value, "item") else value
    if isinstance(plain, bytes):
        return plain.decode()
    if isinstance(plain, bool) or not isinstance(plain, _LABELS):
        raise ValueError(f"a label is {type(plain).__name__}, not a number or a word")
    return plain


_LABELS: Final = (int, float, str)


def _names(feature: Any) -> tuple[str, ...] | None:
    """The names of the classes, where there are some that are more than their numbers."""
    names = tuple(getattr(feature, "names", None) or ())
    return names or None


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
