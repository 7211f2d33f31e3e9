"""Sections and settings by names that they do not have here: reported, and understood where it is certain what is meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from cnnspec.catalogue import Catalogue, Entry, Parameter
from cnnspec.diagnostics import Label
from cnnspec.elaborate.arguments import Writer
from cnnspec.elaborate.context import Context
from cnnspec.elaborate.edits import renaming, replaced
from cnnspec.source import Span
from cnnspec.suggest import nearest
from cnnspec.syntax import tree

OF_HEADS: Final = {"loss": "loss", "loss_weights": "loss_weight", "metrics": "metrics", "weighted_metrics": "metrics"}
"""What Keras takes as a dictionary, one value for each output, and the setting of a head that it is."""
PARTS: Final = ("split", "phase", "head", "checkpoint")
"""Sections that stand in another one."""


def known_setting(context: Context, name: tree.Identifier, value: tree.Expression, entry: Entry) -> tree.Identifier | None:
    """The setting that a name means, or None where it means none and that was reported. The schema refuses what nobody knows."""
    if entry.parameter(name.text) is not None:
        return name
    from cnnspec.catalogue import former  # the tables are large, and for mistakes alone

    meant = former.setting_of(entry, name.text)
    message, label = f"`{entry.name}` has no setting `{name.text}`", "unknown setting"
    if meant is not None:
        message, label, help = meant.words(name.text, message, label, value=value.span.text)
        context.error("E0701", name.span, message, label=label, help=help, fix=renaming(name, meant.now) if meant.now else None)
        return tree.Identifier(name.span, meant.now) if meant.now else None
    outside = setting_help(name.text, value.span.text, context.catalogue)
    if outside is None:
        return name
    context.error("E0701", name.span, message, label="not a setting of this section", help=outside)
    return None


def quoted(writer: Writer, parameter: Parameter, value: tree.Expression) -> tuple[str, tree.Expression]:
    """A value of YAML, `adam` or `[accuracy, mae]`, as it is written here: its text, and the value itself."""
    if isinstance(value, tree.ListExpression):
        items = [(item.span.text, item) if isinstance(item, tree.KeywordItem) else quoted(writer, parameter, item) for item in value.items]
        return f"[{', '.join(text for text, _ in items)}]", tree.ListExpression(value.span, tuple(item for _, item in items))
    written = writer.word(value, parameter.parsed) if isinstance(value, tree.Name) else None
    if written is None:
        return value.span.text, value
    if written in ("True", "False", "None"):
        return written, tree.Constant(value.span, written)
    if written.endswith("()"):
        return written, tree.Call(value.span, tree.Name(value.span, written.removesuffix("()")), ())
    return written, tree.String(value.span, written[1:-1])


def report_colons(context: Context, settings: Sequence[tuple[Span, str]]) -> None:
    """`epochs: 3`, as in YAML: said once for all such settings of a section, each with the text that it is to be."""
    if not settings:
        return
    colons = [Span(span.source, at := span.start + span.text.index(":"), at + 1) for span, _ in settings]
    several = len(settings) > 1
    help = "write\n" + "\n".join(text for _, text in settings) if several else f"write `{settings[0][1]}`"
    labels, message = tuple(Label(colon, "and here") for colon in colons[1:]), "a setting is written with `=`"
    context.error("E0206", colons[0], message, label="expected `=` here", labels=labels, help=help, fix=replaced(settings))


def per_output(context: Context, body: tree.Body, entry: Entry) -> list[tree.Statement]:
    """Report `loss = {"a": "mse"}` and its like, as Keras has them for several outputs: here each output has its head. The statements."""
    given = list(_dictionaries(body)) if entry.parameter("head") is not None else []
    if not given:
        return []
    heads: dict[str, list[str]] = {}
    for _, name, value in given:
        for key, item in value.pairs:
            assert isinstance(key, tree.String)
            heads.setdefault(key.value, []).append(f"  {OF_HEADS[name.text]} = {_in_list(name.text, item)}")
    text = "\n".join(line for head, lines in heads.items() for line in (f"head {head} {{", *lines, "}"))
    labels = tuple(Label(name.span, "and this") for _, name, _ in given[1:])
    message, label = "what is given for each output stands in its head", "given for each output"
    context.error("E0403", given[0][1].span, message, label=label, labels=labels, help=f"write\n{text}")
    return [statement for statement, _, _ in given]


def _dictionaries(body: tree.Body) -> Iterator[tuple[tree.Statement, tree.Identifier, tree.DictExpression]]:
    for statement in body.statements:
        match statement:
            case tree.Assign(names=(name,), chain=tree.Chain(first=tree.DictExpression() as value)) if name.text in OF_HEADS:
                if all(isinstance(key, tree.String) for key, _ in value.pairs):
                    yield statement, name, value


def _in_list(setting: str, item: tree.Expression) -> str:
    """The value of one head; metrics are a list."""
    return f"[{item.span.text}]" if "metrics" in setting and not isinstance(item, tree.ListExpression) else item.span.text


def setting_help(name: str, value: str, catalogue: Catalogue) -> str | None:
    """Where a setting belongs that stands outside of its section, and how it is written there."""
    from cnnspec.catalogue import former

    found = next((section for section in _sections(catalogue) if _has(catalogue, section, name)), None)
    where = (found, name) if found is not None else former.elsewhere(name)
    section = former.section_of(name, [*_sections(catalogue), "model"]) if where is None else None
    if section is not None:
        return f"a section is a body: `{section.now}{' NAME' if section.now == 'model' else ''} {{ ... }}`"
    if where is not None:
        return f"it is a setting of `{where[0]}`: write `{where[0]} {{ {where[1]} = {value} }}`"
    train = catalogue.entry("section", "train")
    said = former.setting_of(train, name) if train is not None else None
    return f"in `train {{ }}` {said.words(name, '', '', value=value)[2]}" if said is not None and said.how.startswith("write") else None


def _sections(catalogue: Catalogue) -> Sequence[str]:
    return [section for section in catalogue.names("section") if section not in PARTS]


def _has(catalogue: Catalogue, section: str, name: str) -> bool:
    entry = catalogue.entry("section", section)
    return entry is not None and entry.parameter(name) is not None


def known_section(context: Context, section: tree.Section) -> tree.Section | None:
    """The section under its own name, or None where there is none of that name and that was reported."""
    name, catalogue = section.name.text, context.catalogue
    top = [*_sections(catalogue), "model"]
    if name in top:
        return section
    from cnnspec.catalogue import former

    message, label = f"there is no section `{name}`", "unknown section"
    meant = former.section_of(name, top)
    if meant is None:
        context.error("E0202", section.name.span, message, label=label, help=_section_help(name, top, catalogue))
        return None
    message, label, help = meant.words(name, message, label)
    context.error("E0202", section.name.span, message, label=label, help=help, fix=renaming(section.name, meant.now))
    return replace(section, name=tree.Identifier(section.name.span, meant.now))


def _section_help(name: str, top: list[str], catalogue: Catalogue) -> str:
    if name in PARTS:
        return f"it belongs inside `{'data' if name == 'split' else 'train'} {{ }}`"
    inside = next((section for section in top if _has(catalogue, section, name)), None)
    if inside is not None:
        return f"it is a setting of `{inside}`: write `{inside} {{ {name} = ... }}`"
    near = nearest(name, top)
    return f"did you mean `{near}`?" if near else f"the sections are {', '.join(f'`{word}`' for word in top)}"
