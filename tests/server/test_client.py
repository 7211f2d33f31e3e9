"""The language server as an editor meets it: a process, a real client, standard input and output."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from tests.server.editor import Editor, at

pytestmark = pytest.mark.slow

TEXT = """\
cnn 1
import "lib.cnn" as lib
let width = 16

model net {
  # 😀 four bytes, two units
  input image: (32, 32, 3)
  Conv2D(width, 3) as stem
  lib.twice(8)
  Flatten()
  Dense(5) as label
}

train {
  freeze = [stem]
}
"""
LIBRARY = "cnn 1\n\nblock twice(n: int) {\n  input x\n  Conv2D(n, 3)\n  Conv2D(n, 3)\n}\n"


@pytest.fixture(scope="module")
def editor() -> Iterator[Editor]:
    editor = Editor()
    yield editor
    assert editor.stop() == 0


@pytest.fixture
def spec(editor: Editor, tmp_path: Path) -> Iterator[str]:
    """A spec that is open, with its library on the disk."""
    (tmp_path / "lib.cnn").write_text(LIBRARY, encoding="utf-8")
    uri = editor.open(tmp_path / "net.cnn", TEXT)
    yield uri
    editor.close(uri)


def here(uri: str, marked: str, text: str = TEXT) -> tuple[types.TextDocumentIdentifier, types.Position]:
    return types.TextDocumentIdentifier(uri), at(text, marked)


def changed(edit: types.WorkspaceEdit, uri: str, text: str = TEXT) -> str:
    assert edit.changes is not None
    return applied(text, edit.changes[uri])


def applied(text: str, edits: object) -> str:
    """A text after the edits of the server."""
    assert isinstance(edits, list | tuple)
    lines = text.splitlines(keepends=True)
    for edit in sorted(edits, key=lambda e: (e.range.start.line, e.range.start.character), reverse=True):
        start, end = edit.range.start, edit.range.end
        before, after = (
            (lines[start.line] if start.line < len(lines) else "")[: start.character],
            "".join(lines[end.line :])[end.character :],
        )
        lines = ("".join(lines[: start.line]) + before + edit.new_text + after).splitlines(keepends=True)
    return "".join(lines)


def test_the_server_says_what_it_can(editor: Editor) -> None:
    can = editor.answer.capabilities
    assert editor.answer.server_info.name == "cnnspec"
    assert can.position_encoding == "utf-16"
    assert can.text_document_sync.change == types.TextDocumentSyncKind.Full
    assert can.rename_provider.prepare_provider is True
    assert can.hover_provider and can.definition_provider and can.references_provider and can.document_symbol_provider
    assert can.document_formatting_provider and can.inlay_hint_provider and can.folding_range_provider and can.code_action_provider


def test_diagnostics_follow_the_text(editor: Editor, spec: str) -> None:
    assert editor.diagnostics(spec) == []
    editor.type(spec, TEXT.replace('"lib.cnn" as lib', '"lib.cnn" as lib  # 😀').replace("width, 3", "widht, 3"), 1)
    (found,) = editor.diagnostics(spec, 1)
    assert (found.code, found.severity, found.source) == ("E0201", types.DiagnosticSeverity.Error, "cnnspec")
    assert found.message == "`widht` is not defined\nnot found in this scope\nhelp: did you mean `width`?"
    assert found.code_description is not None
    assert found.code_description.href.endswith("/explain/E0201.md")
    assert (found.range.start, found.range.end) == (types.Position(7, 9), types.Position(7, 14))
    editor.type(spec, TEXT, 2)
    assert editor.diagnostics(spec, 2) == []


def test_a_place_behind_an_astral_character(editor: Editor, spec: str) -> None:
    editor.type(spec, TEXT.replace("Flatten()", 'Activation("😀")'), 1)
    (found,) = editor.diagnostics(spec, 1)
    assert (found.range.start.character, found.range.end.character) == (13, 17)
    editor.type(spec, TEXT.replace("freeze = [stem]", 'class_weight = {"😀": nothing}'), 2)
    (found,) = editor.diagnostics(spec, 2)
    assert (found.range.start.character, found.range.end.character) == (24, 31)


def test_the_other_half_of_a_contradiction_is_related(editor: Editor, spec: str) -> None:
    text = TEXT.replace("  Flatten()\n", "  Flatten()\n  Dense(3) as label\n")
    editor.type(spec, text, 1)
    found = next(d for d in editor.diagnostics(spec, 1) if d.code == "E0203")
    assert found.related_information is not None
    (related,) = found.related_information
    assert (related.location.uri, related.message) == (spec, "first definition")
    assert related.location.range.start.line == 10


def test_a_mistake_in_a_library_is_shown_there(editor: Editor, spec: str, tmp_path: Path) -> None:
    assert editor.diagnostics(spec) == []
    library = (tmp_path / "lib.cnn").as_uri()
    editor.open(tmp_path / "lib.cnn", LIBRARY.replace("Conv2D(n, 3)\n}", "Conv2D(m, 3)\n}"))
    (found,) = editor.diagnostics(library)
    assert (found.code, found.range.start.line) == ("E0201", 5)
    editor.type(library, LIBRARY.replace("twice", "thrice"), 1)
    with editor.arrived:
        assert editor.arrived.wait_for(lambda: [d.code for d in editor.published[spec].diagnostics] == ["E0201"], 30)
    editor.close(library)  # nothing was saved
    with editor.arrived:
        assert editor.arrived.wait_for(lambda: not editor.published[spec].diagnostics and not editor.published[library].diagnostics, 30)


def test_a_mistake_that_only_a_use_shows_is_in_the_library_and_goes_with_it(editor: Editor, spec: str, tmp_path: Path) -> None:
    assert editor.diagnostics(spec) == []
    library = (tmp_path / "lib.cnn").as_uri()
    editor.type(spec, TEXT.replace("lib.twice(8)", "Flatten() as flat\n  lib.twice(8)").replace("  Flatten()\n", ""), 1)
    editor.diagnostics(spec, 1)
    with editor.arrived:
        assert editor.arrived.wait_for(lambda: library in editor.published and bool(editor.published[library].diagnostics), 30)
    assert {d.code for d in editor.published[library].diagnostics} == {"E0603"}
    editor.type(spec, TEXT, 2)
    with editor.arrived:
        assert editor.arrived.wait_for(lambda: not editor.published[library].diagnostics, 30)


def test_a_library_that_is_saved_elsewhere_is_read_again(editor: Editor, spec: str, tmp_path: Path) -> None:
    assert editor.diagnostics(spec) == []
    with editor.arrived:
        assert editor.arrived.wait_for(lambda: types.WORKSPACE_DID_CHANGE_WATCHED_FILES in editor.registered, 30)
    library = tmp_path / "lib.cnn"
    library.write_text(LIBRARY.replace("twice", "thrice"), encoding="utf-8")
    change = types.FileEvent(library.as_uri(), types.FileChangeType.Changed)
    editor.tell(types.WORKSPACE_DID_CHANGE_WATCHED_FILES, types.DidChangeWatchedFilesParams([change]))
    with editor.arrived:
        assert editor.arrived.wait_for(lambda: [d.code for d in editor.published[spec].diagnostics] == ["E0201"], 30)


def test_completion(editor: Editor, spec: str) -> None:
    text = TEXT.replace("Flatten()", "Conv2D(32, pad")
    editor.type(spec, text, 1)
    found = editor.ask(types.TEXT_DOCUMENT_COMPLETION, types.CompletionParams(*here(spec, "Conv2D(32, pad|", text)))
    padding = next(item for item in found.items if item.label == "padding=")
    assert padding.text_edit.new_text == "padding="
    assert padding.text_edit.range == types.Range(types.Position(9, 13), types.Position(9, 16))
    assert padding.detail == '"valid" or "same"; "valid"'


def test_completion_fills_in_what_is_required(editor: Editor, spec: str) -> None:
    text = TEXT.replace("Flatten()", "Con")
    editor.type(spec, text, 1)
    found = editor.ask(types.TEXT_DOCUMENT_COMPLETION, types.CompletionParams(*here(spec, "  Con|", text)))
    conv = next(item for item in found.items if item.label == "Conv2D")
    assert conv.insert_text_format == types.InsertTextFormat.Snippet
    assert conv.text_edit.new_text == "Conv2D(${1:filters}, ${2:kernel_size})"


def test_a_space_asks_for_nothing_at_the_start_of_a_line(editor: Editor, spec: str) -> None:
    text = TEXT.replace("  Flatten()\n", "  \n")
    editor.type(spec, text, 1)
    space = types.CompletionContext(types.CompletionTriggerKind.TriggerCharacter, " ")
    asked = types.CompletionParams(types.TextDocumentIdentifier(spec), types.Position(9, 2), space)
    assert editor.ask(types.TEXT_DOCUMENT_COMPLETION, asked) is None
    asked.context = None
    assert editor.ask(types.TEXT_DOCUMENT_COMPLETION, asked).items


def test_hover(editor: Editor, spec: str) -> None:
    found = editor.ask(types.TEXT_DOCUMENT_HOVER, types.HoverParams(*here(spec, "Con|v2D(width")))
    assert "gives `(30, 30, 16)` here" in found.contents.value
    assert found.range == types.Range(types.Position(7, 2), types.Position(7, 8))
    assert editor.ask(types.TEXT_DOCUMENT_HOVER, types.HoverParams(*here(spec, "# |"))) is None


def test_definitions_also_in_the_library(editor: Editor, spec: str, tmp_path: Path) -> None:
    found = editor.ask(types.TEXT_DOCUMENT_DEFINITION, types.DefinitionParams(*here(spec, "freeze = [st|em")))
    assert (found.uri, found.range.start) == (spec, types.Position(7, 22))
    library = (tmp_path / "lib.cnn").as_uri()
    found = editor.ask(types.TEXT_DOCUMENT_DEFINITION, types.DefinitionParams(*here(spec, "lib.tw|ice")))
    assert (found.uri, found.range.start) == (library, types.Position(2, 6))
    found = editor.ask(types.TEXT_DOCUMENT_DEFINITION, types.DefinitionParams(*here(spec, '"li|b.cnn"')))
    assert (found.uri, found.range.start) == (library, types.Position(0, 0))


def test_references(editor: Editor, spec: str) -> None:
    with_all = types.ReferenceParams(types.ReferenceContext(True), *here(spec, "as st|em"))
    assert [location.range.start.line for location in editor.ask(types.TEXT_DOCUMENT_REFERENCES, with_all)] == [7, 14]
    uses = types.ReferenceParams(types.ReferenceContext(False), *here(spec, "as st|em"))
    assert [location.range.start.line for location in editor.ask(types.TEXT_DOCUMENT_REFERENCES, uses)] == [14]


def test_rename(editor: Editor, spec: str) -> None:
    place = editor.ask(types.TEXT_DOCUMENT_PREPARE_RENAME, types.PrepareRenameParams(*here(spec, "as st|em")))
    assert (place.placeholder, place.range.start) == ("stem", types.Position(7, 22))
    edit = editor.ask(types.TEXT_DOCUMENT_RENAME, types.RenameParams(*here(spec, "as st|em"), new_name="trunk"))
    assert changed(edit, spec) == TEXT.replace("stem", "trunk")


def test_a_rename_that_is_refused_says_why(editor: Editor, spec: str) -> None:
    with pytest.raises(JsonRpcException, match="`width` is defined already, in line 3"):
        editor.ask(types.TEXT_DOCUMENT_RENAME, types.RenameParams(*here(spec, "as st|em"), new_name="width"))
    with pytest.raises(JsonRpcException, match="`Dense` is not a name that this file defines"):
        editor.ask(types.TEXT_DOCUMENT_PREPARE_RENAME, types.PrepareRenameParams(*here(spec, "Den|se")))


def test_symbols_and_folds(editor: Editor, spec: str) -> None:
    identifier = types.TextDocumentIdentifier(spec)
    found = editor.ask(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, types.DocumentSymbolParams(identifier))
    assert [symbol.name for symbol in found] == ["lib", "width", "model net", "train"]
    assert [symbol.name for symbol in found[2].children] == ["image", "stem", "label"]
    folds = editor.ask(types.TEXT_DOCUMENT_FOLDING_RANGE, types.FoldingRangeParams(identifier))
    assert [(fold.start_line, fold.end_line) for fold in folds] == [(4, 10), (13, 14)]


def test_inlay_hints(editor: Editor, spec: str) -> None:
    whole = types.Range(types.Position(0, 0), types.Position(99, 0))
    found = editor.ask(types.TEXT_DOCUMENT_INLAY_HINT, types.InlayHintParams(types.TextDocumentIdentifier(spec), whole))
    assert [(hint.position.line, hint.label) for hint in found] == [
        (7, "(30, 30, 16)"), (8, "(26, 26, 8)"), (9, "(5408,)"), (10, "(5,)"),
    ]  # fmt: skip


def test_formatting(editor: Editor, spec: str) -> None:
    options = types.FormattingOptions(tab_size=2, insert_spaces=True)
    asked = types.DocumentFormattingParams(types.TextDocumentIdentifier(spec), options)
    tidy = TEXT.replace("cnn 1\n", "cnn 1\n\n")
    editor.type(spec, tidy, 1)
    assert not editor.ask(types.TEXT_DOCUMENT_FORMATTING, asked)
    ugly = tidy.replace("Conv2D(width, 3)", "Conv2D( width,3 )").replace("  Flatten()", "Flatten( )")
    editor.type(spec, ugly, 2)
    assert applied(ugly, editor.ask(types.TEXT_DOCUMENT_FORMATTING, asked)) == tidy
    editor.type(spec, TEXT.replace("Flatten()", "Flatten("), 3)
    assert not editor.ask(types.TEXT_DOCUMENT_FORMATTING, asked)


def test_quick_fixes(editor: Editor, spec: str) -> None:
    text = TEXT.replace("freeze = [stem]", "epochs: 3").replace("Flatten()", "Conv2D(8, 3, 2)\n  Flatten()")
    editor.type(spec, text, 1)
    whole = types.Range(types.Position(0, 0), types.Position(99, 0))

    def asked(*only: str) -> list[types.CodeAction]:
        context = types.CodeActionContext([], only=list(only) or None)
        found = editor.ask(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionParams(types.TextDocumentIdentifier(spec), whole, context))
        assert isinstance(found, list | tuple)
        return list(found)

    fixes = [(action.title, action.is_preferred) for action in asked("quickfix")]
    assert fixes == [("write `strides=2`", False), ("write `epochs = 3`", True)]
    (every,) = asked("source.fixAll")
    assert every.edit is not None
    assert changed(every.edit, spec, text) == text.replace("epochs: 3", "epochs = 3")
    assert len(asked()) == 3
    assert asked("refactor") == []


def test_a_document_that_is_not_open_has_no_answers(editor: Editor, tmp_path: Path) -> None:
    uri = (tmp_path / "nowhere.cnn").as_uri()
    identifier, start = types.TextDocumentIdentifier(uri), types.Position(3, 3)
    assert editor.ask(types.TEXT_DOCUMENT_HOVER, types.HoverParams(identifier, start)) is None
    assert editor.ask(types.TEXT_DOCUMENT_COMPLETION, types.CompletionParams(identifier, start)) is None
    assert editor.ask(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, types.DocumentSymbolParams(identifier)) in ([], ())
    assert editor.ask(types.TEXT_DOCUMENT_RENAME, types.RenameParams(identifier, start, "x")) is None
    editor.type(uri, "cnn 1", 3)
    editor.close(uri)
    assert editor.ask(types.TEXT_DOCUMENT_HOVER, types.HoverParams(identifier, start)) is None


@pytest.mark.parametrize(
    "text", ["", "\n", "}}}}", "cnn", "model net {", "((((([[[[", '"', "\ud83d", "x\x00y", "cnn 1\r\nlet \r= 3\r", TEXT[:150]]
)
def test_a_broken_text_is_answered_like_any_other(editor: Editor, tmp_path: Path, text: str) -> None:
    uri = editor.open(tmp_path / "broken.cnn", text)
    assert editor.diagnostics(uri)
    identifier = types.TextDocumentIdentifier(uri)
    for line, column in ((0, 0), (0, 3), (2, 0), (9, 99)):
        start = types.Position(line, column)
        editor.ask(types.TEXT_DOCUMENT_COMPLETION, types.CompletionParams(identifier, start))
        editor.ask(types.TEXT_DOCUMENT_HOVER, types.HoverParams(identifier, start))
        editor.ask(types.TEXT_DOCUMENT_DEFINITION, types.DefinitionParams(identifier, start))
        editor.ask(types.TEXT_DOCUMENT_REFERENCES, types.ReferenceParams(types.ReferenceContext(True), identifier, start))
    editor.ask(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, types.DocumentSymbolParams(identifier))
    editor.ask(types.TEXT_DOCUMENT_FOLDING_RANGE, types.FoldingRangeParams(identifier))
    editor.close(uri)


def test_a_text_that_was_never_saved(editor: Editor) -> None:
    uri = "untitled:Untitled-1"
    item = types.TextDocumentItem(uri, "cnn", 0, "cnn 1\nlet a = b\n")
    editor.tell(types.TEXT_DOCUMENT_DID_OPEN, types.DidOpenTextDocumentParams(item))
    assert [d.code for d in editor.diagnostics(uri)] == ["E0201"]
    editor.close(uri)


def test_the_unit_of_columns_is_agreed(tmp_path: Path) -> None:
    general = types.GeneralClientCapabilities(position_encodings=[types.PositionEncodingKind.Utf8])
    editor = Editor(types.ClientCapabilities(general=general))
    assert editor.answer.capabilities.position_encoding == "utf-8"
    uri = editor.open(tmp_path / "net.cnn", 'cnn 1\nlet a = ["😀", nobody]\n')
    (found,) = editor.diagnostics(uri)
    assert found.range.start == types.Position(1, 17)
    assert editor.stop() == 0


def raw(*messages: object) -> subprocess.CompletedProcess[bytes]:
    """The server, given messages as they are."""
    bodies = [m if isinstance(m, bytes) else json.dumps({"jsonrpc": "2.0", **m}).encode() for m in messages]  # type: ignore[dict-item]
    sent = b"".join(b"Content-Length: %d\r\n\r\n%s" % (len(body), body) for body in bodies)
    return subprocess.run([sys.executable, "-m", "cnnspec", "lsp"], input=sent, capture_output=True, timeout=60, check=False)


def test_nothing_but_the_protocol_reaches_standard_output() -> None:
    begin = {"id": 1, "method": "initialize", "params": {"processId": None, "rootUri": None, "capabilities": {}}}
    done = raw(begin, {"method": "exit", "params": None})
    header, _, body = done.stdout.partition(b"\r\n\r\n")
    assert header.startswith(b"Content-Length: ")
    assert json.loads(body)["id"] == 1
    assert done.returncode == 1, "it ended without `shutdown`"


def test_messages_that_make_no_sense_do_not_end_it() -> None:
    begin = {"id": 1, "method": "initialize", "params": {"processId": None, "rootUri": None, "capabilities": {}}}
    change = {
        "method": "textDocument/didChange",
        "params": {"textDocument": {"uri": "file:///x", "version": 1}, "contentChanges": [{"text": ""}]},
    }
    done = raw(
        begin, b"{not json", {"method": "textDocument/hover", "id": 2, "params": {}}, {"id": 3, "method": "no/such", "params": {}}, change,
        {"id": 4, "method": "shutdown", "params": None}, {"method": "exit", "params": None},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    assert b'"id": 4' in done.stdout


def test_the_client_that_goes_away_ends_it() -> None:
    assert raw().returncode == 1
