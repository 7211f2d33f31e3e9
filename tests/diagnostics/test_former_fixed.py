"""What is said about a name of Keras 1 and 2, of PyTorch or of YAML is exact: written as it says, the spec is right."""

from __future__ import annotations

import pytest

from cnnspec.compiler import compile_source
from cnnspec.fixing import fix_text
from cnnspec.source import Source

KERAS_1 = """\
cnn 1

model net {
  input image: (28, 28, 1)
  Convolution2D(32, 3, 3, border_mode="same", subsample=(2, 2), init="glorot_uniform")
  Convolution2D(nb_filter=32, nb_row=3, nb_col=3, dim_ordering="tf", bias=False, W_regularizer=l2(0.01))
  AtrousConvolution2D(16, 3, atrous_rate=2)
  LeakyReLU(alpha=0.1)
  MaxPool2D(pool_length=2)
  Dropout(p=0.5)
  Flatten(input_shape=(28, 28, 1))
  Dense(output_dim=10, input_dim=100, activation="softmax", name="digit")
}

Data {
  source = mnist()
  batch_size = 32
}

train {
  nb_epoch = 3
  optimiser = SGD(lr=0.1, decay=1e-6, nesterov=True)
  loss = "sparse_categorical_crossentropy"
}
"""
KERAS_3 = """\
cnn 1

model net {
  input image: (28, 28, 1)
  Convolution2D(32, (3, 3), padding="same", strides=(2, 2), kernel_initializer="glorot_uniform")
  Convolution2D(filters=32, kernel_size=(3, 3), data_format="channels_last", use_bias=False, kernel_regularizer=l2(0.01))
  Conv2D(16, 3, dilation_rate=2)
  LeakyReLU(negative_slope=0.1)
  MaxPool2D(pool_size=2)
  Dropout(rate=0.5)
  Flatten()
  Dense(units=10, activation="softmax") as digit
}

data {
  source = mnist()
  batch = 32
}

train {
  epochs = 3
  optimizer = SGD(InverseTimeDecay(0.1, decay_steps=1, decay_rate=1e-6), nesterov=True)
  loss = "sparse_categorical_crossentropy"
}
"""
TORCH = """\
cnn 1

model net {
  input image: (32, 32, 3)
  nn.Conv2d(3, 16, kernel_size=3, stride=1, padding=1)
  nn.BatchNorm2d(16)
  nn.ReLU(inplace=True)
  nn.MaxPool2d(2, stride=2)
  Conv2d(16, 32, 4, 2, 1)
  nn.GroupNorm(4, 32)
  nn.SiLU()
  nn.ConvTranspose2d(32, 8, 3, stride=2, padding=1, output_padding=1)
  nn.Dropout2d()
  nn.Flatten()
  nn.Linear(2048, 10)
}
"""
OURS = """\
cnn 1

model net {
  input image: (32, 32, 3)
  Conv2D(16, 3, strides=1, padding="same")
  BatchNormalization()
  ReLU()
  MaxPooling2D(2)
  ZeroPadding2D(1) -> Conv2D(32, 4, strides=2)
  GroupNormalization(4)
  Activation("silu")
  Conv2DTranspose(8, 3, strides=2, padding="same")
  SpatialDropout2D(0.5)
  Flatten()
  Dense(10)
}
"""
YAML = """\
cnn: 1

model net:
  input:
    image: [28, 28, 1]
  layers:
    - Conv2D: {filters: 8, kernel_size: 3}
    - Flatten
  repeat 2:
    Dense(units: 16, activation: "relu")  # twice
  Dense(10, activation="softmax") as digit

data:
  source: mnist
  split:
    validation: 10%
  cache: memory

train:
  epochs: 3
  optimizer:
    name: Adam
    learning_rate: 0.001
  loss: sparse_categorical_crossentropy
  metrics:
    - accuracy
"""
BRACES = """\
cnn 1

model net {
  input image: (28, 28, 1)
  Conv2D(filters=8, kernel_size=3)
  Flatten()
  repeat 2 {
    Dense(units=16, activation="relu")  # twice
  }
  Dense(10, activation="softmax") as digit
}

data {
  source = mnist()
  split {
    validation = 10%
  }
  cache = "memory"
}

train {
  epochs = 3
  optimizer = Adam(learning_rate=0.001)
  loss = "sparse_categorical_crossentropy"
  metrics = ["accuracy"]
}
"""


@pytest.mark.parametrize(("wrong", "right"), [(KERAS_1, KERAS_3), (TORCH, OURS), (YAML, BRACES)], ids=["Keras 1", "PyTorch", "YAML"])
def test_the_fixes_write_what_is_meant(wrong: str, right: str) -> None:
    assert fix_text("spec.cnn", wrong)[0] == right
    _, diagnostics = compile_source(Source("spec.cnn", right))
    assert [(d.code, d.message) for d in diagnostics if d.severity == "error"] == []
