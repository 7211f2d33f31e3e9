"""Every source by its name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cnnspec.runtime.data.offer import Open
from cnnspec.runtime.data.sources.arrays import open_digits, open_npz
from cnnspec.runtime.data.sources.cached import CIFAR10, CIFAR100, FASHION_MNIST, MNIST, opener
from cnnspec.runtime.data.sources.folder import open_image_folder
from cnnspec.runtime.data.sources.hub import open_huggingface, open_tfds
from cnnspec.runtime.data.sources.idx import open_idx
from cnnspec.runtime.data.sources.mask_folder import open_image_mask_folder
from cnnspec.runtime.data.sources.tabular import open_csv
from cnnspec.runtime.data.sources.tfrecord import open_tfrecord
from cnnspec.runtime.data.sources.webdataset import open_webdataset

SOURCES: Final[Mapping[str, Open]] = MappingProxyType(
    {
        "digits": open_digits,
        "npz": open_npz,
        "image_folder": open_image_folder,
        "image_mask_folder": open_image_mask_folder,
        "csv": open_csv,
        "idx": open_idx,
        "tfrecord": open_tfrecord,
        "webdataset": open_webdataset,
        "tfds": open_tfds,
        "huggingface": open_huggingface,
        **{known.name: opener(known) for known in (MNIST, FASHION_MNIST, CIFAR10, CIFAR100)},
    }
)
