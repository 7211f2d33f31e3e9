"""The texts that are open in the editor, and what is known of each. A text is analysed in a thread, so that the editor never waits long."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cnnspec.compiler import Analysis, analyse
from cnnspec.diagnostics import Diagnostic
from cnnspec.reading import Files, read_source
from cnnspec.source import Source

SLOW: Final = 0.2
"""Seconds. A text that takes longer to analyse is analysed when the typing pauses; every other one at each key."""
PAUSE: Final = 0.3
PATIENCE: Final = 0.1
"""How many seconds a completion waits for the analysis of this very text before it takes the one before."""

log = logging.getLogger("cnnspec")


@dataclass(slots=True, eq=False)
class Document:
    """One open text. `wanted` counts its changes, and those of the libraries it reads; `known` is the one that `analysis` is of."""

    uri: str
    path: Path
    source: Source
    version: int | None
    wanted: int = 1
    known: int = 0
    analysis: Analysis | None = None
    seconds: float = 0.0
    libraries: frozenset[Path] = frozenset()
    task: asyncio.Task[None] | None = field(default=None, repr=False)


class Documents:
    """All open texts. `publish` is called with each document that has a new analysis."""

    def __init__(self, publish: Callable[[Document], None]) -> None:
        self._publish = publish
        self._open: dict[str, Document] = {}

    def get(self, uri: str) -> Document | None:
        return self._open.get(uri)

    def at(self, path: Path) -> Document | None:
        """The open document of a file."""
        return next((document for document in list(self._open.values()) if document.path == path), None)

    # ------------------------------------------------------------ changes

    def open(self, uri: str, path: str, text: str, version: int | None) -> None:
        self._open[uri] = document = Document(uri, Path(path).resolve(), _source(path, text), version)
        self._start(document)
        self.changed(document.path)

    def change(self, uri: str, text: str, version: int | None) -> None:
        document = self._open.get(uri)
        if document is not None:
            document.source = _source(document.source.path, text)
            document.version = version
            self._touch(document)
            self.changed(document.path)

    def close(self, uri: str) -> None:
        document = self._open.pop(uri, None)
        if document is not None:
            self.changed(document.path)

    def changed(self, path: Path) -> None:
        """A file has another text now: analyse again what imports it."""
        for document in self._open.values():
            if path in document.libraries:
                self._touch(document)

    def _touch(self, document: Document) -> None:
        document.wanted += 1
        self._start(document)

    # ------------------------------------------------------------ analyses

    async def analysis(self, document: Document) -> Analysis | None:
        """The analysis of the text as it is now; None after a failure that was logged."""
        while document.task is not None and document.known < document.wanted:
            await asyncio.shield(document.task)
        return document.analysis

    async def recent_analysis(self, document: Document) -> Analysis | None:
        """The same if it is there soon, else that of a text shortly before."""
        if document.analysis is None:
            return await self.analysis(document)
        try:
            return await asyncio.wait_for(self.analysis(document), PATIENCE)
        except TimeoutError:
            return document.analysis

    def _start(self, document: Document) -> None:
        if document.task is None:
            document.task = asyncio.get_running_loop().create_task(self._work(document))

    async def _work(self, document: Document) -> None:
        """Analyse a document until nothing changed meanwhile. What is out of date is never published."""
        try:
            while document.known < document.wanted and self._open.get(document.uri) is document:
                if document.seconds > SLOW:
                    await self._quiet(document)
                wanted, started = document.wanted, time.perf_counter()
                analysis, libraries = await asyncio.to_thread(self._analyse, document.source)
                document.known, document.seconds = wanted, time.perf_counter() - started
                document.libraries = libraries
                document.analysis = analysis or document.analysis
                if analysis is not None and wanted == document.wanted and self._open.get(document.uri) is document:
                    self._publish(document)
        except Exception:
            log.exception("the diagnostics of %s cannot be shown", document.uri)
        finally:
            document.task = None

    async def _quiet(self, document: Document) -> None:
        """Wait until nobody types."""
        seen = 0
        while seen != document.wanted:
            seen = document.wanted
            await asyncio.sleep(PAUSE)

    def _analyse(self, source: Source) -> tuple[Analysis | None, frozenset[Path]]:
        """The analysis of a text, and the files that it read."""
        libraries: set[Path] = set()
        try:
            return analyse(source, Files(lambda path: self._read(path, libraries))), frozenset(libraries)
        except Exception:  # a bug of ours: the editor goes on with what was known before
            log.exception("the analysis of %s failed", source.path)
            return None, frozenset(libraries)

    def read(self, path: str) -> tuple[Source | None, list[Diagnostic]]:
        """The text of an imported file: as it is in the editor, or else as it was saved."""
        return self._read(path, set())

    def _read(self, path: str, seen: set[Path]) -> tuple[Source | None, list[Diagnostic]]:
        resolved = Path(path).resolve()
        seen.add(resolved)
        document = self.at(resolved)
        return read_source(path) if document is None else (Source(path, document.source.text), [])


def _source(path: str, text: str) -> Source:
    return Source(path, text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))
