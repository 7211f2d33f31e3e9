"""How long an editor waits: the language server as a process, a spec that is typed in, and the time of each round trip.

    python tests/bench/lsp.py [FILE] [--rounds 200]

Each round changes a line of the model and waits for the diagnostics of that text, then asks for completions in the half-written line.
The exit status is 1 if the median of either is above the limit.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any

SPEC = Path(__file__).resolve().parents[2] / "specs" / "resnet20_cifar10.cnn"
LIMIT = 50
"""Milliseconds."""
TYPED = ("  Conv2D(", "  Con", "  Conv2D(32, ", "  Conv2D(32, pad", "  Conv2D(32, 3, padding=", "  [main, ")


class Editor:
    """A client that waits for each answer."""

    def __init__(self, path: Path) -> None:
        self.uri = path.resolve().as_uri()
        self.version = 0
        self.process = subprocess.Popen([sys.executable, "-m", "cnnspec", "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def start(self, text: str) -> None:
        snippets = {"textDocument": {"completion": {"completionItem": {"snippetSupport": True}}}}
        self.ask("initialize", {"processId": None, "rootUri": None, "capabilities": snippets})
        self.tell("initialized", {})
        document = {"uri": self.uri, "languageId": "cnn", "version": 0, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": document})
        self.diagnostics()

    def type(self, text: str) -> None:
        self.version += 1
        identifier = {"uri": self.uri, "version": self.version}
        self.tell("textDocument/didChange", {"textDocument": identifier, "contentChanges": [{"text": text}]})

    def diagnostics(self) -> list[Any]:
        """The diagnostics of the text as it is now."""
        while True:
            message = self.receive()
            if message.get("method") == "textDocument/publishDiagnostics" and message["params"]["version"] == self.version:
                found: list[Any] = message["params"]["diagnostics"]
                return found

    def complete(self, line: int, column: int) -> list[Any]:
        place = {"textDocument": {"uri": self.uri}, "position": {"line": line, "character": column}}
        items: list[Any] = self.ask("textDocument/completion", place)["items"]
        return items

    def stop(self) -> int:
        self.ask("shutdown", None)
        self.tell("exit", None)
        return self.process.wait(timeout=30)

    def ask(self, method: str, params: Any) -> Any:
        number = f"{method} {time.monotonic_ns()}"
        self.send({"id": number, "method": method, "params": params})
        while (message := self.receive()).get("id") != number:
            pass
        return message["result"]

    def tell(self, method: str, params: Any) -> None:
        self.send({"method": method, "params": params})

    def send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        length = 0
        while (header := self.process.stdout.readline()) != b"\r\n":
            if not header:
                raise SystemExit("the server ended")
            if header.lower().startswith(b"content-length:"):
                length = int(header.split(b":")[1])
        message: dict[str, Any] = json.loads(self.process.stdout.read(length))
        return message


def measure(path: Path, rounds: int) -> tuple[list[float], list[float]]:
    """The milliseconds of each round trip: of the diagnostics, and of the completions behind them."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("model ")) + 2
    editor, checks, completions = Editor(path), [], []
    editor.start(text)
    for turn in range(-10, rounds):  # the first ones warm up
        typed = TYPED[turn % len(TYPED)]
        changed = "\n".join([*lines[:at], typed, *lines[at:]]) + "\n"
        started = time.perf_counter()
        editor.type(changed)
        found = editor.diagnostics()
        checked = time.perf_counter()
        items = editor.complete(at, len(typed))
        completed = time.perf_counter()
        assert found and items, f"nothing came back for {typed!r}"
        if turn >= 0:
            checks.append(1000 * (checked - started))
            completions.append(1000 * (completed - checked))
    assert editor.stop() == 0
    return checks, completions


def line(name: str, times: Sequence[float]) -> str:
    return f"{name:<12} median {median(times):5.1f} ms   p90 {quantiles(times, n=10)[-1]:5.1f} ms   max {max(times):5.1f} ms"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=SPEC)
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args()
    checks, completions = measure(options.file, options.rounds)
    print(f"{options.file.name}, {options.rounds} rounds, limit {LIMIT} ms")
    print(line("diagnostics", checks))
    print(line("completion", completions))
    return int(max(median(checks), median(completions)) > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
