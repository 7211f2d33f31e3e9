"""The tables of former names say what is true of the catalogue: what stands on their right exists, what stands on their left does not."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from cnnspec.catalogue import Catalogue, Entry, former, load_catalogue, torch
from cnnspec.catalogue import former_arguments as arguments
from cnnspec.catalogue import former_names as names
from tests.conftest import run_python

CATALOGUE: Catalogue = load_catalogue()
SECTIONS = [*CATALOGUE.names("section"), "model"]


def known(kind: str) -> list[str]:
    return [*CATALOGUE.names(kind), *CATALOGUE.aliases(kind)]


def section(name: str) -> Entry:
    entry = CATALOGUE.entry("section", name)
    assert entry is not None
    return entry


def takers(argument: str) -> list[Entry]:
    """Everything of Keras's that has an argument."""
    kinds = [kind for kind in CATALOGUE.kinds() if kind != "section"]
    entries = [entry for kind in kinds for name in CATALOGUE.names(kind) if (entry := CATALOGUE.entry(kind, name)) is not None]
    return [entry for entry in entries if entry.parameter(argument) is not None]


def pairs(table: Mapping[str, Mapping[str, tuple[str, str]]]) -> list[tuple[str, str, str]]:
    return [(kind, name, now) for kind, found in table.items() for name, (_, now) in found.items()]


# ------------------------------------------------------------------------------- names


@pytest.mark.parametrize(("kind", "name", "now"), pairs(names.RENAMED))
def test_a_former_name_leads_to_one_of_today(kind: str, name: str, now: str) -> None:
    assert now in known(kind)
    assert former.same_word(name, known(kind)) is None, "it is a name of today, or one that is spelled otherwise"
    assert name == name.lower(), "names are looked up in small letters"


@pytest.mark.parametrize(("kind", "name", "how"), pairs(names.EXPRESSED))
def test_a_name_that_is_said_otherwise_is_none_of_today(kind: str, name: str, how: str) -> None:
    present = next((entry for word in known(kind) if word.lower() == name and (entry := CATALOGUE.entry(kind, word))), None)
    assert present is None or present.code, "only what needs Python code is refused and has a name of today"
    assert name == name.lower()
    assert how


@pytest.mark.parametrize("name", names.SECTIONS)
def test_a_word_for_a_section_leads_to_one(name: str) -> None:
    assert names.SECTIONS[name] in SECTIONS
    assert former.same_word(name, SECTIONS) is None


@pytest.mark.parametrize(("place", "word", "now"), pairs(names.WORDS))
def test_a_word_leads_to_one_that_an_argument_takes(place: str, word: str, now: str) -> None:
    taken = list(CATALOGUE.identifiers(place)) or [word for entry in takers(place) for word in words_of(entry, place)]
    taken += [] if place != "precision" else words_of(section("run"), place)
    assert now in taken
    assert word not in taken
    assert word == word.lower()


def words_of(entry: Entry, argument: str) -> list[str]:
    parameter = entry.parameter(argument)
    assert parameter is not None
    return [part.strip('"i') for part in parameter.type.split(" | ") if part.startswith('"')]


# ------------------------------------------------------------------------------- arguments and settings


@pytest.mark.parametrize("name", arguments.RENAMED)
def test_a_former_argument_leads_to_one_that_something_has(name: str) -> None:
    for now in arguments.RENAMED[name][1].split():
        assert any(former.argument_of(entry, name) == former.Former(arguments.RENAMED[name][0], now=now) for entry in takers(now)), now


@pytest.mark.parametrize("name", arguments.RENAMED)
def test_a_former_argument_is_none_where_it_is_one_of_today(name: str) -> None:
    """`alpha` of `ELU` is `alpha`, `alpha` of `LeakyReLU` is `negative_slope`: nobody has both."""
    for entry in takers(name):
        assert not any(entry.parameter(now) for now in arguments.RENAMED[name][1].split()), entry.name


@pytest.mark.parametrize("owner", arguments.EXPRESSED)
def test_arguments_that_are_said_otherwise_belong_to_something(owner: str) -> None:
    entry = CATALOGUE.entry("layer", owner) or CATALOGUE.entry("loss", owner)
    assert entry is not None or owner in CATALOGUE.kinds()
    assert entry is None or not any(entry.parameter(name) for name in arguments.EXPRESSED[owner])


@pytest.mark.parametrize(("name", "now"), [(name, now) for name, found in arguments.SETTINGS.items() for now in found.values()])
def test_a_word_for_a_setting_leads_to_one(name: str, now: str) -> None:
    assert section(name).parameter(now) is not None


@pytest.mark.parametrize("table", [arguments.SETTINGS, arguments.SAID], ids=["renamed", "said"])
def test_no_word_for_a_setting_is_a_setting(table: Mapping[str, Mapping[str, str]]) -> None:
    for name, found in table.items():
        assert not [word for word in found if section(name).parameter(word)], name
        assert all(word == word.lower() for word in found)


def test_nothing_is_said_in_two_ways() -> None:
    for kind in names.RENAMED.keys() & names.EXPRESSED.keys():
        assert not names.RENAMED[kind].keys() & names.EXPRESSED[kind].keys()
    for place in names.WORDS.keys() & names.WORDS_EXPRESSED.keys():
        assert not names.WORDS[place].keys() & names.WORDS_EXPRESSED[place].keys()
    for name in arguments.SETTINGS.keys() & arguments.SAID.keys():
        assert not arguments.SETTINGS[name].keys() & arguments.SAID[name].keys()


def test_all_that_is_said_can_be_filled_in() -> None:
    """No brace is left over, and none is missing."""
    said = [how for table in (names.EXPRESSED, names.WORDS_EXPRESSED, arguments.EXPRESSED) for _, _, how in pairs(table)]
    said += [how for found in arguments.SAID.values() for how in found.values()]
    for how in said:
        _, _, help = former.Former("", how=how).words("name", "", "", value="3", owner="Owner", rate="0.1")
        assert "{{" not in help, how
        assert help.count("`") % 2 == 0, how


# ------------------------------------------------------------------------------- PyTorch


@pytest.mark.parametrize("name", torch.LAYERS)
def test_a_layer_of_pytorch_leads_to_one_with_these_arguments(name: str) -> None:
    layer = torch.LAYERS[name]
    entry = CATALOGUE.entry("layer", layer.now)
    assert entry is not None
    assert name not in known("layer"), "it has another name, or it would not stand here"
    assert [now for now in (*layer.arguments.values(), *layer.always) if now and entry.parameter(now) is None] == []


@pytest.mark.parametrize("name", torch.ACTIVATIONS)
def test_an_activation_of_pytorch_leads_to_one(name: str) -> None:
    assert torch.ACTIVATIONS[name] in CATALOGUE.identifiers("activation")


# ------------------------------------------------------------------------------- what is found


@pytest.mark.parametrize(
    ("kind", "name", "origin", "now"),
    [
        ("layer", "conv2d", former.SPELLING, "Conv2D"),
        ("layer", "max_pool_2d", former.SPELLING, "MaxPool2D"),
        ("layer", "LayerNormalisation", former.BRITISH, "LayerNormalization"),
        ("layer", "Deconvolution2D", "Keras 1", "Conv2DTranspose"),
        ("layer", "CuDNNLSTM", "Keras 2", "LSTM"),
        ("layer", "BatchNorm2d", "PyTorch", "BatchNormalization"),
        ("layer", "MaxPool", "", "MaxPooling2D"),
        ("constraint", "maxnorm", "Keras 1", "MaxNorm"),
        ("optimizer", "AdamOptimizer", "TensorFlow 1", "Adam"),
        ("source", "ImageFolder", former.SPELLING, "image_folder"),
    ],
)
def test_a_name_is_understood(kind: str, name: str, origin: str, now: str) -> None:
    assert former.name_of(kind, name, known(kind)) == former.Former(origin, now=now)


@pytest.mark.parametrize(
    ("layer", "argument", "now"),
    [
        ("Conv2D", "subsample", "strides"),
        ("Conv2D", "border_mode", "padding"),
        ("Conv2D", "init", "kernel_initializer"),
        ("Embedding", "init", "embeddings_initializer"),
        ("Dense", "output_dim", "units"),
        ("LeakyReLU", "alpha", "negative_slope"),
        ("Dense", "kernel_regulariser", "kernel_regularizer"),
        ("Dense", "useBias", "use_bias"),
        ("Conv2D", "num_outputs", "filters"),
        ("Dense", "num_outputs", "units"),
    ],
)
def test_an_argument_is_understood(layer: str, argument: str, now: str) -> None:
    entry = CATALOGUE.entry("layer", layer)
    assert entry is not None
    found = former.argument_of(entry, argument)
    assert found is not None
    assert found.now == now


@pytest.mark.parametrize("name", ["Conv2D", "Banana", "conv", ""])
def test_a_misspelling_is_no_former_name(name: str) -> None:
    assert former.same_word(name, ["Conv2D_", "conv2d", "Dense"]) is None


@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("kernel_regulariser", "kernel_regularizer"),
        ("BatchNormalisation", "BatchNormalization"),
        ("RandomColour", "RandomColor"),
        ("greyscale", "grayscale"),
        ("centre_crop", "center_crop"),
        ("dismiss", "dismiss"),
    ],
)
def test_american_spelling(word: str, written: str) -> None:
    assert former.american(word) == written


@pytest.mark.slow
@pytest.mark.parametrize("spec", ["resnet20_cifar10.cnn", "mnist_cnn.cnn"])
def test_a_spec_without_mistakes_loads_no_table(spec: str) -> None:
    code = f"import sys, cnnspec.compiler as c; print(c.check_file('specs/{spec}')[1], sorted(sys.modules))"
    result = run_python("-c", code)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("[] [")
    tables = [f"cnnspec.{name}" for name in ("catalogue.former", "catalogue.former_names", "catalogue.torch", "document.messages")]
    assert [name for name in tables if f"'{name}'" in result.stdout] == []
