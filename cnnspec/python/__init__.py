"""What is written as a Python program with Keras, read as the spec that it means: reported, and understood.

`whole.py` reads a file that is Python from its first line to its last, `read.py` the statements of Python in a spec. Both turn them into
statements of ours, which point to what was written, and `text.py` writes them down. What cannot be followed stays as it is.
"""

from cnnspec.python.read import understood

__all__ = ["understood"]
