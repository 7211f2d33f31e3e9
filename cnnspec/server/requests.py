"""What the editor asks and tells, each handed to the function that knows the answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from cnnspec.formatting import format_source
from cnnspec.server.completion import complete
from cnnspec.server.edits import Edit, edit
from cnnspec.server.fixes import fix_all, quick_fixes
from cnnspec.server.hints import hints
from cnnspec.server.hover import hover
from cnnspec.server.navigation import definition, references
from cnnspec.server.outline import folds, outline
from cnnspec.server.rename import Refusal, name_at, rename
from cnnspec.server.server import Server, path_of
from cnnspec.server.where import where

FIX_ALL: Final = "source.fixAll.cnnspec"
T = TypeVar("T")

# ---------------------------------------------------------------- texts


def on_initialized(server: Server, params: types.InitializedParams) -> None:
    """Ask to be told when a spec changes that is not open here: others may import it."""
    workspace = server.client_capabilities.workspace
    watched = workspace.did_change_watched_files if workspace else None
    if watched is not None and watched.dynamic_registration:
        options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher("**/*.cnn")])
        method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
        server.client_register_capability(types.RegistrationParams([types.Registration("specs", method, options)]))


def on_opened(server: Server, params: types.DidOpenTextDocumentParams) -> None:
    uri, text = params.text_document.uri, params.text_document.text
    server.documents.open(uri, path_of(uri), text, params.text_document.version)


def on_changed(server: Server, params: types.DidChangeTextDocumentParams) -> None:
    uri = params.text_document.uri
    server.documents.change(uri, server.workspace.get_text_document(uri).source, params.text_document.version)


def on_closed(server: Server, params: types.DidCloseTextDocumentParams) -> None:
    server.documents.close(params.text_document.uri)
    server.withdraw(params.text_document.uri)


def on_saved_outside(server: Server, params: types.DidChangeWatchedFilesParams) -> None:
    for change in params.changes:
        server.documents.changed(Path(path_of(change.uri)).resolve())


def on_shutdown(server: Server, params: object) -> None:
    server.stopped = True


# ---------------------------------------------------------------- questions


async def on_completion(server: Server, params: types.CompletionParams) -> types.CompletionList | None:
    document = server.documents.get(params.text_document.uri)
    if document is None:
        return None
    source, speak = document.source, server.speak
    analysis = await server.documents.recent_analysis(document)
    offset = speak.offset(source, params.position)
    typed = params.context.trigger_character if params.context else None
    if analysis is None or (typed == " " and not where(source.text, offset).before):
        return None
    return speak.completion(source, complete(analysis, source.text, offset))


async def on_hover(server: Server, params: types.HoverParams) -> types.Hover | None:
    analysis = await server.fresh(params.text_document.uri)
    found = hover(analysis, server.speak.offset(analysis.source, params.position)) if analysis else None
    if found is None:
        return None
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, found.text), server.speak.range_of(found.span))


async def on_definition(server: Server, params: types.DefinitionParams) -> types.Location | None:
    analysis = await server.fresh(params.text_document.uri)
    found = definition(analysis, server.speak.offset(analysis.source, params.position)) if analysis else None
    return server.speak.location(found) if found else None


async def on_references(server: Server, params: types.ReferenceParams) -> list[types.Location]:
    analysis = await server.fresh(params.text_document.uri)
    if analysis is None:
        return []
    offset = server.speak.offset(analysis.source, params.position)
    return [server.speak.location(span) for span in references(analysis, offset, with_definition=params.context.include_declaration)]


async def on_prepare_rename(server: Server, params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder | None:
    analysis = await server.fresh(params.text_document.uri)
    if analysis is None:
        return None
    place = _granted(name_at(analysis, server.speak.offset(analysis.source, params.position)))
    return types.PrepareRenamePlaceholder(server.speak.range_of(place), place.text)


async def on_rename(server: Server, params: types.RenameParams) -> types.WorkspaceEdit | None:
    analysis = await server.fresh(params.text_document.uri)
    if analysis is None:
        return None
    offset = server.speak.offset(analysis.source, params.position)
    places = _granted(rename(analysis, offset, params.new_name, server.documents.read))
    edits = [Edit(place.start, place.end, params.new_name) for place in places]
    return types.WorkspaceEdit({params.text_document.uri: server.speak.edits(analysis.source, edits)})


def _granted(answer: T | Refusal) -> T:
    """The answer; a refusal is an error whose message editors show."""
    if isinstance(answer, Refusal):
        raise JsonRpcException(answer.reason, types.LSPErrorCodes.RequestFailed.value)
    return answer


async def on_symbols(server: Server, params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
    analysis = await server.fresh(params.text_document.uri)
    return [server.speak.symbol(symbol) for symbol in outline(analysis.file)] if analysis else []


async def on_folds(server: Server, params: types.FoldingRangeParams) -> list[types.FoldingRange]:
    analysis = await server.fresh(params.text_document.uri)
    return [types.FoldingRange(first - 1, last - 1) for first, last in folds(analysis.file)] if analysis else []


async def on_hints(server: Server, params: types.InlayHintParams) -> list[types.InlayHint]:
    analysis = await server.fresh(params.text_document.uri)
    if analysis is None:
        return []
    speak, source = server.speak, analysis.source
    found = hints(analysis, speak.offset(source, params.range.start), speak.offset(source, params.range.end))
    return [speak.hint(source, hint) for hint in found]


async def on_formatting(server: Server, params: types.DocumentFormattingParams) -> list[types.TextEdit]:
    document = server.documents.get(params.text_document.uri)
    if document is None:
        return []
    text, _ = format_source(document.source)  # what does not parse is not laid out: its mistakes are shown already
    if text is None or text == document.source.text:
        return []
    return server.speak.edits(document.source, [edit(document.source.text, text)])


async def on_actions(server: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
    uri = params.text_document.uri
    analysis = await server.fresh(uri)
    if analysis is None:
        return []
    speak, source, only = server.speak, analysis.source, params.context.only
    start, end = speak.offset(source, params.range.start), speak.offset(source, params.range.end)
    actions = []
    for found in quick_fixes(analysis, start, end) if _asked(types.CodeActionKind.QuickFix, only) else ():
        fix, span = found.fix, found.diagnostic.span
        actions.append(
            types.CodeAction(
                found.title,
                kind=types.CodeActionKind.QuickFix,
                diagnostics=[speak.diagnostic(found.diagnostic, span)] if span else None,
                is_preferred=fix.safe,
                edit=types.WorkspaceEdit({uri: speak.edits(source, [Edit(fix.span.start, fix.span.end, fix.replacement)])}),
            )
        )
    text = fix_all(analysis) if _asked(FIX_ALL, only) else None
    if text is not None:
        whole = types.WorkspaceEdit({uri: speak.edits(source, [edit(source.text, text)])})
        actions.append(types.CodeAction("correct everything that is certain", kind=FIX_ALL, edit=whole))
    return actions


def _asked(kind: str, only: Any) -> bool:
    """Whether the editor wants actions of a kind: it may name that kind, or one around it."""
    return not only or any(kind == wanted or kind.startswith(f"{wanted}.") for wanted in (str(getattr(o, "value", o)) for o in only))
