"""Everything that imports Keras, after the backend is chosen: the model, the data, training and its results."""
