"""An editor for the tests: a real client, which starts `cnnspec lsp` and speaks with it over standard input and output."""

from __future__ import annotations

import asyncio
import sys
import threading
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.client import LanguageClient

TIMEOUT = 60.0
CAPABILITIES = types.ClientCapabilities(
    text_document=types.TextDocumentClientCapabilities(
        completion=types.CompletionClientCapabilities(completion_item=types.ClientCompletionItemOptions(snippet_support=True)),
        rename=types.RenameClientCapabilities(prepare_support=True),
    ),
    workspace=types.WorkspaceClientCapabilities(
        did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True)
    ),
)


class Editor:
    """Each method waits for its answer; the client itself runs in a thread."""

    def __init__(self, capabilities: types.ClientCapabilities = CAPABILITIES) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.client = LanguageClient("editor", "1")
        self.published: dict[str, types.PublishDiagnosticsParams] = {}
        self.registered: list[str] = []
        self.arrived = threading.Condition()
        self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(lambda params: self._published(params))
        self.client.feature(types.CLIENT_REGISTER_CAPABILITY)(lambda params: self._registered(params))
        self._await(self.client.start_io(sys.executable, "-m", "cnnspec", "lsp", "--stdio"))
        self.answer = self.ask(types.INITIALIZE, types.InitializeParams(capabilities=capabilities))
        self.tell(types.INITIALIZED, types.InitializedParams())

    def _published(self, params: types.PublishDiagnosticsParams) -> None:
        with self.arrived:
            self.published[params.uri] = params
            self.arrived.notify_all()

    def _registered(self, params: types.RegistrationParams) -> None:
        with self.arrived:
            self.registered += [registration.method for registration in params.registrations]
            self.arrived.notify_all()

    def _await(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(TIMEOUT)

    def ask(self, method: str, params: Any) -> Any:
        async def request() -> Any:
            return await self.client.protocol.send_request_async(method, params)

        return self._await(request())

    def tell(self, method: str, params: Any) -> None:
        async def notice() -> None:
            self.client.protocol.notify(method, params)

        self._await(notice())

    def open(self, path: Path, text: str) -> str:
        uri = path.as_uri()
        self.tell(types.TEXT_DOCUMENT_DID_OPEN, types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "cnn", 0, text)))
        return uri

    def type(self, uri: str, text: str, version: int) -> None:
        identifier = types.VersionedTextDocumentIdentifier(version, uri)
        change = types.TextDocumentContentChangeWholeDocument(text)
        self.tell(types.TEXT_DOCUMENT_DID_CHANGE, types.DidChangeTextDocumentParams(identifier, [change]))

    def close(self, uri: str) -> None:
        self.tell(types.TEXT_DOCUMENT_DID_CLOSE, types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))

    def diagnostics(self, uri: str, version: int | None = 0) -> list[types.Diagnostic]:
        """What was published about a version of a text; with None, about a file that is not open."""
        with self.arrived:
            found = self.arrived.wait_for(lambda: uri in self.published and self.published[uri].version == version, TIMEOUT)
        assert found, f"no diagnostics came for version {version} of {uri}"
        return list(self.published[uri].diagnostics)

    def stop(self) -> int | None:
        """End the server as an editor does. Its exit status."""
        process = self.client._server
        assert process is not None
        self.ask(types.SHUTDOWN, None)
        self.tell(types.EXIT, None)
        self._await(self.client.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(TIMEOUT)
        return process.returncode


def at(text: str, marked: str) -> types.Position:
    """The place of the `|` in `marked`, a part of the text, as an editor counts: in UTF-16."""
    offset = text.index(marked.replace("|", "")) + marked.index("|")
    line = text.count("\n", 0, offset)
    start = text.rfind("\n", 0, offset) + 1
    return types.Position(line, len(text[start:offset].encode("utf-16-le")) // 2)
