"""The values of Keras's variables as arrays, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import keras
import numpy as np

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


class Unfit(Exception):
    """Values that are not those of these variables. The text says which."""


def values_of(group: str, variables: Sequence[Any]) -> dict[str, Array]:
    """The values by `group/0`, `group/1`, ...: copies, which later steps do not change."""
    return {f"{group}/{i}": np.array(keras.ops.convert_to_numpy(variable)) for i, variable in enumerate(variables)}


def put_back(group: str, variables: Sequence[Any], arrays: Mapping[str, Array]) -> None:
    """Gives the variables the values that `values_of` took. Raises `Unfit`."""
    found = sum(1 for name in arrays if name.startswith(f"{group}/"))
    if found != len(variables):
        raise Unfit(f"{found} variables of the {group}, not {len(variables)}")
    for i, variable in enumerate(variables):
        array = arrays[f"{group}/{i}"]
        if tuple(array.shape) != tuple(variable.shape):
            raise Unfit(f"`{variable.path}` is {tuple(array.shape)}, not {tuple(variable.shape)}")
        if array.dtype.kind == "V":  # NumPy's files have no bfloat16: the bytes are right, the name of their type is lost
            array = array.view(keras.ops.convert_to_numpy(variable).dtype)
        variable.assign(array)


def random_state() -> dict[str, Array]:
    """The state of torch's own generators, from which Keras's dropout draws there. All else that is random in Keras is a variable."""
    if keras.config.backend() != "torch":
        return {}
    import torch

    devices = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    return {f"random/{i}": state.numpy() for i, state in enumerate([torch.get_rng_state(), *devices])}


def put_back_random_state(arrays: Mapping[str, Array]) -> None:
    """Gives torch's generators the state that `random_state` took."""
    states = [array for name, array in arrays.items() if name.startswith("random/")]
    if not states:
        return
    import torch

    first, *devices = (torch.from_numpy(state) for state in states)
    torch.set_rng_state(first)
    if devices:
        torch.cuda.set_rng_state_all(devices)


def unshare(variables: Sequence[Any]) -> None:
    """Gives each variable memory of its own. On JAX one that was assigned the value of another shares it, until a step frees it.

    The other frameworks copy.
    """
    if keras.config.backend() == "jax":
        for variable in variables:
            variable.assign(keras.ops.copy(variable))
