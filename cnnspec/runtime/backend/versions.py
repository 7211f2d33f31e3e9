"""Which versions are installed, and which of them are known not to work together. Imports no framework."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Final, TypeAlias

Version: TypeAlias = tuple[int, ...]

_DISTRIBUTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "tensorflow": ("tensorflow", "tensorflow-cpu", "tensorflow-intel", "tensorflow-macos", "tensorflow-rocm", "tf-nightly"),
    "torch": ("torch", "torch-nightly"),
}
"""The names under which a module is distributed, where they are more than its own."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """Versions that do not work together: which, why, and the command that mends it.

    `backend` is None if every backend suffers. What is not `fatal` is untried rather than broken.
    """

    backend: str | None
    text: str
    remedy: str
    fatal: bool = True


def installed(module: str) -> str | None:
    """The version of the distribution that provides `module`, or None."""
    for name in _DISTRIBUTIONS.get(module, (module,)):
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return None


def installed_versions() -> dict[str, str]:
    """The versions of what a run needs, and of Python; what is not installed is left out."""
    names = ("keras", "tensorflow", "jax", "jaxlib", "torch", "numpy")
    found = {name: version for name in names if (version := installed(name))}
    return {"python": platform.python_version(), **found}


@dataclass(frozen=True, slots=True)
class _AtLeast:
    """`name` must be at least `version`; if `beside` is given, only where that one is at least `from_version`."""

    backend: str | None
    name: str
    version: str
    why: str
    beside: str | None = None
    from_version: str = "0"

    def broken_by(self, versions: Mapping[str, str]) -> Misfit | None:
        found = versions.get(self.name)
        if found is None or _version(found) >= _version(self.version):
            return None
        if self.beside is None:
            text = f"{self.name} {found}: {self.why}"
        elif _version(versions.get(self.beside, "-1")) >= _version(self.from_version):
            text = f"{self.name} {found} with {self.beside} {versions[self.beside]}: {self.why}"
        else:
            return None
        return Misfit(self.backend, text, f'pip install --upgrade "{self.name}>={self.version}"')


_RULES: Final = (
    _AtLeast(None, "keras", "3.15", "cnnspec speaks the language of Keras 3.15"),
    # The oldest versions that Keras 3.15 names in its own table of backends.
    _AtLeast("tensorflow", "tensorflow", "2.16.1", "Keras 3 needs 2.16.1 or newer; TensorFlow 2.15 and older bring Keras 2"),
    _AtLeast("jax", "jax", "0.4.20", "Keras 3 needs 0.4.20 or newer"),
    _AtLeast("torch", "torch", "2.1", "Keras 3 needs 2.1 or newer"),
    # The first releases that were built for NumPy 2, or for Python 3.13, by their release notes.
    _AtLeast("tensorflow", "tensorflow", "2.18", "it was built for NumPy 1 and cannot be imported with NumPy 2", "numpy", "2"),
    _AtLeast("jax", "jax", "0.4.26", "it was built for NumPy 1", "numpy", "2"),
    _AtLeast("torch", "torch", "2.3", "it was built for NumPy 1 and cannot exchange arrays with NumPy 2", "numpy", "2"),
    _AtLeast("tensorflow", "tensorflow", "2.20", "it does not support Python 3.13", "python", "3.13"),
)


def misfits(versions: Mapping[str, str]) -> tuple[Misfit, ...]:
    """Which of `versions` (as `installed_versions` gives them) are known not to work together."""
    found = [misfit for rule in _RULES if (misfit := rule.broken_by(versions))]
    keras = versions.get("keras")
    if keras and _version(keras) >= (3, 16):
        text = f"keras {keras}: cnnspec knows the layers and arguments of Keras 3.15; newer ones may differ"
        found.append(Misfit(None, text, 'pip install "keras>=3.15,<3.16"', fatal=False))
    jax, jaxlib = versions.get("jax"), versions.get("jaxlib")
    if jax and jaxlib and _version(jaxlib) > _version(jax):
        text = f"jaxlib {jaxlib} with jax {jax}: jax refuses a jaxlib that is newer than itself"
        found.append(Misfit("jax", text, "pip install --upgrade jax jaxlib"))
    return tuple(found)


def conflicts(module: str) -> tuple[str, ...]:
    """What the distribution of `module` declares to need, and its parts in turn, where the installed version is another one.

    Such a pair may work all the same; it is the likely reason if the module cannot be imported.
    """
    from packaging.requirements import Requirement

    found: list[str] = []
    for name in {"jax": ("jax", "jaxlib")}.get(module, _DISTRIBUTIONS.get(module, (module,))):
        for text in _requirements(name):
            needed = Requirement(text)
            present = installed(needed.name)
            if needed.marker and not needed.marker.evaluate({"extra": ""}):
                continue
            if present is None or not needed.specifier.contains(present, prereleases=True):
                found.append(f"{name} {installed(name)} needs {needed.name}{needed.specifier}, found {present or 'none'}")
    return tuple(found)


def _requirements(distribution: str) -> list[str]:
    try:
        return metadata.requires(distribution) or []
    except metadata.PackageNotFoundError:
        return []


def _version(text: str) -> Version:
    """The release part of a version as numbers: `2.13.0+cpu` is (2, 13, 0)."""
    found = re.match(r"-?\d+(\.\d+)*", text)
    return tuple(int(part) for part in found[0].split(".")) if found else ()
