"""`cnnspec diff`: what it prints, its exit status, and where its two sides may come from."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cnnspec.cli.main import main
from cnnspec.revisions import read_revision, split_revision

Run = Callable[..., "subprocess.CompletedProcess[str]"]

LIBRARY = """\
cnn 1

block unit(filters: int) {
  input x
  Conv2D(filters, 3, padding="same")
  ReLU()
}
"""
SPEC = """\
cnn 1

import "lib/blocks.cnn" as blocks

model net {
  input image: (28, 28, 1)
  Rescaling(1 / 255)
  blocks.unit(8)
  MaxPooling2D(2)
  blocks.unit(16)
  Flatten()
  Dropout(20%)
  Dense(10) as digit
}

train {
  epochs = 10
  optimizer = Adam(learning_rate=1e-3)
}
"""
NEXT_LIBRARY = LIBRARY.replace("filters, 3", "filters, 5")
NEXT_SPEC = (
    SPEC.replace("  MaxPooling2D(2)\n", "")
    .replace("  Flatten()", "  BatchNormalization()\n  Flatten()")
    .replace("20%", "30%")
    .replace("epochs = 10", "epochs = 20\n  clip = 1.0")
)
TYPO = SPEC.replace("Dropout", "Dropuot")

TOLD = """\
old/net.cnn -> new/net.cnn

network
  ~ Conv2D in block unit, 2 times: kernel_size 3 -> 5  (new/lib/blocks.cnn:5, called from new/net.cnn:8, new/net.cnn:9)
  - max_pooling2d_1: MaxPooling2D(2)  (old/net.cnn:9)
  + batch_normalization_1: BatchNormalization()  (new/net.cnn:10)
  ~ dropout_1 (Dropout): rate 20% -> 30%  (new/net.cnn:12)
  4 layers give another shape, the first is unit_2__conv2d_1: (14, 14, 16) -> (28, 28, 16)  (new/lib/blocks.cnn:5)

settings
  ~ train.epochs: 10 -> 20  (new/net.cnn:17)
  ~ train.clip: None (the default) -> 1.0  (new/net.cnn:18)

parameters 32,618 -> 128,938 (+295.3%)
trainable 32,618 -> 128,906 (+295.2%)
MACs 323 k -> 2.82 M (+773.8%)
activations 42.9 KiB -> 123 KiB (+185.5%)

6 changes
"""


def write(folder: Path, spec: str, library: str) -> None:
    (folder / "lib").mkdir(parents=True, exist_ok=True)
    (folder / "net.cnn").write_text(spec, encoding="utf-8")
    (folder / "lib" / "blocks.cnn").write_text(library, encoding="utf-8")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "old", SPEC, LIBRARY)
    write(tmp_path / "new", NEXT_SPEC, NEXT_LIBRARY)
    return tmp_path


def test_the_whole_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "old/net.cnn", "new/net.cnn"]) == 1
    assert capsys.readouterr() == (TOLD, "")


def test_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    Path("other.cnn").write_text((SPEC + "# the end\n").replace("lib/", "old/lib/"), encoding="utf-8")
    assert main(["diff", "old/net.cnn", "other.cnn"]) == 0
    assert capsys.readouterr() == ("old/net.cnn -> other.cnn: the same network and training\n", "")


def test_the_page_shows_the_text_as_it_is(root: Path) -> None:
    page = (root / "docs" / "diff.md").read_text(encoding="utf-8")
    assert TOLD.replace("old/net.cnn", "old.cnn").replace("new/net.cnn", "new.cnn").replace("new/lib", "lib") in page


# ---------------------------------------------------------------- JSON


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "old/net.cnn", "new/net.cnn", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["before"], found["after"], found["same"]) == ("old/net.cnn", "new/net.cnn", False)
    assert found["diagnostics"] == [{"file": "old/net.cnn", "diagnostics": []}, {"file": "new/net.cnn", "diagnostics": []}]
    facts = [(c["action"], c["subject"], c["name"], c["names"], c["path"], c["line"]) for c in found["changes"]]
    names = ["unit_1__conv2d_1", "unit_2__conv2d_1"]
    assert facts == [
        ("changed", "layer", "unit_1__conv2d_1", names, "new/lib/blocks.cnn", 5),
        ("removed", "layer", "max_pooling2d_1", ["max_pooling2d_1"], "old/net.cnn", 9),
        ("added", "layer", "batch_normalization_1", ["batch_normalization_1"], "new/net.cnn", 10),
        ("changed", "layer", "dropout_1", ["dropout_1"], "new/net.cnn", 12),
        ("changed", "setting", "train.epochs", [], "new/net.cnn", 17),
        ("changed", "setting", "train.clip", [], "new/net.cnn", 18),
    ]
    assert found["counts"] == [
        {"quantity": "params", "before": 32_618, "after": 128_938},
        {"quantity": "trainable_params", "before": 32_618, "after": 128_906},
        {"quantity": "macs", "before": 323_018, "after": 2_822_410},
        {"quantity": "activation_bytes", "before": 43_944, "after": 125_480},
    ]
    block = found["changes"][0]["block"]
    assert (block["name"], [call["line"] for call in block["calls"]]) == ("unit", [8, 9])
    assert found["changes"][0]["details"] == [
        {
            "what": "kernel_size",
            "before": {"value": 3, "text": "3", "note": None},
            "after": {"value": 5, "text": "5", "note": None},
            "times": 2,
        }
    ]
    assert found["changes"][3]["details"][0]["before"] == {"value": 0.2, "text": "20%", "note": None}
    assert found["changes"][5]["details"][0]["before"] == {"value": None, "text": "None", "note": "the default"}
    assert [shape["name"] for shape in found["shapes"]] == ["unit_2__conv2d_1", "unit_2__re_lu_1", "flatten_1", "dropout_1"]
    assert (found["shapes"][0]["before"], found["shapes"][0]["after"]) == ([[14, 14, 16]], [[28, 28, 16]])
    assert found["outputs"] == []


def test_json_of_the_same_and_of_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    Path("bad.cnn").write_text(TYPO.replace("lib/", "old/lib/"), encoding="utf-8")
    assert main(["diff", "old/net.cnn", "old/net.cnn", "--json"]) == 0
    same = json.loads(capsys.readouterr().out)
    assert (same["same"], same["changes"], same["shapes"]) == (True, [], [])
    assert main(["diff", "old/net.cnn", "bad.cnn", "--json"]) == 1
    bad = json.loads(capsys.readouterr().out)
    assert (bad["same"], bad["changes"]) == (None, [])
    assert [[d["code"] for d in side["diagnostics"]] for side in bad["diagnostics"]] == [[], ["E0301"]]


def test_the_page_names_every_key_of_the_json(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = (root / "docs" / "diff.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+)`", "\n".join(line for line in page.splitlines() if line.startswith("|"))))
    main(["diff", "old/net.cnn", "new/net.cnn", "--json"])
    found = json.loads(capsys.readouterr().out)
    change = found["changes"][0]
    assert {*found, *change, *change["details"][0], *change["details"][0]["before"], *change["block"], *found["shapes"][0]} <= named


# ---------------------------------------------------------------- the two sides


def test_mistakes_of_both_sides_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    Path("bad.cnn").write_text(TYPO.replace("lib/", "old/lib/"), encoding="utf-8")
    assert main(["diff", "missing.cnn", "bad.cnn"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert re.findall(r"error\[(E\d+)\].*\n *--> (\S+)", err) == [("E0001", "missing.cnn"), ("E0301", "bad.cnn:12:3")]
    assert "help: did you mean `Dropout`?" in err


def test_standard_input_and_documents(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "old/net.cnn", "--emit", "document", "-o", "net.json"]) == 0
    assert main(["diff", "net.json", "old/net.cnn"]) == 0
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(SPEC.replace("lib/", "old/lib/").replace("20%", "30%").encode())))
    capsys.readouterr()
    assert main(["diff", "net.json", "-"]) == 1
    assert "~ dropout_1 (Dropout): rate 0.2 -> 30%  (<stdin>:12)\n" in capsys.readouterr().out
    assert main(["diff", "-", "-"]) == 2
    assert "standard input can be read once" in capsys.readouterr().err


def test_a_change_in_a_document_has_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("old", "new"):
        assert main(["compile", f"{name}/net.cnn", "--emit", "document", "-o", f"{name}.json"]) == 0
    assert main(["diff", "old.json", "new.json"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[3:5] == [
        "  ~ unit_1__conv2d_1 and 1 more (Conv2D): kernel_size 3 -> 5  (new.json: at /model/layers/1)",
        "  - max_pooling2d_1: MaxPooling2D(pool_size=2)  (old.json: at /model/layers/3)",
    ]


def test_two_sides_are_needed(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["old/net.cnn"], ["a.cnn", "b.cnn", "c.cnn"]):
        assert main(["diff", *arguments]) == 2
        assert capsys.readouterr().err.startswith("cnnspec diff: ")


def test_a_path_in_a_document_leads_to_the_same_file_from_elsewhere() -> None:
    Path("deep").mkdir()
    Path("old/data.cnn").write_text(SPEC + 'data { source = npz("x.npz") }\n', encoding="utf-8")
    assert main(["compile", "old/data.cnn", "--emit", "document", "-o", "deep/data.json"]) == 0
    assert "../old/x.npz" in Path("deep/data.json").read_text(encoding="utf-8")
    assert main(["diff", "old/data.cnn", "deep/data.json"]) == 0


@pytest.mark.parametrize("colour", [True, False])
@pytest.mark.slow
def test_colour_on_a_terminal_alone(python: Run, folder: Path, colour: bool) -> None:
    pty = pytest.importorskip("pty", reason="this system has no pseudo terminals")
    ours, theirs = pty.openpty()
    env = {"TERM": "xterm", **({} if colour else {"NO_COLOR": "1"})}
    python("-m", "cnnspec", "diff", "old/net.cnn", "new/net.cnn", cwd=folder, env=env, stdout=theirs)
    os.close(theirs)
    with open(ours, "rb", buffering=0) as terminal:  # noqa: PTH123 (a descriptor)
        text = terminal.read(65536)
    assert (b"\x1b[32m  + batch" in text) == (b"\x1b[31m  - max" in text) == (b"\x1b[" in text) == colour


@pytest.mark.slow
def test_no_framework_is_loaded(python: Run, folder: Path) -> None:
    program = "import json, sys; from cnnspec.cli.main import main; print(json.dumps([main(sys.argv[1:]), [*sys.modules]]))"
    end = python("-c", program, "diff", "old/net.cnn", "new/net.cnn", cwd=folder)
    status, modules = json.loads(end.stdout.splitlines()[-1])
    assert status == 1
    assert {"keras", "tensorflow", "jax", "torch", "numpy", "rich"} & set(modules) == set()


# ---------------------------------------------------------------- git


@pytest.mark.parametrize(
    ("argument", "parts"),
    [
        ("HEAD~1:net.cnn", ("HEAD~1", "net.cnn")),
        (":net.cnn", ("", "net.cnn")),
        ("HEAD@{2026-01-01 10:00}:a/net.cnn", ("HEAD@{2026-01-01 10:00}", "a/net.cnn")),
        ("HEAD^{/fix: all}:net.cnn", ("HEAD^{/fix: all}", "net.cnn")),
        ("HEAD:a:b.cnn", ("HEAD", "a:b.cnn")),
        ("net.cnn", None),
        ("-", None),
        ("HEAD:", None),
        ("here:net.cnn", None),
    ],
)
def test_what_is_a_revision(argument: str, parts: tuple[str, str] | None) -> None:
    Path("here:net.cnn").touch()
    assert split_revision(argument) == parts


def git(*words: str) -> None:
    identity = ["-c", "user.name=tester", "-c", "user.email=tester@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *words], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two commits: what `old` holds, and what `new` holds. A library of the first is gone in the second."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    top = tmp_path / "repository"
    specs = top / "specs"
    write(specs, SPEC, LIBRARY)
    monkeypatch.chdir(top)
    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "first")
    (specs / "lib" / "blocks.cnn").rename(specs / "lib" / "units.cnn")
    (specs / "lib" / "units.cnn").write_text(NEXT_LIBRARY, encoding="utf-8")
    (specs / "net.cnn").write_text(NEXT_SPEC.replace("lib/blocks", "lib/units"), encoding="utf-8")
    git("add", ".")
    git("commit", "-q", "-m", "second")
    monkeypatch.chdir(specs)
    return top


@pytest.mark.slow
@pytest.mark.parametrize("after", ["net.cnn", "HEAD:net.cnn", ":net.cnn"])
def test_two_revisions(repository: Path, after: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "HEAD~1:net.cnn", after]) == 1
    prefix = after.removesuffix("net.cnn")
    told = TOLD.replace("new/lib/blocks", "new/lib/units").replace("old/", "HEAD~1:").replace("new/", prefix)
    assert capsys.readouterr() == (told, "")


@pytest.mark.slow
def test_a_revision_from_elsewhere(repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "HEAD:net.cnn", "net.cnn"]) == 0
    monkeypatch.chdir(repository)
    assert main(["diff", "HEAD:specs/net.cnn", "specs/net.cnn"]) == 0
    monkeypatch.chdir(repository.parent)
    assert main(["diff", "HEAD:repository/specs/net.cnn", str(repository / "specs" / "net.cnn")]) == 0
    assert main(["diff", f"HEAD~1:{repository}/specs/net.cnn", "HEAD:repository/specs/net.cnn"]) == 1
    assert f"  - max_pooling2d_1: MaxPooling2D(2)  (HEAD~1:{repository}/specs/net.cnn:9)\n" in capsys.readouterr().out


@pytest.mark.slow
def test_in_a_hook(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_PREFIX", "specs/")
    assert main(["diff", "HEAD:net.cnn", ":net.cnn"]) == 0
    assert main(["diff", "HEAD~1:net.cnn", "net.cnn"]) == 1


@pytest.mark.slow
def test_what_is_staged_and_not_saved_again(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("net.cnn").write_text(Path("net.cnn").read_text(encoding="utf-8").replace("30%", "40%"), encoding="utf-8")
    assert main(["diff", "HEAD:net.cnn", ":net.cnn"]) == 0
    git("add", ".")
    assert main(["diff", ":net.cnn", "net.cnn"]) == 0
    capsys.readouterr()
    assert main(["diff", "HEAD:net.cnn", ":net.cnn"]) == 1
    assert "  ~ dropout_1 (Dropout): rate 30% -> 40%  (:net.cnn:12)\n" in capsys.readouterr().out


@pytest.mark.slow
def test_code_in_python_is_that_of_its_revision(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("code.cnn").write_text('cnn 1\nextern F() from "mine:F"\nmodel m {\n  input v: (4,)\n  F(): (4,)\n}\n', encoding="utf-8")
    Path("mine.py").write_text("class F: pass\n", encoding="utf-8")
    git("add", ".")
    git("commit", "-q", "-m", "code")
    assert main(["diff", "HEAD:code.cnn", "code.cnn"]) == 0
    Path("mine.py").write_text("class F: x = 1\n", encoding="utf-8")
    capsys.readouterr()
    assert main(["diff", "HEAD:code.cnn", "code.cnn"]) == 1
    assert "\n  ~ extern.F.sha256: " in capsys.readouterr().out


@pytest.mark.slow
def test_mistakes_in_a_revision_have_their_place_there(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("net.cnn").write_text(TYPO.replace("lib/blocks", "lib/units"), encoding="utf-8")
    git("commit", "-q", "-a", "-m", "a typo")
    assert main(["diff", "HEAD:net.cnn", "HEAD~1:net.cnn"]) == 1
    assert " --> HEAD:net.cnn:12:3\n" in capsys.readouterr().err


REFUSED = [
    ("HEAD~9:net.cnn", "git knows no revision `HEAD~9`", "`git log --oneline` lists the revisions"),
    ("releas:net.cnn", "git knows no revision `releas`", "did you mean `release`?"),
    ("HEAD~1:nets.cnn", "there is no file `nets.cnn` in `HEAD~1`", "did you mean `HEAD~1:net.cnn`?"),
    ("HEAD:specs/net.cnn", "there is no file `specs/net.cnn` in `HEAD`", "did you mean `HEAD:net.cnn`?"),
    (":nets.cnn", "there is no file `nets.cnn` among the staged files", "did you mean `:net.cnn`?"),
    ("HEAD:lib", "there is no file `lib` in `HEAD`", "the path is relative to the folder where you are"),
    ("HEAD:gone/away/x.cnn", "there is no file `gone/away/x.cnn` in `HEAD`", "the path is relative to the folder where you are"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("side", "message", "help"), REFUSED, ids=[side for side, _, _ in REFUSED])
def test_what_git_does_not_have(repository: Path, side: str, message: str, help: str, capsys: pytest.CaptureFixture[str]) -> None:
    git("branch", "release")
    assert main(["diff", "--json", "--", side, "net.cnn"]) == 1
    (found,) = json.loads(capsys.readouterr().out)["diagnostics"][0]["diagnostics"]
    assert (found["code"], found["message"], found["where"], found["help"]) == ("E0008", message, side, help)


@pytest.mark.slow
def test_a_revision_is_never_an_option_of_git(repository: Path) -> None:
    assert [d.message for d in read_revision("--all", "net.cnn")[1]] == ["git knows no revision `--all`"]


@pytest.mark.slow
def test_a_folder_outside_of_any_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert main(["diff", "HEAD:old/net.cnn", "old/net.cnn"]) == 1
    assert f"error[E0008]: the folder `{tmp_path}/old` is in no git repository\n" in capsys.readouterr().err


@pytest.mark.slow
def test_a_large_or_binary_file_of_a_revision(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("large.cnn").write_text("# data\n" * 2**20, encoding="utf-8")
    Path("binary.cnn").write_bytes(b"PK\x03\x04" + bytes(100))
    git("add", ".")
    git("commit", "-q", "-m", "files")
    assert main(["diff", "HEAD:large.cnn", "HEAD:binary.cnn"]) == 1
    assert re.findall(r"error\[(E\d+)\].*\n *--> (\S+)", capsys.readouterr().err) == [
        ("E0003", "HEAD:large.cnn"),
        ("E0002", "HEAD:binary.cnn"),
    ]
