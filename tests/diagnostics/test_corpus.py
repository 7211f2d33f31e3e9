"""Every wrong spec of this folder is told what stands in it, no more and no less."""

from __future__ import annotations

import pytest

from tests.diagnostics.corpus import checked, expected, mark, place, specs, words


@pytest.mark.parametrize("name", specs())
def test_says_what_the_file_expects(name: str) -> None:
    diagnostics = checked(name)
    files = {name} | {d.span.source.path for d in diagnostics if d.span and d.span.source.path.endswith(".cnn")}
    wanted = {e.place: e for file in files for e in expected(file)}
    found = {place(d): d for d in diagnostics}
    assert len(found) == len(diagnostics), "one mistake is told twice"
    extra = [mark(d) for key, d in found.items() if key not in wanted]
    missing = [key for key in wanted if key not in found]
    assert not extra, "not expected:\n" + "\n".join(extra)
    assert not missing, f"missing: {missing}"
    for key, d in found.items():
        assert wanted[key].part in words(d), f"{key}: {words(d)}"
    assert wanted, "a wrong spec expects something"


@pytest.mark.parametrize("name", specs())
def test_every_error_says_what_to_write_instead(name: str) -> None:
    """By its help, or by what stands at the place itself."""
    for d in checked(name):
        assert d.help or d.label, f"{place(d)}: {words(d)}"
        assert len(d.message) < 160, d.message
