"""Which backend is chosen, in which words a bad one is refused, and that a broken one does not end in a traceback."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType

import pytest

from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document, Origin
from cnnspec.render import Look, render
from cnnspec.runtime.backend import choice as backend
from cnnspec.runtime.backend.choice import Choice, choose, keras_json
from cnnspec.runtime.backend.versions import Misfit, misfits
from cnnspec.source import Source, Span

Environ = dict[str, str]


@pytest.fixture
def home(tmp_path: Path) -> Environ:
    """An environment whose Keras settings are those of `tmp_path`: none."""
    return {"KERAS_HOME": str(tmp_path)}


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def only(*names: str) -> None:
        monkeypatch.setattr(backend, "is_installed", lambda name: name in names)

    only("tensorflow", "jax", "torch")
    return only


def spec(name: str | None) -> Document:
    text = f'run {{ backend = "{name}" }}'
    value = Span(Source("a.cnn", text), text.index('"'), text.rindex('"') + 1)
    run = {"backend": name} if name else {}
    return Document({"cnn": 1, "run": run}, "a.cnn", Path(), {"/run/backend": Origin(None, value)} if name else {})


def keras_says(environ: Environ, settings: str) -> None:
    Path(environ["KERAS_HOME"], "keras.json").write_text(settings, encoding="utf-8")


@pytest.mark.usefixtures("installed")
def test_the_strongest_place_decides(home: Environ) -> None:
    def chosen(option: str | None, document: Document | None, environ: Environ) -> tuple[str, str]:
        choice, refused = choose(option, document, environ)
        assert choice is not None, refused
        return choice.name, choice.reason

    variable = {**home, "KERAS_BACKEND": "torch"}
    assert chosen(None, None, home) == ("tensorflow", "it is the default")
    keras_says(home, json.dumps({"backend": "jax"}))
    assert chosen(None, None, home) == ("jax", f"Keras's own settings say so, in {keras_json(home)}")
    assert chosen(None, None, {**home, "KERAS_BACKEND": ""}) == ("jax", f"Keras's own settings say so, in {keras_json(home)}")
    assert chosen(None, None, variable) == ("torch", "the environment variable KERAS_BACKEND says so")
    assert chosen(None, spec("tensorflow"), variable) == ("tensorflow", "the spec says so in `run`")
    assert chosen(None, spec(None), variable) == ("torch", "the environment variable KERAS_BACKEND says so")
    assert chosen("jax", spec("tensorflow"), variable) == ("jax", "`--backend` says so")


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("settings", ["not json", "[1, 2]", "{}", '{"backend": null}'])
def test_settings_of_keras_that_say_nothing(home: Environ, settings: str) -> None:
    keras_says(home, settings)
    assert choose(None, None, home) == (Choice("tensorflow", "it is the default"), [])


def refusal(option: str | None, document: Document | None, environ: Environ) -> Diagnostic:
    choice, refused = choose(option, document, environ)
    assert choice is None
    [diagnostic] = refused
    return diagnostic


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("name", "message", "help"),
    [
        ("theano", "Keras 3 has dropped the backend Theano", "use `tensorflow`, `jax` or `torch`: write `--backend tensorflow`"),
        ("CNTK", "Keras 3 has dropped the backend CNTK", "use `tensorflow`, `jax` or `torch`: write `--backend tensorflow`"),
        (
            "numpy",
            "the backend `numpy` cannot train: Keras offers it for predictions alone",
            "use `tensorflow`, `jax` or `torch`: write `--backend tensorflow`",
        ),
        ("tf", "there is no backend `tf`", "did you mean `tensorflow`? write `--backend tensorflow`"),
        ("PyTorch", "there is no backend `PyTorch`", "did you mean `torch`? write `--backend torch`"),
        ("Jax", "there is no backend `Jax`", "did you mean `jax`? write `--backend jax`"),
        ("mxnet", "there is no backend `mxnet`", "use `tensorflow`, `jax` or `torch`: write `--backend tensorflow`"),
    ],
)
def test_a_backend_that_cannot_be_used(home: Environ, name: str, message: str, help: str) -> None:
    d = refusal(name, None, home)
    assert (d.code, d.message, d.help) == ("E1103", message, help)


@pytest.mark.usefixtures("installed")
def test_each_place_is_shown_and_says_how_it_is_changed(home: Environ) -> None:
    keras_says(home, '{\n  "backend": "theano"\n}')
    settings = keras_json(home)
    assert render(refusal(None, None, home), Look()) == (
        "error[E1103]: Keras 3 has dropped the backend Theano\n"
        f" --> {settings}:2:14\n"
        "  |\n"
        '2 |   "backend": "theano"\n'
        "  |              ^^^^^^^^ asked for here\n"
        "  |\n"
        '  = help: use `tensorflow`, `jax` or `torch`: write `"backend": "tensorflow"` in this file\n'
    )
    assert render(refusal(None, None, {**home, "KERAS_BACKEND": "theano"}), Look()) == (
        "error[E1103]: Keras 3 has dropped the backend Theano\n"
        " --> <environment>:1:15\n"
        "  |\n"
        "1 | KERAS_BACKEND=theano\n"
        "  |               ^^^^^^ asked for here\n"
        "  |\n"
        "  = help: use `tensorflow`, `jax` or `torch`: `export KERAS_BACKEND=tensorflow`\n"
    )
    assert render(refusal(None, spec("theano"), home), Look()) == (
        "error[E1103]: Keras 3 has dropped the backend Theano\n"
        " --> a.cnn:1:17\n"
        "  |\n"
        '1 | run { backend = "theano" }\n'
        "  |                 ^^^^^^^^ asked for here\n"
        "  |\n"
        '  = help: use `tensorflow`, `jax` or `torch`: write `backend = "tensorflow"`\n'
    )


def test_a_document_without_text_is_named(home: Environ) -> None:
    document = Document({"cnn": 1, "run": {"backend": "theano"}}, "m.json", Path())
    assert refusal(None, document, home).where == "m.json#/run/backend"


def test_a_backend_that_is_not_installed(home: Environ, installed: Callable[..., None]) -> None:
    installed("jax")
    d = refusal("torch", None, home)
    assert (d.code, d.message) == ("E1101", "the backend `torch` is not installed")
    assert d.help == (
        '`pip install torch`, or with cnnspec `pip install "cnnspec[torch]"`; or use `jax`, which is installed: write `--backend jax`'
    )
    d = refusal(None, None, home)
    assert (d.code, d.help) == ("E1101", "`pip install tensorflow`")


def test_where_keras_looks_for_its_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert keras_json({"KERAS_HOME": "~/k"}) == tmp_path / "k" / "keras.json"
    assert keras_json({}) == tmp_path / ".keras" / "keras.json"


FINE = MappingProxyType(
    {
        "python": "3.11.7",
        "keras": "3.15.1",
        "tensorflow": "2.21.0",
        "jax": "0.10.2",
        "jaxlib": "0.10.2",
        "torch": "2.13.0+cpu",
        "numpy": "2.4.6",
    }
)


@pytest.mark.parametrize(
    ("change", "backend", "begins"),
    [
        ({"keras": "2.15.0"}, None, "keras 2.15.0: "),
        ({"keras": "3.16.0"}, None, "keras 3.16.0: "),
        ({"tensorflow": "2.15.1", "numpy": "1.26.4"}, "tensorflow", "tensorflow 2.15.1: Keras 3 needs 2.16.1"),
        ({"tensorflow": "2.17.1"}, "tensorflow", "tensorflow 2.17.1 with numpy 2.4.6: "),
        ({"tensorflow": "2.19.0", "python": "3.13.1"}, "tensorflow", "tensorflow 2.19.0 with python 3.13.1: "),
        ({"torch": "2.2.2"}, "torch", "torch 2.2.2 with numpy 2.4.6: "),
        ({"jaxlib": "0.10.3"}, "jax", "jaxlib 0.10.3 with jax 0.10.2: "),
    ],
)
def test_versions_that_do_not_fit(change: dict[str, str], backend: str | None, begins: str) -> None:
    [found] = misfits({**FINE, **change})
    assert found.backend == backend
    assert found.text.startswith(begins)
    assert found.remedy.startswith("pip install ")


def test_versions_that_fit() -> None:
    assert misfits(FINE) == ()
    assert misfits({**FINE, "tensorflow": "2.17.1", "numpy": "1.26.4"}) == ()
    assert misfits({"python": "3.11.7"}) == ()


def test_only_fatal_misfits_stop_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    unfit = (Misfit("jax", "jax is too old", "pip install jax"), Misfit("torch", "torch is", "pip install torch"))
    monkeypatch.setattr(backend, "misfits", lambda versions: unfit)
    [refused] = backend.activate(Choice("jax", "the test says so"))
    assert (refused.code, refused.message, refused.help) == ("E1105", "jax is too old", "`pip install jax`")


START = """
import sys
from cnnspec.render import Look, render
from cnnspec.runtime.backend.choice import Choice, activate
for d in activate(Choice(sys.argv[1], "the test says so")):
    print(render(d, Look()), end="")
if "keras" in sys.modules:
    import keras
    print(keras.config.backend(), keras.config.image_data_format(), keras.config.floatx())
    keras.utils.set_random_seed(1)
    keras.Sequential([keras.Input((4, 4, 1)), keras.layers.RandomFlip(), keras.layers.Flatten()]).save("m.keras")
    keras.saving.load_model("m.keras")
    print(sorted({"tensorflow", "torch"} & set(sys.modules)))
"""


@pytest.mark.slow
def test_a_backend_starts_in_silence_and_loads_no_other(python: Callable, backend: str, tmp_path: Path) -> None:  # type: ignore[type-arg]
    (tmp_path / "keras.json").write_text('{"image_data_format": "channels_first", "floatx": "float16"}', encoding="utf-8")
    end = python("-c", START, backend, cwd=tmp_path, env={"KERAS_HOME": str(tmp_path)})
    assert end.stderr == ""
    assert end.stdout == f"{backend} channels_last float32\n{[backend] if backend != 'jax' else []}\n"


def test_a_broken_backend_is_explained_and_its_own_words_are_shown(python: Callable, tmp_path: Path, root: Path) -> None:  # type: ignore[type-arg]
    (tmp_path / "jax").mkdir()
    (tmp_path / "jax" / "__init__.py").write_text("import os; os.write(2, b'driver not found\\n'); import no_such_part", encoding="utf-8")
    end = python("-c", START, "jax", env={"PYTHONPATH": f"{tmp_path}:{root}", "KERAS_HOME": str(tmp_path)})
    assert end.stderr == "driver not found\n"
    assert end.stdout == (
        "error[E1102]: the backend `jax` is installed, but it does not start\n"
        "  = note: ModuleNotFoundError: No module named 'no_such_part'\n"
        "  = help: `pip install --upgrade --force-reinstall jax jaxlib`; `cnnspec doctor` shows what this machine has\n"
    )


def test_settings_that_keras_refuses_are_explained(python: Callable, tmp_path: Path) -> None:  # type: ignore[type-arg]
    (tmp_path / "keras.json").write_text('{"floatx": "int8"}', encoding="utf-8")
    end = python("-c", START, "jax", env={"KERAS_HOME": str(tmp_path)})
    assert end.stdout.startswith(f"error[E1102]: Keras refuses its own settings file\n --> {tmp_path}/keras.json\n")
    assert f"help: mend or delete `{tmp_path}/keras.json`" in end.stdout
