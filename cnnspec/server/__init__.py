"""The language server: what an editor shows of a spec while it is being written.

What it knows is in plain functions of an `Analysis` and a place. Only `app.py`, `documents.py` and `protocol.py` speak the protocol.
"""
