#!/usr/bin/python3
"""Law: no lambda that owns what it captures, and no braced value, in an expression with co_await; and no co_await in a condition.

gcc 12.2 destroys some temporaries of such an expression twice: a lambda whose captures have destructors
(`[x]`, `[x = …]`, `[=]`, `[*this]`) and an aggregate made in braces (`f({a, b})`, `f(T{a, b})`). Whether T is an aggregate
cannot be told from the text, so every braced value is refused. Name it on the line before, and pass the name.
`[&]`, `[&x]`, `[this]` and `[]` own nothing and are fine; so is the body of a lambda, which is a function of its own.

It also miscompiles `if (!co_await f()) co_return x;` (the frame is destroyed before its result is read). So the condition of `if`,
`while` or `for` and an operand of `!`, `&&` or `||` holds no co_await: await on the line before, and test the result.
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
_AWAIT = re.compile(r"\bco_await\b")
_CONDITION = re.compile(r"\b(if|while|for)\s*(?:constexpr\s*)?$")
_ASSIGNMENT = re.compile(r"[^=!<>]=(?!=)")


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


def unmatched_opening(code: str, at: int) -> tuple[int, int]:
    """The bracket that `at` stands in, and where the operand of `&&` and `||` around `at` begins. (-1, …): it stands in none of an expression."""
    depth, begin = 0, -1
    for offset in range(at - 1, -1, -1):
        character = code[offset]
        if character in ")]":
            depth += 1
        elif character in "([" and depth > 0:
            depth -= 1
        elif character in "([":
            return offset, max(begin, offset + 1)
        elif character in "{}" and depth == 0:
            return -1, max(begin, offset + 1)
        elif depth == 0 and begin < 0 and (character in ",;" or character == "=" and _ASSIGNMENT.match(code, offset - 1)):
            begin = offset + 1
    return -1, max(begin, 0)


def outside_brackets(code: str) -> str:
    """`code` without what stands in brackets."""
    kept, offset = "", 0
    while offset < len(code):
        kept += code[offset]
        offset = cpp_text.end_of_group(code, offset) + 1 if code[offset] in cpp_text.CLOSING else offset + 1
    return kept


def operand_of(code: str, begin: int, at: int, end: int) -> str | None:
    """The operator whose operand holds code[at:end]; `begin`: where the expression around it begins."""
    before = outside_brackets(code[begin:at])
    after = re.split(r"[,;?)\]}]", outside_brackets(code[end : end + 2000]))[0]
    found = re.search(r"!\s*$", before) or re.search(r"&&|\|\|", before) or re.search(r"&&|\|\|", after)
    return found[0].strip() if found else None


def condition_of(code: str, opening: int, at: int) -> str | None:
    """The word whose condition `at` stands in, when the bracket at `opening` belongs to `if`, `while` or `for`."""
    word = _CONDITION.search(code[:opening])
    if not word:
        return None
    inside = code[opening + 1 : cpp_text.end_of_group(code, opening)]
    before = outside_brackets(inside[: at - opening - 1]).count(";")
    all_of_it = outside_brackets(inside).count(";")
    if word[1] == "for":
        return "for" if before == 1 else None
    return word[1] if before == all_of_it else None


def tested_awaits(code: str) -> list[tuple[int, str]]:
    """Every co_await whose result decides where it stands, with what tests it."""
    found = []
    for match in _AWAIT.finditer(code):
        at, end = match.span()
        opening = at
        while opening >= 0:
            inner = opening
            opening, begin = unmatched_opening(code, inner)
            operator = operand_of(code, begin, inner, end)
            word = condition_of(code, opening, inner) if opening >= 0 else None
            if operator or word:
                found.append((match.start(), f"an operand of `{operator}`" if operator else f"the condition of `{word}`"))
                break
            end = cpp_text.end_of_group(code, opening) + 1
    return found


def check(tree: law.Tree) -> tuple[int, list[law.Finding]]:
    paths = [path for folder in ("src", "tests", "bench") for path in tree.files(folder, (".h", ".cpp"))]
    findings = []
    for path in paths:
        code = cpp_text.code_only(tree.read(path))
        findings += [law.Finding(path, law.line_of(code, at), f"{what} in a co_await expression is destroyed twice by gcc 12: "
                                 "name it on the line before, and pass the name") for at, what in Reader(code).read()]
        findings += [law.Finding(path, law.line_of(code, at), f"co_await in {what} is miscompiled by gcc 12: "
                                 "await on the line before, and test the result") for at, what in tested_awaits(code)]
    return len(paths), findings


if __name__ == "__main__":
    law.main("coawait", "files", check)
