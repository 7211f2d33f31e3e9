"""Vocabularies for the look-up layers, right and wrong."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, Final

WORDS: Final = frozenset({"IntegerLookup", "StringLookup", "TextVectorization"})


def vocabulary(draw: random.Random, layer: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments that go with those drawn so far, and sometimes do not."""
    found: dict[str, Any] = {"vocabulary": None, "idf_weights": None, "salt": None}
    if layer != "TextVectorization":
        found["mask_token"] = draw.choice((None, None, "m" if layer == "StringLookup" else 0))
    else:
        del found["salt"]
    if draw.random() < 0.6:
        count = draw.randint(1, 4)
        known: list[Any] = [7 + i for i in range(count)] if layer == "IntegerLookup" else ["a", "b", "c", "d"][:count]
        if draw.random() < 0.1:
            known.append(known[0])
        if draw.random() < 0.1:
            known.insert(0, -1 if layer == "IntegerLookup" else "[UNK]")
        found["vocabulary"] = known
        if arguments.get("output_mode") in ("tf_idf", "tf-idf") and draw.random() < 0.9:
            found["idf_weights"] = [0.5] * len(known)
    if layer == "TextVectorization" and arguments.get("output_mode", "int") != "int" and draw.random() < 0.8:
        found |= {"output_sequence_length": None, "ragged": False}
    if draw.random() < 0.8 and "invert" in arguments and arguments.get("output_mode", "int") != "int":
        found["invert"] = False
    if draw.random() < 0.7 and arguments.get("pad_to_max_tokens"):
        found["max_tokens"] = 9
    return found
