"""Python programs, and the specs that they mean: what can be followed is written as it is, and what cannot is said."""

from __future__ import annotations

import pytest

from cnnspec.compiler import analyse
from cnnspec.diagnostics import Diagnostic
from cnnspec.source import Source

FOLLOWED = {
    "the lines of `add`": (
        "model = Sequential()\nmodel.add(Input((8, 8, 1)))\nmodel.add(Flatten())\nmodel.add(Dense(2, name='two'))",
        "model net {\n  input image: (8, 8, 1)\n  Flatten()\n  Dense(2) as two\n}",
    ),
    "a list of layers": (
        "net = keras.Sequential(layers=[layers.Dense(2, input_dim=4), layers.Dense(1)], name='small')",
        "model small {\n  input image: (4,)\n  Dense(2)\n  Dense(1)\n}",
    ),
    "a batch axis and sizes that are not known": (
        "i = Input(batch_shape=(None, None, None, 3))\nx = GlobalMaxPooling2D()(i)\nm = Model(i, x)",
        "model net {\n  input i: (?, ?, 3)\n  GlobalMaxPooling2D()\n}",
    ),
    "a shortcut": (
        "i = Input((8, 8, 4))\nx = Conv2D(4, 3, padding='same')(i)\nx = x + i\nx = ReLU()(x)\nm = Model(i, x)",
        'model net {\n  input i: (8, 8, 4)\n  Conv2D(4, 3, padding="same") as x\n  [x, i] -> Add()\n  ReLU()\n}',
    ),
    "two towers": (
        "i = Input((8,))\na = Dense(4)(i)\na = ReLU()(a)\nb = Dense(4)(i)\nm = Model(i, concatenate([a, b]))",
        "model net {\n  input i: (8,)\n  Dense(4)\n  ReLU() as a\n  i -> Dense(4) as b\n  [a, b] -> Concatenate()\n}",
    ),
    "several outputs": (
        "i = Input((8,))\nx = Dense(4)(i)\none = Dense(1)(x)\ntwo = Dense(2)(x)\nm = Model(inputs=i, outputs=[one, two])",
        "model net {\n  input i: (8,)\n  Dense(4) as x\n  Dense(1) as one\n  x -> Dense(2) as two\n  output one, two\n}",
    ),
    "several inputs": (
        "a = Input((8,))\nb = Input((4,))\nx = Concatenate()([a, b])\nm = Model([a, b], x)",
        "model net {\n  input a: (8,)\n  input b: (4,)\n  [a, b] -> Concatenate()\n}",
    ),
    "a shared layer": (
        "a = Input((8,))\nb = Input((8,))\nd = Dense(4)\nx = Subtract()([d(a), d(b)])\nm = Model([a, b], x)",
        None,
    ),
    "a shared layer on lines of its own": (
        "a = Input((8,))\nb = Input((8,))\nd = Dense(4)\nl = d(a)\nr = d(b)\nx = Subtract()([l, r])\nm = Model([a, b], x)",
        "model net {\n  input a: (8,)\n  input b: (8,)\n  layer d = Dense(4)\n  a -> d as l\n  b -> d as r\n  [l, r] -> Subtract()\n}",
    ),
    "a loop": (
        "i = Input((8, 8, 3))\nx = i\nfor n in [4, 8]:\n    x = Conv2D(n, 3)(x)\nx = Flatten()(x)\nm = Model(i, x)",
        "model net {\n  input i: (8, 8, 3)\n  for n in [4, 8] {\n    Conv2D(n, 3)\n  }\n  Flatten()\n}",
    ),
    "a shortcut in a loop": (
        "i = Input((8, 8, 3))\nx = Conv2D(4, 3)(i)\nfor n in range(2):\n    s = x\n"
        "    x = Conv2D(4, 3, padding='same')(x)\n    x = add([x, s])\n"
        "x = Flatten()(x)\nm = Model(i, x)",
        "model net {\n  input i: (8, 8, 3)\n  Conv2D(4, 3)\n  for n in range(2) {\n    Identity() as s\n"
        '    Conv2D(4, 3, padding="same") as x\n    [x, s] -> Add()\n  }\n  Flatten()\n}',
    ),
    "the names of earlier versions": (
        "model = Sequential()\nmodel.add(Convolution2D(nb_filter=8, kernel_size=3, border_mode='same', input_shape=(8, 8, 1)))",
        'model net {\n  input image: (8, 8, 1)\n  Convolution2D(filters=8, kernel_size=3, padding="same")\n}',
    ),
    "settings by place": (
        "width = 2 * (4 + 1)\nrate = 0.1\nunused = 3\nopt = keras.optimizers.SGD(lr=rate)\ni = Input((8,))\no = Dense(width, 'relu')(i)\n"
        "m = Model(i, o)\nm.compile(opt, 'mse')",
        "let width = 2 * (4 + 1)\nlet rate = 0.1\nlet opt = SGD(learning_rate=rate)\n\n"
        'model net {\n  input i: (8,)\n  Dense(width, activation="relu") as o\n}'
        '\n\ntrain {\n  optimizer = opt\n  loss = "mse"\n}',
    ),
    "data that are known": (
        "(x, y), (u, v) = keras.datasets.mnist.load_data()\nx = np.expand_dims(x, -1).astype('float32') / 255.0\n"
        "m = Sequential([Flatten(), Dense(10)])\nm.compile()\nm.fit(x, y, batch_size=16, epochs=2, verbose=2)",
        "model net {\n  input image: (28, 28, 1)\n  Rescaling(1 / 255.0)\n  Flatten()\n  Dense(10)\n}\n\n"
        "data {\n  source = mnist()\n  batch = 16\n}\n\ntrain {\n  epochs = 2\n}",
    ),
}
"""None where a line of the program cannot be followed."""

NOTES = {
    "unknown data": (
        "m = Sequential([Dense(1, input_shape=(3,))])\nm.compile('sgd', 'mse')\nm.fit(x, y)",
        "where the data lie is not said in this program: put their place behind `source =`",
    ),
    "something else is done": (
        "m = Sequential([Dense(1, input_shape=(3,))])\nm.layers[0].trainable = False\nm.build()\nm.run(1)",
        "what lines 2 and 4 do is not in this spec",
    ),
    "an argument without a setting": (
        "m = Sequential([Dense(1, input_shape=(3,))])\nm.compile('sgd', 'mse', run_eagerly=True)",
        "not in this spec is `run_eagerly`",
    ),
    "flat images": (
        "(x, y), (u, v) = mnist.load_data()\nx = x.reshape(60000, 784)\nm = Sequential([Dense(1, input_shape=(784,))])",
        "what line 2 does is not in this spec",
    ),
}

REFUSED = {
    "a function of tensors": "def f(x):\n    return Dense(3)(x)\ni = Input((3,))\nx = f(i)\nm = Model(i, x)",
    "a class": "class Net(keras.Model):\n    def call(self, x):\n        return x",
    "an unknown shape": "m = Sequential([Dense(3)])",
    "two models": "a = Sequential([Dense(3, input_dim=2)])\nb = Sequential([Dense(3, input_dim=2)])",
    "arithmetic without a layer": "i = Input((3,))\nx = i ** 2\nm = Model(i, Dense(1)(x))",
    "a name that two branches give": "i = Input((3,))\nfor n in [1, 2]:\n    x = Dense(n)(i)\n    y = Dense(n)(i)\nm = Model(i, x)",
    "scaling, and the raw images": "(x, y), (u, v) = mnist.load_data()\nx = x / 255\ni = Input((28, 28, 1))\na = Flatten()(i)\n"
    "b = Flatten()(i)\n"
    "c = Add()([a, b])\nm = Model(i, c)",
    "no model": "import keras\nprint(keras.__version__)",
}


def told(program: str) -> Diagnostic:
    """The only thing that is said about a program."""
    (found,) = analyse(Source("program.cnn", program)).diagnostics
    assert found.code == "E0007"
    return found


@pytest.mark.parametrize("program, spec", FOLLOWED.values(), ids=FOLLOWED)
def test_a_program_is_told_the_spec_that_it_means(program: str, spec: str | None) -> None:
    found = told(program)
    if spec is None:
        assert found.fix is None
        return
    assert found.fix is not None
    assert found.fix.safe
    assert found.fix.replacement == f"cnn 1\n\n{spec}\n"


@pytest.mark.parametrize("program, note", NOTES.values(), ids=NOTES)
def test_what_is_not_in_the_spec_is_said(program: str, note: str) -> None:
    found = told(program)
    assert found.notes == (note,)
    assert found.fix is not None
    assert not found.fix.safe


@pytest.mark.parametrize("program", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_followed_is_not_guessed(program: str) -> None:
    found = told(program)
    assert found.fix is None
    assert found.help is not None
    assert found.help.startswith("write the model line by line")
