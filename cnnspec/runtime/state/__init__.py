"""The state of a training between two steps: everything that a run needs to go on as if it had never stopped."""
