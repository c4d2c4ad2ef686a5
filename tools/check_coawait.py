#!/usr/bin/python3
"""Law: no lambda that owns what it captures, and no braced value, in an expression with co_await.

gcc 12.2 destroys some temporaries of such an expression twice: a lambda whose captures have destructors
(`[x]`, `[x = …]`, `[=]`, `[*this]`) and an aggregate made in braces (`f({a, b})`, `f(T{a, b})`). Whether T is an aggregate
cannot be told from the text, so every braced value is refused. Name it on the line before, and pass the name.
`[&]`, `[&x]`, `[this]` and `[]` own nothing and are fine; so is the body of a lambda, which is a function of its own.
"""

import dataclasses
import re

import cpp_text
import law

_TOKEN = re.compile(r"\bco_await\b|\[\[|\]\]|[\[\](){};]")
# After these words, or where a statement begins, a `{` opens a block of statements.
_BLOCK_WORD = re.compile(r"(?:[):]|\b(?:else|do|try|mutable|noexcept|const|override|final))\s*$")
_BLOCK_HEAD = re.compile(r"\b(?:namespace|class|struct|union|enum)\b[^()=]*$|\bextern\s*\"\s*\"\s*$|\)[^()]*->\s*[\w:<>,\s&*]+$")
_CAPTURES = re.compile(r"\[[^\[\]]*\]\s*$")
# Before a `[` these make it an index or a structured binding; otherwise it begins a lambda.
_NOT_A_LAMBDA = re.compile(r"(?:\bauto\s*&{1,2}|(?<!\breturn)(?<!\bco_return)(?<!\bco_await)[\w)\]])\s*$")


@dataclasses.dataclass
class Statement:
    """What one expression, or the head of one `if` or `for`, holds; the body of a lambda in it holds its own."""

    awaits: bool = False
    problems: list[tuple[int, str]] = dataclasses.field(default_factory=list)  # offset, what


@dataclasses.dataclass(frozen=True)
class Open:
    kind: str  # `(` `[` `{` (a value) or `block`
    outside: Statement | None = None  # block in brackets: the statement that goes on behind it


def is_lambda(before: str) -> bool:
    """Whether a `[` after this text begins a lambda."""
    return not _NOT_A_LAMBDA.search(before)


def opens_block(before: str, inside: str) -> bool:
    """Whether a `{` opens a block. `before`: the text from the last `;` or brace; `inside`: kind of the bracket that it stands in."""
    if not before.strip():
        return inside == "block"
    captures = _CAPTURES.search(before)
    return bool(_BLOCK_WORD.search(before) or _BLOCK_HEAD.search(before) or captures and is_lambda(before[: captures.start()]))


def owning_capture(captures: str) -> str | None:
    """The first capture that owns: `x`, `x = …`, `=`, `*this`. None when all are references or `this`."""
    depth, parts = 0, [""]
    for character in captures:
        depth += {"(": 1, "[": 1, "{": 1, "<": 1, ")": -1, "]": -1, "}": -1, ">": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    names = [" ".join(part.split()) for part in parts]
    return next((name for name in names if name and name != "this" and not name.startswith("&")), None)


class Reader:
    """Cuts code into statements in one pass and collects the problems of those that await."""

    def __init__(self, code: str):
        self.code = code
        self.open: list[Open] = []
        self.statement = Statement()
        self.boundary = 0  # behind the last `;` or brace
        self.found: list[tuple[int, str]] = []

    def read(self) -> list[tuple[int, str]]:
        for match in _TOKEN.finditer(self.code):
            token, at = match.group(0), match.start()
            if token == "co_await":
                self.statement.awaits = True
            elif token in ("(", "["):
                self.open_bracket(token, at)
            elif token == "{":
                self.open_brace(at)
            elif token in (")", "]", "}"):
                self.close()
            if token == ";":
                self.end_statement()
            if token in ("{", "}", ";"):
                self.boundary = match.end()
        self.end_statement()
        return self.found

    def open_bracket(self, token: str, at: int) -> None:
        if token == "[" and is_lambda(self.code[self.boundary : at]):
            owned = owning_capture(self.code[at + 1 : cpp_text.end_of_group(self.code, at)])
            if owned:
                self.statement.problems.append((at, f"a lambda that owns `{owned}`"))
        self.open.append(Open(token))

    def open_brace(self, at: int) -> None:
        inside = self.open[-1].kind if self.open else "block"
        if not opens_block(self.code[self.boundary : at], inside):
            self.statement.problems.append((at, "a value in braces"))
            self.open.append(Open("{"))
        elif inside == "block":
            self.end_statement()
            self.open.append(Open("block"))
        else:
            self.open.append(Open("block", outside=self.statement))
            self.statement = Statement()

    def close(self) -> None:
        closed = self.open.pop() if self.open else Open("block")
        if closed.kind == "block":
            self.end_statement()
            self.statement = closed.outside or self.statement

    def end_statement(self) -> None:
        if self.statement.awaits:
            self.found += self.statement.problems
        self.statement = Statement()


def check(tree: law.Tree) -> tuple[int, list[law.Finding]]:
    paths = [path for folder in ("src", "tests", "bench") for path in tree.files(folder, (".h", ".cpp"))]
    findings = []
    for path in paths:
        code = cpp_text.code_only(tree.read(path))
        findings += [law.Finding(path, law.line_of(code, at), f"{what} in a co_await expression is destroyed twice by gcc 12: "
                                 "name it on the line before, and pass the name") for at, what in Reader(code).read()]
    return len(paths), findings


if __name__ == "__main__":
    law.main("coawait", "files", check)
