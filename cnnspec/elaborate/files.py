"""The top of a file: its version, its `let`s, blocks and externs, and the libraries it imports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from cnnspec.catalogue.types import ObjectOf
from cnnspec.diagnostics import Label
from cnnspec.document.document import Json
from cnnspec.elaborate import habits
from cnnspec.elaborate.arguments import Place, Writer
from cnnspec.elaborate.context import Context
from cnnspec.elaborate.define import define, define_unknown
from cnnspec.elaborate.expressions import Evaluator
from cnnspec.elaborate.externs import declaration, key_of
from cnnspec.elaborate.parameters import TYPES, checked, known_call
from cnnspec.elaborate.scope import Scope
from cnnspec.elaborate.searches import check_search
from cnnspec.elaborate.settings import known_section, setting_help
from cnnspec.elaborate.values import EXTERN_TARGET, POISON, BlockDefinition, ExternDefinition, Library
from cnnspec.reading import Files
from cnnspec.resources import specs_path
from cnnspec.source import Source, Span
from cnnspec.suggest import nearest
from cnnspec.syntax import parse_source, tree

VERSION = 1
MAX_IMPORT_DEPTH = 20
DEFINITIONS = (tree.Let, tree.Block, tree.Extern, tree.Import)


@dataclass(slots=True)
class Loader:
    """Reads a file and the libraries it imports, each once."""

    context: Context
    searches: dict[str, Json] = field(default_factory=dict)
    externs: dict[str, Json] = field(default_factory=dict)
    misplaced: bool = False
    """Something stands at the top of the file that belongs into its model."""
    _base: Path = Path()
    """The folder of the main file."""
    _libraries: dict[Path, Library] = field(default_factory=dict)
    _open: list[Path] = field(default_factory=list)

    def load(self, file: tree.File, path: Path, scope: Scope) -> dict[str, tree.Section]:
        """Define the names of the main file in `scope`. Returns its sections by name; each stands once."""
        self._base = path.parent
        self._open.append(path.resolve())
        check_version(self.context, file)
        sections: dict[str, tree.Section] = {}
        _note_later(file, scope)
        for statement in file.statements:
            if isinstance(statement, tree.Section):
                self._section(statement, sections)
            else:
                self._top(statement, scope, path.parent)
        self._open.pop()
        return sections

    def _section(self, section: tree.Section, sections: dict[str, tree.Section]) -> None:
        known = known_section(self.context, section)
        if known is None:
            return
        section, name = known, known.name.text
        if name in sections:
            first = sections[name].name.span
            message, help = f"there are two sections `{name}`", "put everything into one"
            if name == "model":
                message, help = "there are two models", "a file has one model: put the second into a file of its own"
            labels = (Label(first, "first"),)
            self.context.error("E0304", section.name.span, message, label="second", labels=labels, help=help)
        else:
            if section.label is not None and name != "model":
                self.context.error("E0206", section.label.span, f"`{name}` takes no name", help=f"write `{name} {{ }}`")
            sections[name] = section

    # ------------------------------------------------------------ definitions

    def _top(self, statement: tree.Statement, scope: Scope, folder: Path) -> None:
        handler = self.HANDLERS.get(type(statement))
        if handler is not None:
            handler(self, statement, scope, folder)
        elif isinstance(statement, tree.Broken):
            define_unknown(scope, statement)
            for name in statement.names:
                self.context.overrides.lose(name.text)
        elif not isinstance(statement, tree.Version):
            self.misplaced = True
            message, help = self._misplaced(statement, scope)
            self.context.error("E0206", statement.span, message, label="outside the model", help=help)

    def _misplaced(self, statement: tree.Statement, scope: Scope) -> tuple[str, str]:
        """What is said about a line of a model, a setting or Python at the top of a file."""
        word = statement.span.text.split("(", 1)[0].split(maxsplit=1)[0].rstrip(":")
        message, help = f"`{word}` cannot stand at the top of a file", "put it inside `model NAME { }`"
        match statement:
            case tree.Assign(names=(name,), chain=tree.Chain(first=tree.Call() as call)) if habits.is_model(call, scope):
                return f"`{call.callee.span.text}` is Python", "layers stand in `model NAME { }`, one a line"
            case tree.Assign(names=(name,), chain=tree.Chain(first=value, steps=())):
                setting = setting_help(name.text, value.span.text, self.context.catalogue)
                return message, setting or (help if isinstance(value, tree.Call) else f"write `let {name.text} = {value.span.text}`")
            case tree.Apply(chain=tree.Chain(first=tree.Name(text=name), steps=()), shape=value) if value is not None:
                return message, setting_help(name, value.span.text, self.context.catalogue) or f"write `let {name} = {value.span.text}`"
            case tree.Apply(chain=tree.Chain(first=first)) if method := habits.method_help(first, scope):
                return f"`{method[0]}` is Python", method[1]
        return message, help

    def _let(self, statement: tree.Statement, scope: Scope, folder: Path) -> None:
        assert isinstance(statement, tree.Let)
        name = statement.name.text
        override = self.context.overrides.take(name) if scope is self.context.root else None
        expression = override.value if override else statement.value
        value = known_call(self.context, Evaluator(self.context, scope).evaluate(expression))
        value = checked(self.context, value, statement.type, expression.span, (), f"`{name}`")
        define(self.context, scope, statement.name, value)
        if statement.search is not None:
            self._search(statement, statement.search, value, scope)

    def _search(self, statement: tree.Let, search: tree.Call, default: object, scope: Scope) -> None:
        name = statement.name.text
        if scope is not self.context.root:
            help = "a library's values are fixed; move this `let` into the spec"
            self.context.error("E0205", statement.span, "`search` cannot stand in a library", help=help)
            return
        place = Place(f"/search/{name}")
        writer = Writer(self.context, scope)
        found = writer.object(search, ObjectOf("search"), place)
        if found is not None:
            inside = place.inside("default")
            found["default"] = writer.value(default, statement.value, ObjectOf("search"), inside)
            check_search(self.context, statement, search, found, overridden=name in self.context.overrides.given)
        self.searches[name] = found

    def _block(self, statement: tree.Statement, scope: Scope, folder: Path) -> None:
        assert isinstance(statement, tree.Block)
        self._types(statement.parameters)
        snapshot = scope.snapshot()
        define(self.context, scope, statement.name, BlockDefinition(statement, snapshot))

    def _extern(self, statement: tree.Statement, scope: Scope, folder: Path) -> None:
        assert isinstance(statement, tree.Extern)
        self._types(statement.parameters)
        target, declared = statement.target, declaration(statement, folder, self._base, self.context.files)
        name = key_of(statement.name.text, declared, self.externs)
        self.context.written(f"/extern/{name}", statement.name.span, statement.span)
        self.context.written(f"/extern/{name}/from", None, target.span)
        if EXTERN_TARGET.fullmatch(target.value) is None:
            message, help = "this does not name a class in a module", 'write `"module:Class"`, for example `"my_layers:GeM"`'
            self.context.error("E0901", target.span, message, label="no `module:Class`", help=help)
            self.context.hole(f"/extern/{name}")
        define(self.context, scope, statement.name, ExternDefinition(name, statement, scope.snapshot()))
        self.externs[name] = declared

    def _types(self, parameters: tuple[tree.Parameter, ...]) -> None:
        """A wrong type is reported where it is declared, whether or not the block is ever used."""
        seen: dict[str, Span] = {}
        for parameter in parameters:
            declared, name = parameter.type, parameter.name
            if declared is not None and declared.text not in TYPES:
                checked(self.context, 0, declared, declared.span, ())
            if name.text in seen:
                self.context.error("E0203", name.span, f"the parameter `{name.text}` stands twice", help="use another name")
            seen[name.text] = name.span

    # ------------------------------------------------------------ imports

    def _import(self, statement: tree.Statement, scope: Scope, folder: Path) -> None:
        assert isinstance(statement, tree.Import)
        library = self._library(statement.path, folder)
        define(self.context, scope, statement.alias, POISON if library is None else library)

    def _library(self, name: tree.String, folder: Path) -> Library | None:
        path = _locate(name.value, folder, self.context.files)
        if path is None:
            near = _near_file(folder / name.value)
            where = "the folder of this file" if folder == Path() else f"`{folder}`, the folder of this file"
            help = f"did you mean `{near}`?" if near else f"a path is relative to {where}"
            self.context.error("E0901", name.span, f"cannot find `{name.value}`", label="no such file", help=help)
            return None
        if path in self._libraries:
            return self._libraries[path]
        if path in self._open or len(self._open) > MAX_IMPORT_DEPTH:
            code, message, label = "E0907", f"imports are nested more than {MAX_IMPORT_DEPTH} deep", "one too many"
            help = "import what this file needs from it directly"
            if path in self._open:
                code, message, label = "E0901", "these files import each other", f"`{name.value}` is being read already"
                help = "move what both need into a third file, or into this one"
            self.context.error(code, name.span, message, label=label, help=help)
            return None
        source, problems = self.context.files.read(str(_shown(path)))
        self.context.diagnostics += problems
        if source is None:
            return None
        library = Library(name.value, self._read_library(source, path), source)
        self._libraries[path] = library
        return library

    def _read_library(self, source: Source, path: Path) -> Scope:
        file, problems = parse_source(source)
        self.context.diagnostics += problems
        check_version(self.context, file)
        scope = Scope()
        _note_later(file, scope)
        self._open.append(path)
        for statement in file.statements:
            if isinstance(statement, (*DEFINITIONS, tree.Version, tree.Broken)):
                self._top(statement, scope, path.parent)
            else:
                help = "a library holds only `let`, `block`, `extern` and `import`"
                self.context.error("E0904", statement.span, "this cannot stand in a library", help=help)
        self._open.pop()
        return scope

    HANDLERS: ClassVar[dict[type, Callable[[Loader, tree.Statement, Scope, Path], None]]] = {
        tree.Let: _let,
        tree.Block: _block,
        tree.Extern: _extern,
        tree.Import: _import,
    }


def check_version(context: Context, file: tree.File) -> None:
    """The first statement of every file is `cnn 1`."""
    first = next(iter(file.statements), None)
    versions = [statement for statement in file.statements if isinstance(statement, tree.Version)]
    for number, statement in enumerate(versions):
        if number:
            context.error("E0005", statement.span, "the version stands twice", label="second", help="delete this line")
        elif statement is not first:
            context.error("E0005", statement.span, "the version is the first line of a file", help="move this line to the top")
        if not number and statement.number.span.text != str(VERSION):
            label = f"this program reads version {VERSION}"
            context.error("E0005", statement.number.span, "unknown version of the language", label=label, help=f"write `cnn {VERSION}`")
    if versions:
        return
    if isinstance(first, tree.Broken):
        return
    span = first.span if first else Span(file.source, 0, 1)
    at = Span(file.source, span.start, span.start + 1)
    context.error("E0005", at, "the language version is missing", label="before this", help=f"write `cnn {VERSION}` as the first line")


def _note_later(file: tree.File, scope: Scope) -> None:
    scope.later.update({s.name.text: s.name.span for s in file.statements if isinstance(s, tree.Let | tree.Block | tree.Extern)})
    scope.later_blocks.update({s.name.text: s for s in file.statements if isinstance(s, tree.Block)})


def _locate(name: str, folder: Path, files: Files) -> Path | None:
    """A library beside the importing file, or among the specs that come with the program."""
    for base in (folder, specs_path()):
        path = base / name
        if name and files.is_file(path):
            return path.resolve()
    return None


def _near_file(path: Path) -> str | None:
    if not path.parent.is_dir():
        return None
    return nearest(path.name, [p.name for p in path.parent.iterdir() if p.suffix == ".cnn"])


def _shown(path: Path) -> Path:
    """The path relative to the working folder where that is shorter to read."""
    try:
        return path.relative_to(Path.cwd())
    except ValueError:
        return path
