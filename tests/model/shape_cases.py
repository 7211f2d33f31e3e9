"""Layers with arguments and input shapes, drawn from a seed: for comparing our shape rules with Keras."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cnnspec.shapes import Shape
from cnnspec.shapes.table import RULES, SAME

Json = Any
Draw = Callable[[random.Random, str], tuple[dict[str, Json], list[Shape]]]


@dataclass(frozen=True, slots=True)
class Case:
    layer: str
    arguments: Mapping[str, Json]
    inputs: tuple[Shape, ...]

    def __str__(self) -> str:
        return f"{self.layer}({', '.join(f'{key}={value!r}' for key, value in self.arguments.items())}) on {list(self.inputs)}"


def cases(per_layer: int, seed: int = 0) -> Iterator[Case]:
    """`per_layer` cases of every layer that has a rule."""
    for name in RULES:
        draw = _draw_for(name)
        chosen = random.Random(f"{seed} {name}")
        for _ in range(per_layer):
            arguments, inputs = draw(chosen, name)
            yield Case(name, arguments, tuple(inputs))


# ---------------------------------------------------------------- shapes


def _shape(random_: random.Random, rank: int, *, largest: int = 9) -> Shape:
    """`rank` sizes; some tensors are of another rank, some sizes are not fixed."""
    rank = random_.choices((rank, max(1, rank - 1), rank + 1), (12, 1, 1))[0]
    sizes: list[int | None] = [random_.randint(1, largest) for _ in range(rank)]
    if rank > 1 and random_.random() < 0.15:
        sizes[random_.randrange(rank - 1)] = None
    return tuple(sizes)


def _per_axis(random_: random.Random, rank: int, largest: int) -> int | list[int]:
    """One number for all axes, or one for each."""
    return random_.randint(1, largest) if random_.random() < 0.5 else [random_.randint(1, largest) for _ in range(rank)]


# ---------------------------------------------------------------- families


def _rank_of(name: str) -> int:
    return int(next(character for character in name if character.isdigit()))


def _window(random_: random.Random, name: str) -> tuple[dict[str, Json], list[Shape]]:
    rank = _rank_of(name)
    arguments: dict[str, Json] = {"kernel_size": _per_axis(random_, rank, 4)}
    if not name.startswith("Depthwise"):
        arguments = {"filters": random_.randint(1, 6), **arguments}
    if random_.random() < 0.5:
        arguments["strides"] = random_.randint(1, 3)
    if random_.random() < 0.3:
        arguments["dilation_rate"] = random_.randint(1, 3)
    if random_.random() < 0.6:
        causal = ["causal"] if rank == 1 and name == "Conv1D" else []
        arguments["padding"] = random_.choice(["same", "valid", *causal])
    if name.startswith("Depthwise") and random_.random() < 0.3:
        arguments["depth_multiplier"] = random_.randint(1, 3)
    if name in ("Conv1D", "Conv2D", "Conv3D") and random_.random() < 0.25:
        arguments["groups"] = random_.randint(1, 3)
    return arguments, [_shape(random_, rank + 1)]


def _pooling(random_: random.Random, name: str) -> tuple[dict[str, Json], list[Shape]]:
    rank = _rank_of(name)
    arguments: dict[str, Json] = {}
    if random_.random() < 0.7 or name.startswith("Average"):
        arguments["pool_size"] = _per_axis(random_, rank, 4)
    if random_.random() < 0.4:
        arguments["strides"] = random_.randint(1, 3)
    if random_.random() < 0.5:
        arguments["padding"] = random_.choice(["same", "valid"])
    return arguments, [_shape(random_, rank + 1)]


def _global(random_: random.Random, name: str) -> tuple[dict[str, Json], list[Shape]]:
    arguments = {"keepdims": True} if random_.random() < 0.4 else {}
    return arguments, [_shape(random_, _rank_of(name) + 1)]


def _edges(random_: random.Random, name: str) -> tuple[dict[str, Json], list[Shape]]:
    rank = _rank_of(name)
    key = "padding" if name.startswith("Zero") else "cropping"
    forms: list[Json] = [random_.randint(0, 3)]
    if rank == 1:
        forms.append([random_.randint(0, 3), random_.randint(0, 3)])
    else:
        forms.append([random_.randint(0, 3) for _ in range(rank)])
        forms.append([[random_.randint(0, 3), random_.randint(0, 3)] for _ in range(rank)])
    return ({key: random_.choice(forms)} if random_.random() < 0.8 else {}), [_shape(random_, rank + 1)]


def _enlarge(random_: random.Random, name: str) -> tuple[dict[str, Json], list[Shape]]:
    rank = _rank_of(name)
    size: Json = random_.randint(1, 3) if rank == 1 else _per_axis(random_, rank, 3)
    return ({"size": size} if random_.random() < 0.8 else {}), [_shape(random_, rank + 1)]


def _to_size(random_: random.Random, name: str) -> tuple[dict[str, Json], list[Shape]]:
    return {"height": random_.randint(1, 9), "width": random_.randint(1, 9)}, [_image(random_)]


def _image(random_: random.Random) -> Shape:
    return (random_.randint(4, 9), random_.randint(4, 9), random_.choice((1, 3)))


def _merge(random_: random.Random, name: str) -> tuple[dict[str, Json], list[Shape]]:
    first = _shape(random_, random_.randint(1, 3), largest=4)
    shapes = [first]
    count = 2 if name == "Subtract" else random_.randint(2, 3)
    while len(shapes) < count:
        other = list(first)
        if random_.random() < 0.5:
            other[random_.randrange(len(other))] = random_.randint(1, 4)
        if random_.random() < 0.1:
            other.append(2)
        shapes.append(tuple(other))
    arguments: dict[str, Json] = {}
    if name == "Concatenate" and random_.random() < 0.5:
        arguments["axis"] = random_.choice([-2, -1, 1, 2, 3])
    return arguments, shapes


def _dense(random_: random.Random, name: str) -> tuple[dict[str, Json], list[Shape]]:
    return {"units": random_.randint(1, 5)}, [_shape(random_, random_.randint(1, 3))]


def _flatten(random_: random.Random, name: str) -> tuple[dict[str, Json], list[Shape]]:
    return {}, [_shape(random_, random_.randint(1, 4))]


def _reshape(random_: random.Random, name: str) -> tuple[dict[str, Json], list[Shape]]:
    shape = tuple(random_.choice((1, 2, 3, 4, 6)) for _ in range(random_.randint(1, 3)))
    target = [random_.choice((1, 2, 3, 4, 6, 12, 24, -1)) for _ in range(random_.randint(1, 3))]
    if random_.random() < 0.5:
        target = [*reversed(shape)]
        if random_.random() < 0.5:
            target[random_.randrange(len(target))] = -1
    return {"target_shape": target}, [shape]


def _permute(random_: random.Random, name: str) -> tuple[dict[str, Json], list[Shape]]:
    rank = random_.randint(1, 3)
    dims = random_.sample(range(1, rank + 1), rank)
    return {"dims": dims}, [_shape(random_, rank)]


def _repeat(random_: random.Random, name: str) -> tuple[dict[str, Json], list[Shape]]:
    return {"n": random_.randint(1, 4)}, [_shape(random_, 1)]


WITH_FACTOR: Final = (
    *("RandomBrightness", "RandomContrast", "RandomRotation", "RandomSharpness", "RandomHue"),
    *("RandomColorDegeneration", "RandomSaturation"),
)

REQUIRED: Final[Mapping[str, Mapping[str, Json]]] = {
    "Activation": {"activation": "relu"},
    "AlphaDropout": {"rate": 0.1},
    "Dropout": {"rate": 0.1},
    "GaussianDropout": {"rate": 0.1},
    "GaussianNoise": {"stddev": 0.1},
    "GroupNormalization": {"groups": 1},
    "Rescaling": {"scale": 0.5},
    "SpatialDropout1D": {"rate": 0.1},
    "SpatialDropout2D": {"rate": 0.1},
    "SpatialDropout3D": {"rate": 0.1},
    "RandomTranslation": {"height_factor": 0.1, "width_factor": 0.1},
    "RandomZoom": {"height_factor": 0.1},
    **{name: {"factor": 0.1} for name in WITH_FACTOR},
    "RandomPosterization": {"factor": 4},
    "RandomErasing": {},
}


def _same(random_: random.Random, name: str) -> tuple[dict[str, Json], list[Shape]]:
    ranks = {"SpatialDropout1D": 2, "SpatialDropout2D": 3, "SpatialDropout3D": 4}
    image = name.startswith(("Random", "Auto", "Aug", "Rand", "Equal", "Solar"))
    if image and random_.random() < 0.3:
        return dict(REQUIRED.get(name, {})), [_shape(random_, 3)]
    shape = _image(random_) if image else _shape(random_, ranks.get(name, random_.choice((1, 2, 3))))
    return dict(REQUIRED.get(name, {})), [shape]


def _draw_for(name: str) -> Draw:
    families: tuple[tuple[tuple[str, ...], Draw], ...] = (
        ((*SAME, "PReLU", "RandomColorDegeneration", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"), _same),
        (("ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D", "Cropping1D", "Cropping2D", "Cropping3D"), _edges),
        (("Resizing", "CenterCrop", "RandomCrop"), _to_size),
        (("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract", "Concatenate"), _merge),
        (("Dense",), _dense),
        (("Flatten",), _flatten),
        (("Reshape",), _reshape),
        (("Permute",), _permute),
        (("RepeatVector",), _repeat),
    )
    found = next((draw for names, draw in families if name in names), None)
    if found is not None:
        return found
    if name.startswith("Global"):
        return _global
    if "Pooling" in name:
        return _pooling
    return _enlarge if name.startswith("UpSampling") else _window
