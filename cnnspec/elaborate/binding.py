"""Which argument of a call is which parameter of the layer or object: by place, by name, or by a name that it once had."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from cnnspec.catalogue import Entry
from cnnspec.diagnostics import Fix, Label
from cnnspec.elaborate.context import Context, Stack
from cnnspec.elaborate.edits import before_on_line, call_text, ends_line, removal, renaming, without
from cnnspec.source import Span
from cnnspec.syntax import tree

SIDES: Final = (("nb_row", "nb_col"), ("kernel_dim1", "kernel_dim2", "kernel_dim3"))
"""The sides of a kernel in Keras 1, each an argument of its own."""


@dataclass(slots=True)
class Bound:
    """The arguments of a call by parameter; `spare` are those that have none, which was reported."""

    given: dict[str, tree.Argument] = field(default_factory=dict)
    spare: list[tree.Argument] = field(default_factory=list)


def bind_arguments(context: Context, entry: Entry, call: tree.Call, stack: Stack) -> Bound:
    """Each argument with its parameter. Only as many may be positional as are required, and at least one.

    A name that means nothing is kept: the schema refuses it. One that Keras or another framework had is reported here, and understood.
    """
    return _Binding(context, entry, call, stack).run()


@dataclass(frozen=True, slots=True)
class _Binding:
    context: Context
    entry: Entry
    call: tree.Call
    stack: Stack
    found: Bound = field(default_factory=Bound)

    def run(self) -> Bound:
        position = 0
        for argument in self.call.arguments:
            if argument.name is not None:
                self._named(argument, argument.name)
            elif self.entry.variadic is None:
                self._positional(argument, position)
                position += 1
        return self.found

    def _error(self, code: str, span: Span, message: str, label: str, help: str, fix: Fix | None = None) -> None:
        self.context.error(code, span, message, label=label, help=help, fix=fix, stack=self.stack)

    def _bind(self, name: str, argument: tree.Argument) -> None:
        first = self.found.given.setdefault(name, argument)
        if first is not argument:
            span, labels = argument.name.span if argument.name else argument.span, (Label(first.span, "first value"),)
            message, help = f"`{name}` is given twice", "delete one of them"
            self.context.error("E0304", span, message, label="second value", labels=labels, help=help, stack=self.stack)

    # ------------------------------------------------------------ by place

    def _positional(self, argument: tree.Argument, position: int) -> None:
        names = [parameter.name for parameter in self.entry.params]
        name = names[position] if position < len(names) else ""
        if name and position < max(1, len(self.entry.required)):
            self._bind(name, argument)
        elif not self._sides_in_a_row(argument, position):
            self._too_many(argument, name)

    def _too_many(self, argument: tree.Argument, name: str) -> None:
        allowed = [parameter.name for parameter in self.entry.params][: max(1, len(self.entry.required))]
        if not allowed:
            message = f"`{self.entry.name}` takes no arguments"
        else:
            plural = "s" if len(allowed) > 1 else ""
            message = f"`{self.entry.name}` takes at most {len(allowed)} positional argument{plural} ({', '.join(allowed)})"
        self.found.spare.append(argument)
        if not name:
            self._error("E0303", argument.span, message, "there is no parameter for this one", "delete it")
            return
        written = f"{name}={argument.value.span.text}"
        self._error("E0303", argument.span, message, "this one needs its name", f"write `{written}`", Fix(argument.span, written))

    def _sides_in_a_row(self, argument: tree.Argument, position: int) -> bool:
        """`Convolution2D(32, 3, 3)` of Keras 1: rows and columns as two arguments."""
        size = self.found.given.get("kernel_size")
        if size is None or position != 2 or not self._is_keras_1() or not isinstance(size.value, tree.Number):
            return False
        span = size.span.to(argument.span)
        written = f"({size.value.span.text}, {argument.value.span.text})"
        message = "the rows and columns of a kernel are one argument in Keras 3"
        self._error("E0303", span, message, "Keras 1 arguments", f"write `{written}`", Fix(span, written, safe=True))
        return True

    def _is_keras_1(self) -> bool:
        from cnnspec.catalogue import former  # the tables are large, and for mistakes alone

        names = [argument.name.text for argument in self.call.arguments if argument.name]
        earlier = [former.argument_of(self.entry, name) for name in names if self.entry.parameter(name) is None]
        return "onvolution" in self.call.callee.span.text or any(found and found.origin == "Keras 1" for found in earlier)

    # ------------------------------------------------------------ by name

    def _named(self, argument: tree.Argument, name: tree.Identifier) -> None:
        if self.entry.parameter(name.text) is not None:
            self._bind(name.text, argument)
        elif name.text == "name" and self.entry.kind in ("layer", "application"):
            self._no_name(argument)
        elif not self._sides_by_name(argument, name) and not self._former(argument, name):
            self._bind(name.text, argument)

    def _no_name(self, argument: tree.Argument) -> None:
        value, before = argument.value, before_on_line(self.call.span)
        wanted = value.value if isinstance(value, tree.String) and value.value.isidentifier() else "name"
        rest = without(self.call, argument)
        message, label = "a layer's name is not an argument", "remove this"
        if "=" in before:
            self._error(
                "E0307", argument.span, message, label, f"the layer has the name of its line: write `{rest}`", removal(self.call, argument)
            )
            return
        fix = None
        if ends_line(self.call.span) and wanted != "name" and (not before or before.endswith("->")):
            fix = Fix(self.call.span, f"{rest} as {wanted}", safe=True)
        self._error("E0307", argument.span, message, label, f"name the line instead: `{rest} as {wanted}`", fix)

    def _sides_by_name(self, argument: tree.Argument, name: tree.Identifier) -> bool:
        """`nb_row=3, nb_col=3` of Keras 1."""
        sides = next((names for names in SIDES if name.text in names), None)
        if sides is None or self.entry.parameter("kernel_size") is None:
            return False
        given = [other for other in self.call.arguments if other.name is not None and other.name.text in sides]
        if given[0] is not argument:
            return True  # said with the first of them
        items = tuple(other.value for other in given) * (1 if len(given) > 1 else len(sides))
        span = argument.span.to(given[-1].span)
        written = f"kernel_size=({', '.join(item.span.text for item in items)})"
        together = self.call.arguments.index(given[-1]) - self.call.arguments.index(argument) == len(given) - 1
        message, label = "the sides of a kernel are one argument in Keras 3", "Keras 1 arguments"
        self._error("E0302", span, message, label, f"write `{written}`", Fix(span, written, safe=True) if together else None)
        self._bind("kernel_size", tree.Argument(span, None, tree.TupleExpression(span, items)))
        return True

    def _former(self, argument: tree.Argument, name: tree.Identifier) -> bool:
        """An argument of Keras 1 or 2 or of another framework, or in another spelling. False where it is none of these."""
        from cnnspec.catalogue import former

        meant = former.argument_of(self.entry, name.text)
        if meant is None:
            return False
        unknown, value = f"`{self.entry.name}` has no argument `{name.text}`", argument.value.span.text
        message, label, help = meant.words(name.text, unknown, "unknown argument", value=value, owner=self.entry.name)
        fix = None
        if meant.now:
            fix = renaming(name, meant.now)
            self._bind(meant.now, argument)
        elif meant.how.startswith("delete it"):
            fix = removal(self.call, argument)
        elif "{rate}" in meant.how:
            help, fix = self._decay(argument)
        self._error("E0302", name.span, message, label, help, fix)
        return True

    def _decay(self, argument: tree.Argument) -> tuple[str, Fix]:
        """`SGD(lr=0.1, decay=1e-6)`: the decay is a schedule, with the learning rate in it."""
        from cnnspec.catalogue.former_arguments import DECAY

        arguments = self.call.arguments
        rates = [a for i, a in enumerate(arguments) if (a.name.text in ("lr", "learning_rate") if a.name else i == 0)]
        parameter = self.entry.parameter("learning_rate")
        rate = rates[0].value.span.text if rates else str(parameter.default if parameter else 0.01)
        schedule = DECAY.format(rate=rate, value=argument.value.span.text)
        kept = [a.span.text for a in arguments if a is not argument and a not in rates]
        written = call_text(self.call.callee.span.text, [schedule, *kept])
        return f"write `{written}`", Fix(self.call.span, written, safe=True)
