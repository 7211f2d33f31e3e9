"""What is told about two networks: the specs and the lines stand beside each other."""

from __future__ import annotations

from typing import Any

import pytest

from tests.comparison.specs import UNIT, difference, model, told

CHAIN = "Conv2D(8, 3, padding='same'); ReLU(); Conv2D(16, 3); ReLU(); Conv2D(16, 3, padding='same'); ReLU(); Flatten(); Dense(10)"
PAIR = "Conv2D(8, 3, padding='same') as a; ReLU() as r"
MANY = "block many(n: int) {\n  input x\n  repeat n { unit(8) }\n}\n"
TWO = "unit(8); unit(16); Flatten(); Dense(10)"

LAYERS = {
    "nothing": (CHAIN, CHAIN, []),
    "a layer in front: the numbers behind it mean nothing": (
        CHAIN,
        f"Conv2D(4, 3, padding='same'); {CHAIN}",
        ['+ conv2d_1: Conv2D(4, 3, padding="same")  (b:4)'],
    ),
    "a layer in between": (CHAIN, CHAIN.replace("Flatten", "Dropout(10%); Flatten"), ["+ dropout_1: Dropout(10%)  (b:10)"]),
    "a layer less": (CHAIN, CHAIN.replace("ReLU(); Flatten", "Flatten"), ["- re_lu_3: ReLU()  (a:9)"]),
    "a layer at the end is the output": ("Flatten(); Dense(3)", "Flatten(); Dense(3); ReLU()", ["+ re_lu_1: ReLU()  (b:6)"]),
    "an argument": (
        CHAIN,
        CHAIN.replace("Conv2D(8, 3,", "Conv2D(8, 5, use_bias=False,"),
        ["~ conv2d_1 (Conv2D): kernel_size 3 -> 5, use_bias True (the default) -> False  (b:4)"],
    ),
    "an argument back to its default": (
        "Dropout(10%, seed=3)",
        "Dropout(20%)",
        ["~ dropout_1 (Dropout): rate 10% -> 20%, seed 3 -> None (the default)  (b:4)"],
    ),
    "a default that is written out, and a size for each axis": (
        "Conv2D(8, 3)",
        "Conv2D(8, (3, 3), strides=1, use_bias=True, dilation_rate=(1, 1))",
        [],
    ),
    "an argument of an object": (
        "Conv2D(8, 3, kernel_regularizer=L2(1e-4))",
        "Conv2D(8, 3, kernel_regularizer=L2(1e-5))",
        ["~ conv2d_1 (Conv2D): kernel_regularizer.l2 0.0001 -> 1e-5  (b:4)"],
    ),
    "another object": (
        "Conv2D(8, 3, kernel_regularizer=L2(1e-4))",
        'Conv2D(8, 3, kernel_regularizer="l1")',
        ['~ conv2d_1 (Conv2D): kernel_regularizer L2(0.0001) -> "l1"  (b:4)'],
    ),
    "another class": (
        "Conv2D(8, 3); Flatten()",
        "SeparableConv2D(8, 3); Flatten()",
        ["~ separable_conv2d_1 (SeparableConv2D): Conv2D(8, 3) -> SeparableConv2D(8, 3)  (b:4)"],
    ),
    "another class beside a new layer": (
        "MaxPooling2D(2); Flatten()",
        "AveragePooling2D(2); BatchNormalization(); Flatten()",
        [
            "~ average_pooling2d_1 (AveragePooling2D): MaxPooling2D(2) -> AveragePooling2D(2)  (b:4)",
            "+ batch_normalization_1: BatchNormalization()  (b:5)",
        ],
    ),
    "another name": (
        "Conv2D(8, 3) as stem; Flatten()",
        "Conv2D(8, 3) as first; Flatten()",
        ["~ first (Conv2D): renamed stem -> first  (b:4)"],
    ),
    "a name": ("Conv2D(8, 3); Flatten()", "Conv2D(8, 3) as stem; Flatten()", ["~ stem (Conv2D): renamed conv2d_1 -> stem  (b:4)"]),
    "names say which of equal layers is new": (
        f"{PAIR}; ReLU() as s; Flatten()",
        f"{PAIR}; ReLU() as t; ReLU() as s; Flatten()",
        ["+ t: ReLU()  (b:6)"],
    ),
    "also names with numbers that the author gave": (
        "ReLU() as step_1; ReLU() as step_2; Flatten()",
        "ReLU() as step_1; ReLU() as step_5; ReLU() as step_2; Flatten()",
        ["+ step_5: ReLU()  (b:5)"],
    ),
    "a name stays with its layer when both change": (
        "Conv2D(8, 1) as a; Conv2D(16, 1) as b; Flatten()",
        "Conv2D(16, 1) as a; Conv2D(32, 1) as b; Flatten()",
        [
            "~ a (Conv2D): filters 8 -> 16  (b:4)",
            "~ b (Conv2D): filters 16 -> 32  (b:5)",
            "3 layers give another shape, the first is a: (16, 16, 8) -> (16, 16, 16)  (b:4)",
            "output flatten_1: (4096,) -> (8192,)",
        ],
    ),
    "a declared shape": (
        "Conv2D(8, 3); Flatten()",
        "Conv2D(8, 3): (14, ?, 8); Flatten()",
        ["~ conv2d_1 (Conv2D): declared shape (14, ?, 8) added  (b:4)"],
    ),
    "a declared shape that follows the shape": (
        "Conv2D(8, 3): (14, 14, 8); ReLU(); Flatten()",
        "Conv2D(9, 3): (14, 14, 9); ReLU(); Flatten()",
        [
            "~ conv2d_1 (Conv2D): filters 8 -> 9  (b:4)",
            "3 layers give another shape, the first is conv2d_1: (14, 14, 8) -> (14, 14, 9)  (b:4)",
            "output flatten_1: (1568,) -> (1764,)",
        ],
    ),
}

WIRING = {
    "two lines in the other order": (
        "Conv2D(8, 3) as c; BatchNormalization(); ReLU(); Flatten()",
        "Conv2D(8, 3) as c; ReLU(); BatchNormalization(); Flatten()",
        ["~ batch_normalization_1 (BatchNormalization): moved, reads `c` -> `re_lu_1`  (b:6)"],
    ),
    "branches in another order are the same network": (
        "a = image -> Conv2D(8, 3); b = image -> Conv2D(8, 5); c = a -> MaxPooling2D(3, strides=1); [c, b] -> Add()",
        "b = image -> Conv2D(8, 5); a = image -> Conv2D(8, 3); c = a -> MaxPooling2D(3, strides=1); [c, b] -> Add()",
        [],
    ),
    "a branch reads another tensor": (
        f"{PAIR}; b = a -> Conv2D(8, 1); [b, r] -> Add()",
        f"{PAIR}; b = r -> Conv2D(8, 1); [b, r] -> Add()",
        ["~ b (Conv2D): reads `a` -> `r`  (b:6)"],
    ),
    "a new branch into a merge": (
        f"{PAIR}; [a, r] -> Add(); Flatten()",
        f"{PAIR}; s = a -> Conv2D(8, 1); [s, r] -> Add(); Flatten()",
        ["+ s: Conv2D(8, 1), reads `a`  (b:6)"],
    ),
    "one more tensor for a merge": (
        f"{PAIR}; [a, r] -> Concatenate(); Flatten()",
        f"{PAIR}; [a, r, a] -> Concatenate(); Flatten()",
        [
            "~ concatenate_1 (Concatenate): reads `a`, `r` -> `a`, `r`, `a`  (b:6)",
            "2 layers give another shape, the first is concatenate_1: (16, 16, 16) -> (16, 16, 24)  (b:6)",
            "output flatten_1: (4096,) -> (6144,)",
        ],
    ),
    "a new merge": (f"{PAIR}; Flatten()", f"{PAIR}; [a, r] -> Add(); Flatten()", ["+ add_1: Add(), reads `a`, `r`  (b:6)"]),
    "a merge less": (
        f"{PAIR}; [a, r] -> Add(); Flatten()",
        f"{PAIR}; Flatten()",
        ["- add_1: Add(), reads `a`, `r`  (a:6)", "~ flatten_1 (Flatten): reads `add_1` -> `r`  (b:6)"],
    ),
    "a new layer that two layers read": (
        f"{PAIR}; b = r -> Conv2D(8, 1); [b, r] -> Add(); Flatten()",
        f"{PAIR}; Dropout(10%) as d; b = d -> Conv2D(8, 1); [b, d] -> Add(); Flatten()",
        ["+ d: Dropout(10%), read by `b`, `add_1`  (b:6)"],
    ),
    "a tensor by name": (
        "Reshape((16, 48)) as s; q = s -> Dense(4); k = s -> Dense(4); [q, k] -> MultiHeadAttention(2, 4)",
        "Reshape((16, 48)) as s; q = s -> Dense(4); k = s -> Dense(4); [q, q, key=k, training=False] -> MultiHeadAttention(2, 4)",
        ["~ multi_head_attention_1 (MultiHeadAttention): reads `q`, `k` -> `q`, `q`, key `k` added, training False added  (b:7)"],
    ),
    "shared layers": (
        "layer t = Conv2D(3, 1); image -> t -> t; Flatten()",
        "layer t = Conv2D(3, 1, use_bias=False); image -> t -> t -> t; Flatten()",
        ["~ t (Conv2D): use_bias True (the default) -> False  (b:4)", "+ t_call_2: the shared `t`  (b:5)"],
    ),
    "a shared layer becomes two": (
        "layer t = Conv2D(3, 1); image -> t -> t; Flatten()",
        "Conv2D(3, 1) as t; Conv2D(3, 1); Flatten()",
        ["~ conv2d_1 (Conv2D): the shared `t` -> Conv2D(3, 1)  (b:5)"],
    ),
    "outputs": (
        "Flatten() as f; a = f -> Dense(3); b = f -> Dense(4); output a, b",
        "Flatten() as f; a = f -> Dense(3); b = f -> Dense(5); output b, a",
        [
            "~ output: `a`, `b` -> `b`, `a`  (b:2)",
            "~ b (Dense): units 4 -> 5  (b:6)",
            "another shape is given by b: (4,) -> (5,)  (b:6)",
            "output b: (4,) -> (5,)",
        ],
    ),
}

BLOCKS = {
    "a line of a block": (
        model(TWO, top=UNIT),
        model(TWO, top=UNIT.replace("3,", "5,")),
        ["~ Conv2D in block unit, 2 times: kernel_size 3 -> 5  (b:4, called from b:9, b:10)"],
    ),
    "a line of a block with several values": (
        model(TWO, top=UNIT),
        model(TWO.replace("8", "9").replace("16", "18"), top=UNIT),
        [
            "~ Conv2D in block unit, 2 times: filters 8 -> 9 (1 time); 16 -> 18 (1 time)  (b:4, called from b:9, b:10)",
            "5 layers give another shape, the first is unit_1__conv2d_1: (16, 16, 8) -> (16, 16, 9)  (b:4)",
        ],
    ),
    "a line of a block with many values": (
        model("; ".join(f"unit({n})" for n in range(1, 7)), top=UNIT),
        model("; ".join(f"unit({n + 10})" for n in range(1, 7)), top=UNIT),
        [
            "~ Conv2D in block unit, 6 times: filters 1 -> 11 (1 time); 2 -> 12 (1 time); 3 -> 13 (1 time); 4 -> 14 (1 time); and 2 more"
            "  (b:4, called from b:9, b:10, b:11 and 3 more lines)",
            "12 layers give another shape, the first is unit_1__conv2d_1: (16, 16, 1) -> (16, 16, 11)  (b:4)",
            "output unit_6__re_lu_1: (16, 16, 6) -> (16, 16, 16)",
        ],
    ),
    "one of two uses": (
        model(TWO, top=UNIT),
        model(TWO.replace("8", "9"), top=UNIT),
        [
            "~ unit_1__conv2d_1 (Conv2D): filters 8 -> 9  (b:4, called from b:9)",
            "2 layers give another shape, the first is unit_1__conv2d_1: (16, 16, 8) -> (16, 16, 9)  (b:4)",
        ],
    ),
    "a new line": (
        model(TWO, top=UNIT),
        model(TWO, top=UNIT.replace("  ReLU", "  Conv2D(n, 1)\n  ReLU")),
        ["+ Conv2D(n, 1) in block unit, 2 times  (b:5, called from b:10, b:11)"],
    ),
    "a line less": (
        model(TWO, top=UNIT),
        model(TWO, top=UNIT.replace("  ReLU()\n", "")),
        ["- ReLU() in block unit, 2 times  (a:5, called from a:9, a:10)"],
    ),
    "a loop": (
        model("repeat 3 { unit(8) }; Flatten()", top=UNIT),
        model("repeat 5 { unit(8) }; Flatten()", top=UNIT),
        ["+ block unit_4, 2 times, 4 layers: unit(8)  (b:9)"],
    ),
    "a loop in a block whose end has a shape": (
        model("many(3): (16, 16, 8); Flatten()", top=UNIT + MANY),
        model("many(4): (16, 16, 8); Flatten()", top=UNIT + MANY),
        ["+ block many_1__unit_4, 2 layers: unit(8)  (b:9, called from b:13)"],
    ),
    "a block less": (model(TWO, top=UNIT), model(TWO.removeprefix("unit(8); "), top=UNIT), ["- block unit_1, 2 layers: unit(8)  (a:9)"]),
    "layers that were put into a block": (
        model(TWO.replace("unit(8)", "Conv2D(8, 3, padding='same'); ReLU()"), top=UNIT),
        model(TWO, top=UNIT),
        [],
    ),
    "another name of a block": (model(TWO, top=UNIT), model(TWO.replace("unit", "part"), top=UNIT.replace("unit", "part")), []),
    "a use with a name": (
        model(TWO, top=UNIT),
        model(TWO.replace("unit(8)", "unit(8) as stem"), top=UNIT),
        ["~ block stem, 2 layers: renamed unit_1 -> stem  (b:9)"],
    ),
    "another block": (
        model(TWO, top=UNIT),
        model(
            TWO.replace("unit(8)", "twice(8)"),
            top="block twice(n: int) {\n  input x\n  DepthwiseConv2D(3, padding='same')\n  BatchNormalization()\n  Conv2D(n, 1)\n}\n"
            + UNIT,
        ),
        ["- block unit_1, 2 layers: unit(8)  (a:9)", "+ block twice_1, 3 layers: twice(8)  (b:15)"],
    ),
    "the order of inputs": (
        "cnn 1\nmodel m {\n  input a: (4,)\n  input b: (4,)\n  [a, b] -> Add()\n}\n",
        "cnn 1\nmodel m {\n  input b: (4,)\n  input a: (4,)\n  [a, b] -> Add()\n}\n",
        ["~ input: `a`, `b` -> `b`, `a`  (b:2)"],
    ),
    "inputs": (
        "cnn 1\nmodel m {\n  input a: (4,)\n  input b: (4,)\n  [a, b] -> Add()\n}\n",
        "cnn 1\nmodel n {\n  input a: (5,)\n  input c: (5,)\n  input d: (5,)\n  [a, c, d] -> Add()\n}\n",
        [
            "~ model: renamed m -> n  (b:2)",
            "~ input a: shape (4,) -> (5,)  (b:3)",
            "~ input c: renamed b -> c, shape (4,) -> (5,)  (b:4)",
            "+ input d (5,)  (b:5)",
            "~ add_1 (Add): reads `a`, `b` -> `a`, `c`, `d`  (b:6)",
            "another shape is given by add_1: (4,) -> (5,)  (b:6)",
            "output add_1: (4,) -> (5,)",
        ],
    ),
}


def cases() -> list[Any]:
    one = [pytest.param(model(a), model(b), lines, id=name) for name, (a, b, lines) in (LAYERS | WIRING).items()]
    return one + [pytest.param(a, b, lines, id=name) for name, (a, b, lines) in BLOCKS.items()]


@pytest.mark.parametrize(("a", "b", "lines"), cases())
def test_what_is_told(a: str, b: str, lines: list[str]) -> None:
    assert told(a, b) == lines


@pytest.mark.parametrize(("a", "b", "lines"), cases())
def test_nothing_is_told_of_the_same_spec_and_something_of_the_way_back(a: str, b: str, lines: list[str]) -> None:
    assert told(a, a) == told(b, b) == []
    assert bool(told(b, a)) == bool(lines)


def test_all_names_of_a_line_in_a_block_are_known() -> None:
    (change,) = difference(model(TWO, top=UNIT), model(TWO, top=UNIT.replace("3,", "5,"))).changes
    assert change.names == ("unit_1__conv2d_1", "unit_2__conv2d_1")
    assert change.use is not None
    assert (change.use.block, len(change.use.calls)) == ("unit", 2)
