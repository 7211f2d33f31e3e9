"""Where the files lie that come with the program: the grammar, the schema and the example specs.

They stand at the top of the repository, as `grammar/` and `specs/`, and a wheel carries them inside the package.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def grammar_path(name: str) -> Path:
    """The file `name` of `grammar/`, for example `cnn.lark` or `cnn.schema.json`."""
    return _folder("grammar") / name


def specs_path() -> Path:
    """The folder of the example specs; their library of blocks is its folder `lib`."""
    return _folder("specs")


def page_path(code: str) -> Path:
    """The page that explains `code`, a code of `codes.py`."""
    return _PACKAGE / "explain" / f"{code}.md"


def _folder(name: str) -> Path:
    """A folder inside the installed package, or beside it in a checkout (an editable install runs from one)."""
    packed = _PACKAGE / name
    return packed if packed.is_dir() else _PACKAGE.parent / name
