"""The checks before the first epoch, and phases: what Keras is given, what watches it, and what ends it."""
