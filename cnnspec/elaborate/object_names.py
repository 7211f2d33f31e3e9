"""Which object of Keras or of ours a call names, in the place where it stands: `L2(1e-4)` behind `kernel_regularizer=` is a regularizer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnspec.catalogue import Entry
from cnnspec.catalogue.types import Type, kinds, mentions
from cnnspec.catalogue.types import describe as describe_type
from cnnspec.diagnostics import Fix
from cnnspec.elaborate import habits
from cnnspec.elaborate.context import Context, Stack
from cnnspec.elaborate.scope import Scope
from cnnspec.elaborate.values import KINDS, POISON, ExternDefinition, describe
from cnnspec.source import Span
from cnnspec.suggest import nearest
from cnnspec.syntax import tree

if TYPE_CHECKING:
    from cnnspec.catalogue.former import Former


@dataclass(frozen=True, slots=True)
class ObjectNames:
    """Finds what is called in one position, whose type is `expected` and whose key is `key`; reports what cannot be found."""

    context: Context
    scope: Scope
    expected: Type
    key: str
    stack: Stack

    def entry(self, callee: tree.Expression) -> Entry | None:
        """The entry of a callee; None after a diagnostic."""
        if isinstance(callee, tree.Attribute):
            return self._of_module(callee)
        if not isinstance(callee, tree.Name):
            self._error("E0308", callee.span, "a result cannot be called", help="write `Name(...)`")
            return None
        bound = self.scope.find(callee.text)
        if bound is not None:
            if bound.value is not POISON:
                what = KINDS.get(type(bound.value), describe(bound.value))
                label, help = "not something to call here", None
                if isinstance(bound.value, ExternDefinition):
                    help = "Python code can be a layer, a loss, a metric or a callback"
                self._error("E0204", callee.span, f"`{callee.text}` is {what}", label=label, help=help)
            return None
        return self._found(callee.text) or self._unknown(callee.text, callee.span)

    def _found(self, name: str) -> Entry | None:
        catalogue = self.context.catalogue
        for kind in kinds(self.expected) or (catalogue.kinds() if mentions(self.expected, "any") else ()):
            if (entry := catalogue.entry(kind, name)) is not None:
                return entry
        return None

    def _of_module(self, callee: tree.Attribute) -> Entry | None:
        """`keras.regularizers.L2(...)`: reported, but understood, so that the rest of the line is looked at too."""
        word = habits.last_word(callee, self.scope)
        if word is None:
            self._error("E0306", callee.span, "nothing of a library can stand here", label="not an object of Keras")
            return None
        entry = self._found(word) if kinds(self.expected) else None
        if entry is None:
            return self._unknown(word, callee.span)
        help, fix = f"write `{entry.name}(...)`", Fix(callee.span, entry.name, safe=True)
        message, label = "an object is written without its module", "Python's modules are left out"
        self._error("E0308", callee.span, message, label=label, help=help, fix=fix)
        return entry

    def _unknown(self, name: str, span: Span) -> Entry | None:
        """Report an object that there is not; the one that was meant, where that is certain."""
        catalogue, wanted = self.context.catalogue, kinds(self.expected)
        elsewhere = [kind for kind in catalogue.kinds_of(name) if kind != "section"]
        if not elsewhere:
            from cnnspec.catalogue import former  # the tables are large, and for mistakes alone

            for kind in wanted:
                meant = former.name_of(kind, name, (*catalogue.names(kind), *catalogue.aliases(kind)))
                if meant is not None:
                    return self._former(name, span, kind, meant)
        if not wanted:
            message, label = f"`{self.key}` takes no object", f"`{name}(...)` cannot stand here"
            if not elsewhere:
                message, label = f"there is no function `{name}`", "unknown function"
        elif elsewhere:
            message, label = f"`{name}` is {_a(elsewhere[0])}, not {_a(wanted[0])}", f"expected {_a(wanted[0])}"
        else:
            message, label = f"there is no {wanted[0]} called `{name}`", f"unknown {wanted[0]}"
        near = nearest(name, [option for kind in wanted for option in (*catalogue.names(kind), *catalogue.aliases(kind))])
        names = [known for kind in wanted for known in catalogue.names(kind)]
        help = f"did you mean `{near}`?" if near else _listed(names, self.expected)
        self._error("E0306", span, message, label=label, help=help, fix=Fix(span, near) if near else None)
        return None

    def _former(self, name: str, span: Span, kind: str, meant: Former) -> Entry | None:
        """Report an object under the name that it once had, or has elsewhere; the object, where it has one name."""
        message, label, help = meant.words(name, f"there is no {kind} called `{name}`", f"unknown {kind}")
        self._error("E0306", span, message, label=label, help=help, fix=Fix(span, meant.now, safe=True) if meant.now else None)
        return self.context.catalogue.entry(kind, meant.now) if meant.keeps_arguments else None

    def _error(self, code: str, span: Span, message: str, *, label: str = "", help: str | None = None, fix: Fix | None = None) -> None:
        self.context.error(code, span, message, label=label, help=help, fix=fix, stack=self.stack)


def refuse_code(context: Context, entry: Entry, span: Span, stack: Stack) -> None:
    """An object whose arguments are Python code has no place in a spec."""
    from cnnspec.catalogue import former  # for mistakes alone

    meant, name = former.name_of(entry.kind, entry.name), f"My{entry.kind.capitalize()}"
    help = meant.how if meant is not None else f'declare {_a(entry.kind)} of your own: `extern {name}() from "my_module:{name}"`'
    context.error("E0309", span, f"`{entry.name}` needs Python code", label="not part of the language", help=help, stack=stack)


def _listed(options: Sequence[str], expected: Type) -> str:
    """What may stand in a position: the objects by name if they are few, else the type in words."""
    if options and len(options) <= 12:
        return f"write one of {', '.join(f'`{option}`' for option in options)}"
    return f"for example `{options[0]}`" if options else f"write {describe_type(expected)}"


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeio" else f"a {noun}"
