"""The open texts: out of date results are dropped, libraries are read as they are in the editor, and no bug ends the server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from cnnspec.server import documents
from cnnspec.server.documents import Document, Documents

GOOD = "cnn 1\nmodel net {\n  input x: (8,)\n  Dense(2)\n}\n"
USER = 'cnn 1\nimport "lib.cnn" as lib\nmodel net {\n  input x: (8,)\n  lib.wide()\n}\n'
LIBRARY = "cnn 1\nblock wide() {\n  input x\n  Dense(64)\n}\n"


class Room:
    """Open documents, and what was published: the version of each, and its codes."""

    def __init__(self) -> None:
        self.published: list[tuple[int | None, list[str]]] = []
        self.documents = Documents(self._publish)

    def _publish(self, document: Document) -> None:
        assert document.analysis is not None
        self.published.append((document.version, [d.code for d in document.analysis.diagnostics]))

    async def settled(self, uri: str) -> Document:
        document = self.documents.get(uri)
        assert document is not None
        await self.documents.analysis(document)
        return document


def run(play: Callable[[Room], Coroutine[Any, Any, None]]) -> Room:
    async def main() -> Room:
        room = Room()
        await play(room)
        return room

    return asyncio.run(main())


def test_only_the_last_text_is_published(monkeypatch: pytest.MonkeyPatch) -> None:
    analyse = documents.analyse

    def slow(*arguments: Any) -> Any:
        time.sleep(0.05)
        return analyse(*arguments)

    monkeypatch.setattr(documents, "analyse", slow)

    async def play(room: Room) -> None:
        room.documents.open("u", "net.cnn", GOOD, 0)
        for version in range(1, 6):
            await asyncio.sleep(0.01)
            room.documents.change("u", GOOD.replace("Dense", "Dens" * (version < 5) or "Dense"), version)
        await room.settled("u")

    assert run(play).published == [(5, [])]


def test_a_text_that_takes_long_waits_until_nobody_types(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "SLOW", -1.0)
    monkeypatch.setattr(documents, "PAUSE", 0.05)
    texts: list[str] = []
    analyse = documents.analyse

    def counting(source: Any, read: Any) -> Any:
        texts.append(source.text)
        return analyse(source, read)

    monkeypatch.setattr(documents, "analyse", counting)

    async def play(room: Room) -> None:
        room.documents.open("u", "net.cnn", GOOD, 0)
        for version in range(1, 8):
            await asyncio.sleep(0.01)
            room.documents.change("u", GOOD + "#" * version, version)
        await room.settled("u")

    assert run(play).published == [(7, [])]
    assert texts == [GOOD + "#" * 7]


def test_a_completion_takes_the_analysis_before_where_this_one_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    analyse = documents.analyse
    monkeypatch.setattr(documents, "PATIENCE", 0.01)

    def slow(source: Any, read: Any) -> Any:
        time.sleep(0.3 * ("slow" in source.text))
        return analyse(source, read)

    monkeypatch.setattr(documents, "analyse", slow)

    async def play(room: Room) -> None:
        room.documents.open("u", "net.cnn", GOOD, 0)
        document = await room.settled("u")
        first = document.analysis
        room.documents.change("u", GOOD + "# slow", 1)
        assert await room.documents.recent_analysis(document) is first
        later = await room.documents.analysis(document)
        assert later is not None
        assert later.source.text == GOOD + "# slow"

    run(play)


def test_a_library_is_read_as_it_is_in_the_editor(tmp_path: Path) -> None:
    (tmp_path / "lib.cnn").write_text(LIBRARY, encoding="utf-8")

    async def play(room: Room) -> None:
        room.documents.open("user", str(tmp_path / "net.cnn"), USER, 0)
        await room.settled("user")
        room.documents.open("lib", str(tmp_path / "lib.cnn"), LIBRARY.replace("wide", "narrow"), 0)
        await room.settled("lib")
        assert [d.code for d in (await room.settled("user")).analysis.diagnostics] == ["E0201"]  # type: ignore[union-attr]
        room.documents.change("lib", LIBRARY, 1)
        assert (await room.settled("user")).analysis.diagnostics == []  # type: ignore[union-attr]
        room.documents.change("lib", LIBRARY.replace("wide", "narrow"), 2)
        room.documents.close("lib")  # nothing was saved: the file counts again
        assert (await room.settled("user")).analysis.diagnostics == []  # type: ignore[union-attr]

    run(play)


def test_a_closed_document_publishes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def play(room: Room) -> None:
        room.documents.open("u", "net.cnn", GOOD, 0)
        document = room.documents.get("u")
        assert document is not None
        room.documents.close("u")
        await room.documents.analysis(document)
        room.documents.change("u", GOOD, 1)
        room.documents.close("u")

    assert run(play).published == []


def test_a_bug_leaves_what_was_known(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    analyse = documents.analyse

    def fragile(source: Any, read: Any) -> Any:
        if "bug" in source.text:
            raise RuntimeError("a bug")
        return analyse(source, read)

    monkeypatch.setattr(documents, "analyse", fragile)

    async def play(room: Room) -> None:
        room.documents.open("u", "net.cnn", GOOD, 0)
        await room.settled("u")
        room.documents.change("u", GOOD + "# bug", 1)
        document = await room.settled("u")
        assert document.analysis is not None
        assert document.analysis.source.text == GOOD
        room.documents.change("u", GOOD + "# fine", 2)
        await room.settled("u")

    assert run(play).published == [(0, []), (2, [])]
    assert "the analysis of net.cnn failed" in caplog.text


def test_ends_of_lines_and_a_mark_do_not_matter() -> None:
    async def play(room: Room) -> None:
        room.documents.open("u", "net.cnn", "\ufeff" + GOOD.replace("\n", "\r\n"), 0)
        document = await room.settled("u")
        assert document.source.text == GOOD

    assert run(play).published == [(0, [])]
