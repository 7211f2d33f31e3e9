"""What one elaboration gathers: the document, where its parts were written, and the diagnostics."""

from __future__ import annotations

from dataclasses import dataclass, field

from cnnspec.catalogue import Catalogue
from cnnspec.diagnostics import Diagnostic, Fix, Label
from cnnspec.document.document import Frame, Json, Origin
from cnnspec.elaborate.network import Network
from cnnspec.elaborate.overrides import Overrides
from cnnspec.elaborate.scope import Binding, Scope
from cnnspec.elaborate.trace import Trace
from cnnspec.elaborate.values import Tensor
from cnnspec.reading import DISK, Files
from cnnspec.source import Span

MAX_STATEMENTS = 200_000
MAX_EXPANSION_DEPTH = 50

Stack = tuple[Frame, ...]


@dataclass(slots=True, eq=False)
class Context:
    """The state of one elaboration. `root` is the scope of the main file: overrides are evaluated there."""

    catalogue: Catalogue
    overrides: Overrides
    root: Scope
    network: Network = field(default_factory=Network)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    origins: dict[str, Origin] = field(default_factory=dict)
    holes: set[str] = field(default_factory=set)
    undefined: set[str] = field(default_factory=set)
    """Names that were used and mean nothing: what they were to name may look unused."""
    expanded: set[Span] = field(default_factory=set)
    """The names of the blocks that were used, by their place."""
    statements: int = 0
    files: Files = DISK
    trace: Trace | None = None
    """Where notes for an editor are taken; `check` takes none."""

    def report(self, diagnostic: Diagnostic) -> None:
        if diagnostic.code == "E0201" and diagnostic.span is not None:
            self.undefined.add(diagnostic.span.text)
        self.diagnostics.append(diagnostic)

    def error(
        self,
        code: str,
        span: Span,
        message: str,
        *,
        label: str = "",
        labels: tuple[Label, ...] = (),
        notes: tuple[str, ...] = (),
        help: str | None = None,
        fix: Fix | None = None,
        stack: Stack = (),
    ) -> None:
        """Report an error; the blocks and loops around it become notes."""
        notes += tuple(frame.note for frame in reversed(stack))
        self.report(Diagnostic(code=code, message=message, span=span, label=label, labels=labels, notes=notes, help=help, fix=fix))

    def used(self, place: Span, found: Binding) -> None:
        """Note what the name at `place` means."""
        if self.trace is not None:
            self.trace.used(place, found)

    def gave(self, chain: Span, tensors: tuple[Tensor, ...]) -> None:
        """Note what the chain of a line gave."""
        if self.trace is not None:
            self.trace.gave(chain, tensors)

    def entered(self, body: Span, scope: Scope) -> None:
        """Note the names of a body that is being expanded."""
        if self.trace is not None:
            self.trace.entered(body, scope)

    def shape(self, tensor: Tensor) -> tuple[int | None, ...] | None:
        return self.network.shape(tensor)

    def lost(self, tensor: Tensor) -> bool:
        """Whether a shape is unknown because of a mistake that was reported, at the tensor's call or above it."""
        calls, seen = [tensor.call], set()
        while calls:
            call = calls.pop()
            if call is None or call.pointer in seen:
                continue
            if any(hole == call.pointer or hole.startswith(f"{call.pointer}/") for hole in self.holes):
                return True
            seen.add(call.pointer)
            calls += [source.call for source in call.inputs]
        return False

    def written(self, pointer: str, key: Span | None, value: Span | None, stack: Stack = ()) -> None:
        """Record where the part of the document at `pointer` was written."""
        self.origins[pointer] = Origin(key, value, stack)

    def hole(self, pointer: str) -> Json:
        """The value at `pointer` is unknown after a reported mistake: nothing more is said about it."""
        self.holes.add(pointer)
        return None

    def count_statement(self, span: Span, stack: Stack) -> bool:
        """Count one expanded statement. False, once with a diagnostic, when there are too many."""
        self.statements += 1
        if self.statements == MAX_STATEMENTS + 1:
            message = f"the spec expands to more than {MAX_STATEMENTS:,} statements"
            self.error("E0406", span, message, label="here the limit is reached", help="lower the counts of its loops", stack=stack)
        return self.statements <= MAX_STATEMENTS
