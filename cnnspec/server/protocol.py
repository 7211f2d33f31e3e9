"""What the plain functions found, in the words of the language server protocol."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from lsprotocol import types

from cnnspec.diagnostics import Diagnostic
from cnnspec.resources import page_path
from cnnspec.server.completion import Completion
from cnnspec.server.edits import Edit
from cnnspec.server.hints import Hint
from cnnspec.server.items import Item, ItemKind
from cnnspec.server.outline import Symbol, SymbolKind
from cnnspec.server.positions import Encoding, offset_of, position
from cnnspec.source import Source, Span

_ITEMS: Final[dict[ItemKind, types.CompletionItemKind]] = {
    "layer": types.CompletionItemKind.Class,
    "block": types.CompletionItemKind.Function,
    "object": types.CompletionItemKind.Constructor,
    "argument": types.CompletionItemKind.Property,
    "value": types.CompletionItemKind.Value,
    "word": types.CompletionItemKind.Keyword,
    "section": types.CompletionItemKind.Struct,
    "setting": types.CompletionItemKind.Property,
    "tensor": types.CompletionItemKind.Variable,
    "library": types.CompletionItemKind.Module,
    "function": types.CompletionItemKind.Function,
    "type": types.CompletionItemKind.TypeParameter,
    "file": types.CompletionItemKind.File,
}
_SYMBOLS: Final[dict[SymbolKind, types.SymbolKind]] = {
    "model": types.SymbolKind.Class,
    "section": types.SymbolKind.Namespace,
    "setting": types.SymbolKind.Property,
    "block": types.SymbolKind.Function,
    "extern": types.SymbolKind.Interface,
    "let": types.SymbolKind.Constant,
    "library": types.SymbolKind.Module,
    "input": types.SymbolKind.Field,
    "layer": types.SymbolKind.Variable,
}


@dataclass(frozen=True, slots=True)
class Protocol:
    """Converts for one client. `uri_of` names the file of a source."""

    encoding: Encoding
    uri_of: Callable[[Source], str]
    snippets: bool = False

    # ------------------------------------------------------------ places

    def offset(self, source: Source, at: types.Position) -> int:
        return offset_of(source, at.line, at.character, self.encoding)

    def position(self, source: Source, offset: int) -> types.Position:
        return types.Position(*position(source, offset, self.encoding))

    def range(self, source: Source, start: int, end: int) -> types.Range:
        return types.Range(self.position(source, start), self.position(source, end))

    def range_of(self, span: Span) -> types.Range:
        return self.range(span.source, span.start, span.end)

    def location(self, span: Span) -> types.Location:
        return types.Location(self.uri_of(span.source), self.range_of(span))

    def edits(self, source: Source, edits: Sequence[Edit]) -> list[types.TextEdit]:
        return [types.TextEdit(self.range(source, edit.start, edit.end), edit.text) for edit in edits]

    # ------------------------------------------------------------ answers

    def diagnostic(self, diagnostic: Diagnostic, span: Span) -> types.Diagnostic:
        """A diagnostic at `span`: its own place, or where one without a place is shown."""
        error = diagnostic.severity == "error"
        related = [types.DiagnosticRelatedInformation(self.location(label.span), label.text) for label in diagnostic.labels]
        return types.Diagnostic(
            range=self.range_of(span),
            message=message(diagnostic),
            severity=types.DiagnosticSeverity.Error if error else types.DiagnosticSeverity.Warning,
            code=diagnostic.code,
            code_description=types.CodeDescription(page_path(diagnostic.code).as_uri()),
            source="cnnspec",
            related_information=related or None,
        )

    def completion(self, source: Source, found: Completion) -> types.CompletionList:
        place = self.range(source, found.start, found.end)
        return types.CompletionList(is_incomplete=False, items=[self._item(item, i, place) for i, item in enumerate(found.items)])

    def _item(self, item: Item, order: int, place: types.Range) -> types.CompletionItem:
        snippet = item.snippet if self.snippets else ""
        return types.CompletionItem(
            label=item.label,
            kind=_ITEMS[item.kind],
            detail=item.detail or None,
            documentation=item.doc or None,
            sort_text=f"{order:04}",
            filter_text=item.label.strip('"') if item.label[0] == '"' else None,
            insert_text_format=types.InsertTextFormat.Snippet if snippet else None,
            text_edit=types.TextEdit(place, snippet or item.insert or item.label),
        )

    def symbol(self, symbol: Symbol) -> types.DocumentSymbol:
        return types.DocumentSymbol(
            name=symbol.name,
            kind=_SYMBOLS[symbol.kind],
            range=self.range_of(symbol.span),
            selection_range=self.range_of(symbol.name_span),
            detail=symbol.detail or None,
            children=[self.symbol(inner) for inner in symbol.inside],
        )

    def hint(self, source: Source, hint: Hint) -> types.InlayHint:
        return types.InlayHint(self.position(source, hint.offset), hint.text, kind=types.InlayHintKind.Type, padding_left=True)


def message(diagnostic: Diagnostic) -> str:
    """All that a diagnostic says. An editor marks its place, and lists its labels."""
    lines = [diagnostic.message, diagnostic.label, *(f"note: {note}" for note in diagnostic.notes)]
    return "\n".join([*(line for line in lines if line), *([f"help: {diagnostic.help}"] if diagnostic.help else [])])
