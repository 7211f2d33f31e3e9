"""The server as a program: what it can do, and how it starts and ends."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable
from typing import Any, BinaryIO, Final, TypeAlias

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from cnnspec.server import requests
from cnnspec.server.server import Server

TRIGGERS: Final = (".", "(", "[", ",", "=", '"', "'", ">", ":", " ")
"""At what an editor asks for completions, besides letters."""

log = logging.getLogger("cnnspec")

Question: TypeAlias = Callable[[Server, Any], Awaitable[Any]]
Notice: TypeAlias = Callable[[Server, Any], None]

NOTICES: Final[dict[str, Notice]] = {
    types.INITIALIZED: requests.on_initialized,
    types.TEXT_DOCUMENT_DID_OPEN: requests.on_opened,
    types.TEXT_DOCUMENT_DID_CHANGE: requests.on_changed,
    types.TEXT_DOCUMENT_DID_CLOSE: requests.on_closed,
    types.WORKSPACE_DID_CHANGE_WATCHED_FILES: requests.on_saved_outside,
    types.SHUTDOWN: requests.on_shutdown,
}
QUESTIONS: Final[dict[str, tuple[Question, Any]]] = {
    types.TEXT_DOCUMENT_COMPLETION: (requests.on_completion, types.CompletionOptions(trigger_characters=TRIGGERS)),
    types.TEXT_DOCUMENT_HOVER: (requests.on_hover, None),
    types.TEXT_DOCUMENT_DEFINITION: (requests.on_definition, None),
    types.TEXT_DOCUMENT_REFERENCES: (requests.on_references, None),
    types.TEXT_DOCUMENT_PREPARE_RENAME: (requests.on_prepare_rename, None),
    types.TEXT_DOCUMENT_RENAME: (requests.on_rename, types.RenameOptions(prepare_provider=True)),
    types.TEXT_DOCUMENT_DOCUMENT_SYMBOL: (requests.on_symbols, None),
    types.TEXT_DOCUMENT_FOLDING_RANGE: (requests.on_folds, None),
    types.TEXT_DOCUMENT_INLAY_HINT: (requests.on_hints, None),
    types.TEXT_DOCUMENT_FORMATTING: (requests.on_formatting, None),
    types.TEXT_DOCUMENT_CODE_ACTION: (
        requests.on_actions,
        types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix, requests.FIX_ALL]),
    ),
}


def serve(stdin: BinaryIO, stdout: BinaryIO) -> int:
    """Serve one client until it ends. Returns the exit status: 0 if it said before that it would."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="cnnspec lsp: %(message)s")
    logging.getLogger("pygls").setLevel(logging.CRITICAL)  # it would log each refusal as a failure
    server = make_server()
    server.start_io(stdin, stdout)
    return 0 if server.stopped else 1


def make_server() -> Server:
    """A server that answers what is listed above."""
    server = Server()
    for method, notice in NOTICES.items():
        server.feature(method)(_guarded_notice(server, method, notice))
    for method, (question, options) in QUESTIONS.items():
        server.feature(method, options)(_guarded(server, method, question))
    return server


def _guarded(server: Server, method: str, question: Question) -> Callable[[Any], Awaitable[Any]]:
    """The handler of a request: a bug of ours gives no answer, and a line in the log, but never ends the server."""

    async def handler(params: Any) -> Any:
        try:
            return await question(server, params)
        except (JsonRpcException, asyncio.CancelledError):
            raise
        except Exception:
            log.exception("a bug in cnnspec: %s failed", method)
            return None

    return handler


def _guarded_notice(server: Server, method: str, notice: Notice) -> Callable[[Any], None]:
    def handler(params: Any) -> None:
        try:
            notice(server, params)
        except Exception:
            log.exception("a bug in cnnspec: %s failed", method)

    return handler
