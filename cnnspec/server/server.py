"""The server as an object: the texts that are open, and what it tells the editor about them."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException, PyglsError
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

import cnnspec
from cnnspec.compiler import Analysis
from cnnspec.diagnostics import Diagnostic
from cnnspec.server.board import Board
from cnnspec.server.documents import Document, Documents
from cnnspec.server.protocol import Protocol
from cnnspec.source import Source, Span
from cnnspec.syntax import tree

log = logging.getLogger("cnnspec")


class Server(LanguageServer):
    """A language server for `.cnn` files, with one client."""

    def __init__(self) -> None:
        super().__init__("cnnspec", cnnspec.__version__, types.TextDocumentSyncKind.Full)
        self.documents = Documents(self._publish)
        self.stopped = False
        """The client said that it is done, as it should before it ends the process."""
        self._board = Board(self._show)

    @property
    def speak(self) -> Protocol:
        """Converts for this client."""
        document = self.client_capabilities.text_document
        item = document.completion.completion_item if document and document.completion else None
        encoding: Any = self.workspace.position_encoding
        return Protocol(getattr(encoding, "value", encoding), self._uri_of, bool(item and item.snippet_support))

    def _uri_of(self, source: Source) -> str:
        path = Path(source.path).resolve()
        document = self.documents.at(path)
        return document.uri if document is not None else from_fs_path(str(path)) or source.path

    # ------------------------------------------------------------ diagnostics

    def _publish(self, document: Document) -> None:
        analysis, speak = document.analysis, self.speak
        assert analysis is not None, "what is published was analysed"
        found: dict[str, list[types.Diagnostic]] = {document.uri: []}
        for diagnostic in analysis.diagnostics:
            span = diagnostic.span or _place_of(diagnostic, analysis)
            uri = document.uri if span.source is analysis.source else self._uri_of(span.source)
            found.setdefault(uri, []).append(speak.diagnostic(diagnostic, span))
        self._board.post(document.uri, found)

    def _show(self, uri: str, diagnostics: list[types.Diagnostic]) -> None:
        document = self.documents.get(uri)
        version = document.version if document else None
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, diagnostics, version))

    def withdraw(self, uri: str) -> None:
        self._board.withdraw(uri)

    def report_server_error(self, error: Exception, source: type[PyglsError] | type[JsonRpcException]) -> None:
        """What went wrong outside of our handlers: a message that cannot be read. The editor's user can do nothing about it."""
        log.error("%s", error)

    # ------------------------------------------------------------ what is known

    async def fresh(self, uri: str) -> Analysis | None:
        """The analysis of the text that the client asked about; None if it is not open."""
        document = self.documents.get(uri)
        if document is None:
            return None
        version = document.version
        analysis = await self.documents.analysis(document)
        if document.version != version:
            raise JsonRpcException("the text changed meanwhile", types.LSPErrorCodes.ContentModified.value)
        return analysis


def _place_of(diagnostic: Diagnostic, analysis: Analysis) -> Span:
    """Where a diagnostic without a place is shown: at the import of the file that it is about, else at the first line."""
    for statement in analysis.file.statements:
        if isinstance(statement, tree.Import) and diagnostic.where and Path(statement.path.value).name == Path(diagnostic.where).name:
            return statement.path.span
    return Span(analysis.source, 0, len(analysis.source.line(1)))


def path_of(uri: str) -> str:
    """The path of a file, as messages show it: relative to the working folder where it lies in it."""
    path = Path(to_fs_path(uri) or uri.rpartition(":")[2] or "untitled")
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
