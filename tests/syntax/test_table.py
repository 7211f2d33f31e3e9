"""The parser's table belongs to the grammar as it stands."""

from __future__ import annotations

import json

from cnnspec.resources import grammar_path
from cnnspec.syntax import table


def test_the_table_was_written_for_this_grammar() -> None:
    grammar = grammar_path("cnn.lark").read_text(encoding="utf-8")
    stored = json.loads(table.TABLE.read_text(encoding="utf-8"))
    assert stored["grammar"] == table._digest(grammar), "run `python -m cnnspec.syntax`"


def test_the_table_and_the_grammar_read_the_same() -> None:
    text = "cnn 1\nmodel m {\n  input x: (3,)\n  Dense(3) as d\n}\n"
    built = table._build(grammar_path("cnn.lark").read_text(encoding="utf-8"))
    assert built.parse(text, start="start") == table.lark_parser().parse(text, start="start")
