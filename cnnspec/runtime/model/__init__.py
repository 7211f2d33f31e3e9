"""A graph as a Keras model: its layers, objects, and the weights that it begins with."""
