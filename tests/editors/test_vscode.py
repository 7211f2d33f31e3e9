"""The extension for Visual Studio Code: its parts fit together, it colours a spec, and it starts the language server."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import cnnspec
from cnnspec.cli.main import COMMANDS
from cnnspec.syntax.explain import KEYWORDS
from tests.editors.textmate import TextMate

ROOT = Path(__file__).parents[2]
EXTENSION = ROOT / "editors/vscode"


def read(name: str) -> Any:
    return json.loads((EXTENSION / name).read_text(encoding="utf-8"))


PACKAGE = read("package.json")
GRAMMAR = read("syntaxes/cnn.tmLanguage.json")


def patterns(value: Any) -> list[str]:
    """Every regular expression of the grammar."""
    if isinstance(value, list):
        return [pattern for part in value for pattern in patterns(part)]
    if not isinstance(value, dict):
        return []
    here = [value[key] for key in ("match", "begin", "end") if key in value]
    return [*here, *(pattern for part in value.values() for pattern in patterns(part))]


def test_the_manifest_names_what_is_there() -> None:
    contributes = PACKAGE["contributes"]
    (language,) = contributes["languages"]
    (grammar,) = contributes["grammars"]
    assert (language["id"], language["extensions"]) == ("cnn", [".cnn"])
    assert (grammar["language"], grammar["scopeName"]) == ("cnn", GRAMMAR["scopeName"]) == ("cnn", "source.cnn")
    for path in (language["configuration"], grammar["path"], PACKAGE["main"]):
        assert (EXTENSION / path).is_file()
    assert PACKAGE["version"] == cnnspec.__version__
    assert contributes["configuration"]["properties"]["cnnspec.command"]["default"] == ["cnnspec"]
    assert "lsp" in COMMANDS


def test_the_program_uses_what_the_manifest_declares() -> None:
    program = (EXTENSION / "extension.js").read_text(encoding="utf-8")
    required = {name.partition("/")[0] for name in re.findall(r'require\("([^"]+)"\)', program)}
    assert required == {"vscode", *PACKAGE["dependencies"]}
    assert set(re.findall(r"`(cnnspec\.\w+)`", program)) == set(PACKAGE["contributes"]["configuration"]["properties"])


def test_brackets_and_comments_are_those_of_the_language() -> None:
    configuration = read("language-configuration.json")
    assert configuration["comments"] == {"lineComment": "#"}
    assert configuration["brackets"] == [["{", "}"], ["[", "]"], ["(", ")"]]
    deeper = re.compile(configuration["indentationRules"]["increaseIndentPattern"])
    back = re.compile(configuration["indentationRules"]["decreaseIndentPattern"])
    assert [bool(deeper.search(line)) for line in ("data {", "f(  # why", "x = [", "f(3)", "# f(", "}")] == [True] * 3 + [False] * 3
    assert [bool(back.search(line)) for line in ("  }", "  ) -> f()", "} else {", "f()")] == [True] * 3 + [False]


def test_every_keyword_stands_in_the_colours_once() -> None:
    colours = "|".join(rule["match"] for rule in GRAMMAR["repository"]["keyword"]["patterns"])
    assert sorted(re.findall(r"(?<!\\)\b[A-Za-z]+\b", colours.replace(r"\b", " "))) == sorted(KEYWORDS)
    excluded = re.search(r"\(\?!\(\?:([\w|]+)\)", GRAMMAR["repository"]["section"]["match"])
    assert excluded is not None
    assert set(excluded[1].split("|")) == KEYWORDS


def test_every_pattern_is_a_regular_expression() -> None:
    assert len(patterns(GRAMMAR)) > 15
    for pattern in patterns(GRAMMAR):
        re.compile(pattern)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cnn 1 # x -> 'y'", [("cnn", "keyword.other.declaration"), ("1", "constant.numeric"), ("# x -> 'y'", "comment.line.number-sign")]),
        ("  data {", [("data", "entity.name.section")]),
        ('  phase "fine tune" {', [("phase", "entity.name.section"), ('"fine tune"', "entity.name.label")]),
        ("repeat n {", [("repeat", "keyword.control")]),
        ("} else {", [("else", "keyword.control")]),
        ("[1.5e-3, .5]", [("1.5e-3", "constant.numeric"), (".5", "constant.numeric")]),
        (
            "10% 5epochs 7 % 3",
            [
                ("10", "constant.numeric"),
                ("%", "keyword.other.unit"),
                ("5", "constant.numeric"),
                ("epochs", "keyword.other.unit"),
                ("7", "constant.numeric"),
                ("%", "keyword.operator"),
                ("3", "constant.numeric"),
            ],
        ),
        (
            "a = x -> Dense(units=w2, b=not True) as d: (?,)",
            [
                ("=", "keyword.operator"),
                ("->", "keyword.operator.arrow"),
                ("Dense", "entity.name.type"),
                ("units", "variable.parameter"),
                ("=", "keyword.operator"),
                ("b", "variable.parameter"),
                ("=", "keyword.operator"),
                ("not", "keyword.operator.word"),
                ("True", "constant.language"),
                ("as", "keyword.other.declaration"),
                ("?", "constant.language"),
            ],
        ),
        (
            r"""f('it\'s #', "a\"b")""",
            [("f", "entity.name.function"), (r"'it\'s #'", "string.quoted.single"), (r'"a\"b"', "string.quoted.double")],
        ),
        (
            "f(\n  in=3,\n)",
            [("f", "entity.name.function"), ("in", "variable.parameter"), ("=", "keyword.operator"), ("3", "constant.numeric")],
        ),
        (
            "v.layer >= w.conv(2)",
            [("layer", "variable.other.member"), (">=", "keyword.operator"), ("conv", "entity.name.function"), ("2", "constant.numeric")],
        ),
    ],
)
def test_colours(text: str, expected: list[tuple[str, str]]) -> None:
    assert TextMate(GRAMMAR).scopes(text) == [(word, f"{scope}.cnn") for word, scope in expected]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_it_can_be_packed(tmp_path: Path) -> None:
    packed = subprocess.run(
        ["npm", "pack", "--dry-run", "--json", "--offline", "--cache", str(tmp_path)],
        cwd=EXTENSION, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    files = {file["path"] for file in json.loads(packed.stdout)[0]["files"]}
    assert {"package.json", "extension.js", "language-configuration.json", "syntaxes/cnn.tmLanguage.json", "README.md"} <= files
    assert not any("node_modules" in file for file in files)


HOST = """
const told = [];
const settings = JSON.parse(process.argv[2]);
const vscode = {
  workspace: {
    getConfiguration: (section) => ({ get: (key) => settings[`${section}.${key}`] }),
    onDidChangeConfiguration: (listener) => (told.push("listens"), { listener }),
  },
  window: { showErrorMessage: (text) => told.push(text) },
};
class LanguageClient {
  constructor(id, name, server, client) { told.push([server.command, ...server.args, client.documentSelector[0].language]); }
  async start() { if (settings.missing) throw new Error("not found"); told.push("started"); }
  isRunning() { return true; }
  async stop() { told.push("stopped"); }
}
const Module = require("module");
const load = Module._load;
Module._load = (name, ...rest) =>
  name === "vscode" ? vscode : name === "vscode-languageclient/node" ? { LanguageClient } : load(name, ...rest);
const extension = require(process.argv[1]);
const context = { subscriptions: [] };
extension.activate(context)
  .then(() => settings.change && context.subscriptions[0].listener({ affectsConfiguration: (name) => name === settings.change }))
  .then(() => extension.deactivate())
  .then(() => console.log(JSON.stringify(told)));
"""
"""An editor that only notes what the extension does to it."""


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"cnnspec.command": ["cnnspec"]}, ["listens", ["cnnspec", "lsp", "cnn"], "started", "stopped"]),
        (
            {"cnnspec.command": ["python", "-m", "cnnspec"], "change": "cnnspec.command"},
            ["listens", *[["python", "-m", "cnnspec", "lsp", "cnn"], "started", "stopped"] * 2],
        ),
        ({"cnnspec.command": ["x"], "change": "editor.fontSize"}, ["listens", ["x", "lsp", "cnn"], "started", "stopped"]),
        (
            {"cnnspec.command": ["x"], "missing": True},
            [
                "listens",
                ["x", "lsp", "cnn"],
                '`x lsp` cannot be started: not found. Install it with `pip install "cnnspec[lsp]"`, '
                "or say how it is called in the setting `cnnspec.command`.",
                "stopped",
            ],
        ),
    ],
)
def test_it_starts_and_stops_the_server(settings: dict[str, Any], expected: list[Any]) -> None:
    command = ["node", "-e", HOST, str(EXTENSION / "extension.js"), json.dumps(settings)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout) == expected
