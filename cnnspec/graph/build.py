"""Document -> Graph, with every mistake that only the whole network shows: dangling references, shapes that do not fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from cnnspec.catalogue import load_catalogue
from cnnspec.diagnostics import Diagnostic, Label
from cnnspec.document.document import Document, Json, escape
from cnnspec.elaborate.values import EXTERN_TARGET
from cnnspec.graph.calling import Named, filled, mistake, references
from cnnspec.graph.graph import KINDS, Graph, Input, Kind, Node
from cnnspec.graph.origins import Made, Origins, Place, tensor_of
from cnnspec.graph.reading import highest_read, outputs_mistake
from cnnspec.shapes import UNKNOWN, Facts, Refusal, Shape, Tensor, agree, infer, known_from_both, show
from cnnspec.source import Span
from cnnspec.suggest import nearest


def build_graph(document: Document, *, partial: bool = False) -> tuple[Graph | None, list[Diagnostic]]:
    """The graph of a document, or None after errors; if `partial`, what is known of it. What is malformed was reported by the schema."""
    model = document.json.get("model")
    if not isinstance(model, Mapping):
        return None, []
    builder = _Builder(document)
    graph = builder.build(model)
    return (None if builder.failed and not partial else graph), builder.diagnostics


@dataclass(slots=True)
class _Builder:
    document: Document
    diagnostics: list[Diagnostic] = field(default_factory=list)
    made: dict[str, Made] = field(default_factory=dict)
    definitions: dict[str, Mapping[str, Json]] = field(default_factory=dict)
    failed: bool = False

    def build(self, model: Mapping[str, Json]) -> Graph:
        inputs = [self._input(item, f"/model/input/{i}") for i, item in enumerate(_list(model.get("input")))]
        nodes = [self._node(item, f"/model/layers/{i}") for i, item in enumerate(_list(model.get("layers")))]
        outputs = _list(model.get("output"))
        for i, reference in enumerate(outputs):
            self._known(reference, f"/model/output/{i}")
        self._read([node for node in nodes if node], [reference for reference in outputs if isinstance(reference, str)])
        if not outputs and "/model/output" not in self.document.holes:
            self._error("E0502", "/model/output", "the model has no output", help='name it in "output"')
        return Graph(
            str(model.get("name", "model")),
            tuple(i for i in inputs if i),
            tuple(n for n in nodes if n),
            tuple(str(reference) for reference in outputs),
            self._externs({node.layer for node in nodes if node and node.kind == "extern"}),
        )

    # ------------------------------------------------------------ parts

    def _input(self, item: Json, pointer: str) -> Input | None:
        if not isinstance(item, Mapping) or not isinstance(item.get("name"), str) or not isinstance(item.get("shape"), list):
            self.failed = True
            return None
        found = Input(item["name"], tuple(item["shape"]), str(item.get("dtype", "float32")), pointer)
        self._register(found.name, found, pointer)
        return found

    def _node(self, item: Json, pointer: str) -> Node | None:
        kind: Kind | None = next((k for k in KINDS if isinstance(item, Mapping) and isinstance(item.get(k), str)), None)
        if kind is None or not isinstance(item.get("name"), str):
            self.failed = True
            return None
        inputs = [reference for i, reference in enumerate(_list(item.get("inputs"))) if self._known(reference, f"{pointer}/inputs/{i}")]
        call = self._passed(item.get("call"), f"{pointer}/call")
        if kind == "reuse" and item["reuse"] not in self.definitions:
            self._no_instance(item["reuse"], pointer)
        self._wiring(item, kind, inputs, call, pointer)
        declared = tuple(item["shape"]) if isinstance(item.get("shape"), list) else None
        facts = self._facts(item, kind, inputs, call, declared, pointer)
        arguments = item.get("arguments") if isinstance(item.get("arguments"), Mapping) else {}
        node = Node(item["name"], kind, item[kind], arguments, tuple(inputs), call, declared, facts, pointer)
        if kind != "reuse":
            self.definitions[node.name] = item
        self._register(node.name, node, pointer)
        return node

    def _register(self, name: str, made: Made, pointer: str) -> None:
        if name in self.made:
            self._error("E0203", pointer, f"the name `{name}` stands twice in the model", help="give one of them another name")
        self.made[name] = made

    def _known(self, reference: Json, pointer: str) -> bool:
        """Whether a reference leads to something above."""
        name = reference.partition(":")[0] if isinstance(reference, str) else ""
        if name in self.made:
            return True
        if isinstance(reference, str):
            near = nearest(name, self.made)
            help = f"did you mean `{near}`?" if near else "a layer reads what stands above it"
            self._error("E0201", pointer, f"there is no tensor `{reference}` here", help=help)
        self.failed = True
        return False

    def _passed(self, call: Json, pointer: str) -> dict[str, Named]:
        """What is passed by name, as far as it is known."""
        given = call if isinstance(call, Mapping) else {}
        named: dict[str, Named] = {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
        unknown = {key for key in named for name in references({key: named[key]}) if not self._known(name, f"{pointer}/{key}")}
        return {key: value for key, value in named.items() if key not in unknown}

    def _no_instance(self, name: str, pointer: str) -> None:
        near = nearest(name, self.definitions)
        self._error("E0201", pointer, f"there is no layer `{name}` to use again", help=f"did you mean `{near}`?" if near else None)

    def _read(self, nodes: list[Node], outputs: list[str]) -> None:
        """Whether each line names as many tensors as its layer gives."""
        read = highest_read(nodes, outputs)
        for node in nodes:
            if node.facts is UNKNOWN or None in node.facts.outputs or node.pointer in self.document.holes:
                continue
            made = self.made.get(node.layer) if node.kind == "reuse" else node
            what = made.layer if isinstance(made, Node) else node.layer
            wrong = outputs_mistake(what, len(node.facts.outputs), read.get(node.name, 0))
            if wrong is not None:
                self._error(wrong.code, node.pointer, wrong.message, help=wrong.help)

    def _externs(self, called: set[str]) -> dict[str, str]:
        """Where the extern layers that are called lie."""
        declared = self.document.json.get("extern")
        found: dict[str, str] = {}
        for name in sorted(called):
            pointer = f"/extern/{escape(name)}"
            if pointer in self.document.holes:
                continue
            declaration = declared.get(name) if isinstance(declared, Mapping) else None
            target = declaration.get("from") if isinstance(declaration, Mapping) else None
            if isinstance(target, str) and EXTERN_TARGET.fullmatch(target):
                found[name] = target
            else:
                self._error("E0901", pointer, f"`{name}` does not name a class in a module", help='write "module:Class"')
        return found

    def _wiring(self, item: Mapping[str, Json], kind: Kind, inputs: list[str], named: Mapping[str, Named], pointer: str) -> None:
        """Several tensors need a layer that reads several; tensors by name must be known to it."""
        if pointer in self.document.holes or kind == "extern":
            return
        definition = self.definitions.get(item["reuse"], item) if kind == "reuse" else item
        name = str(definition.get("layer") or definition.get("application"))
        entry = load_catalogue().entry("layer", name) or load_catalogue().entry("application", name)
        if entry is None:
            return
        if len(inputs) > 1 and entry.inputs == "one":
            help = f"merge them first: `[a, b] -> Concatenate() -> {name}(...)`"
            self._error("E0506", pointer, f"`{name}` reads one tensor, not {len(inputs)}", label="too many tensors", help=help)
        for key, value in named.items():
            wrong = mistake(entry, key, value)
            if wrong is not None:
                self._error(wrong.code, f"{pointer}/call/{key}", wrong.message, label=wrong.label, help=wrong.help)

    # ------------------------------------------------------------ shapes

    def tensor(self, reference: str) -> Tensor | None:
        """A tensor, None where nothing is known of it."""
        return tensor_of(self.made, reference)

    @property
    def policy(self) -> str:
        """The precision in which the layers compute that name none."""
        run = self.document.json.get("run")
        return str(run.get("precision", "float32")) if isinstance(run, Mapping) else "float32"

    def _facts(
        self, item: Mapping[str, Json], kind: Kind, inputs: list[str], call: Mapping[str, Named], declared: Shape | None, pointer: str
    ) -> Facts:
        if pointer in self.document.holes:
            return _declared(UNKNOWN, declared)
        definition = self.definitions.get(item["reuse"], item) if kind == "reuse" else item
        named = filled(call, self.tensor, tuple)
        found = infer(definition, [self.tensor(reference) for reference in inputs], named, self.policy)
        if isinstance(found, Facts) and kind == "reuse":
            found = self._again(item["reuse"], found, inputs, pointer)
        if isinstance(found, Refusal):
            self._refused(found, [*inputs, *references(call)], pointer)
            return _declared(UNKNOWN, declared)
        if declared is not None and len(found.outputs) == 1 and (output := found.outputs[0]) and not agree(declared, output.shape):
            self._not_declared(declared, output.shape, inputs, pointer)
            return found
        return _declared(found, declared)

    def _again(self, name: str, found: Facts, inputs: list[str], pointer: str) -> Facts:
        """A second call of an instance: its weights are those of the first."""
        first = self.made.get(name)
        before = first.facts.weights if isinstance(first, Node) else None
        if not isinstance(first, Node) or before is None or found.weights is None or before == found.weights:
            return found
        old, new = next((a, b) for a, b in zip(before, found.weights, strict=False) if a != b)
        message = f"the shared layer `{name}` has a {old.name} of {show(old.shape)}, for this call it would be {show(new.shape)}"
        refusal = Refusal("E0601", message, "called here", "bring both inputs to one shape, or use a layer of its own here")
        read = self.tensor(first.inputs[0])
        called = f"first called with {show(read.shape if read else None)}"
        made = self._origins(pointer).at(first.name, called, f"was {called}")
        self._refused(refusal, inputs, pointer, [made] if made else [])
        return UNKNOWN

    def _refused(self, refusal: Refusal, tensors: Sequence[str], pointer: str, also: Sequence[Place] = ()) -> None:
        places = list(also)
        if refusal.code.startswith("E06"):
            places += self._origins(pointer).changes(tensors, unfixed=refusal.code == "E0605")
        self._error(refusal.code, pointer, refusal.message, label=refusal.label, help=refusal.help, places=places)

    def _not_declared(self, declared: Shape, found: Shape, inputs: list[str], pointer: str) -> None:
        origin = self.document.origins.get(f"{pointer}/shape")
        places = self._origins(pointer).changes(inputs)
        layer = self._span(pointer)
        if layer is not None:
            places.append(Label(layer, f"gives {show(found)}"))
        self._error(
            "E0602",
            pointer,
            f"this line says {show(declared)}, the layer gives {show(found)}",
            span=origin.value if origin else None,
            label="declared here",
            places=places,
            help=f"write `{show(found)}`, or change the layer",
        )

    def _origins(self, pointer: str) -> Origins:
        return Origins(self.document, self.made, pointer)

    # ------------------------------------------------------------ messages

    def _span(self, pointer: str) -> Span | None:
        origin = self.document.origin(pointer)
        return origin.value if origin else None

    def _error(
        self,
        code: str,
        pointer: str,
        message: str,
        *,
        span: Span | None = None,
        label: str = "",
        places: Sequence[Place] = (),
        help: str | None = None,
    ) -> None:
        self.failed = True
        origin = self.document.origin(pointer)
        span = span or (origin.value if origin else None)
        self.diagnostics.append(
            Diagnostic(
                code=code,
                message=message,
                span=span,
                where=None if span else f"{self.document.path}: at {pointer}",
                label=label,
                labels=tuple(place for place in places if isinstance(place, Label)),
                notes=(*(place for place in places if isinstance(place, str)), *(origin.notes if origin else ())),
                help=help,
            )
        )


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _declared(found: Facts, declared: Shape | None) -> Facts:
    """What is known from both: `?` in the column is filled by the inference, and the other way round."""
    if declared is None:
        return found
    return replace(found, outputs=(known_from_both(declared, found.outputs[0]), *found.outputs[1:]))
