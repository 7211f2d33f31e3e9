"""cnnspec: a declarative compiler for convolutional networks. A `.cnn` file becomes a checked, trained Keras model."""

__version__ = "0.1.0"
