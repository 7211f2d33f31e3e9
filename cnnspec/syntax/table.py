"""The LALR table: read from `table.json` (fast), or built from the grammar when the two do not belong together.

Building takes a quarter of a second, loading a few milliseconds. `python -m cnnspec.syntax` writes the file.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from lark import Lark
from lark.grammar import Rule
from lark.lexer import TerminalDef

from cnnspec.resources import grammar_path

TABLE = Path(__file__).with_name("table.json")


@cache
def lark_parser() -> Lark:
    """The parser with the two start symbols `start` (a file) and `expr` (the value of an override)."""
    grammar = grammar_path("cnn.lark").read_text(encoding="utf-8")
    stored = json.loads(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else {}
    if stored.get("grammar") != _digest(grammar):
        return _build(grammar)
    memo = {int(key): value for key, value in stored["memo"].items()}
    load: Any = Lark._load_from_dict  # what `Lark.load` calls for a file; it has no types
    loaded: Lark = load(_with_integer_keys(stored["data"]), memo)
    return loaded


def _build(grammar: str) -> Lark:
    return Lark(grammar, parser="lalr", start=["start", "expr"], maybe_placeholders=True)


def _digest(grammar: str) -> str:
    return hashlib.sha256(grammar.encode()).hexdigest()


def _with_integer_keys(data: dict[str, Any]) -> dict[str, Any]:
    """JSON has only string keys; lark numbers its states and tokens."""
    table = data["parser"]["parser"]
    table["tokens"] = {int(key): value for key, value in table["tokens"].items()}
    table["states"] = {
        int(state): {int(token): tuple(action) for token, action in actions.items()} for state, actions in table["states"].items()
    }
    return data


def write_table() -> None:
    """Write `table.json` for the grammar as it stands."""
    grammar = grammar_path("cnn.lark").read_text(encoding="utf-8")
    data, memo = _build(grammar).memo_serialize([TerminalDef, Rule])
    text = json.dumps({"grammar": _digest(grammar), "data": data, "memo": memo}, separators=(",", ":"))
    TABLE.write_text(text + "\n", encoding="utf-8")
