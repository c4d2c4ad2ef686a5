#!/usr/bin/python3
"""Law: no file over 500 lines, no C++ function over 60.

Files: .h .cpp .py .sh below src, tests, bench and tools, and the script dev. (Scenarios are data, they may be longer.)
Functions: those of src, by their braces, from the first line of the signature to the closing brace; a lambda counts
as part of the function around it. A file or function that is too long does two things: split it where it says "and".
"""

import dataclasses
import re

import cpp_text
import law

FILE_LIMIT = 500
FUNCTION_LIMIT = 60
FOLDERS = ("src", "tests", "bench", "tools")
SUFFIXES = (".h", ".cpp", ".py", ".sh")

_TEMPLATE = re.compile(r"\btemplate\s*<")
_NAMESPACE = re.compile(r'\bnamespace\b[^()=]*$|\bextern\s*"\s*"\s*$')
_TYPE = re.compile(r"^\s*(?:(?:public|private|protected)\s*:\s*|\[\[.*?\]\]\s*|typedef\s+|static\s+|const\s+|constexpr\s+)*(?:class|struct|union|enum)\b")
# What may stand between a function's `)` and its `{`.
_TAIL = re.compile(r"(?:\s|const\b|noexcept\b|override\b|final\b|volatile\b|mutable\b|try\b|&{1,2})*(?:->.*|requires\b.*)?$", re.DOTALL)
_INITIALIZERS = re.compile(r"\)(?:\s|noexcept\b)*:(?!:)")
_NAME = re.compile(r"(operator\s*(?:\(\)|[^\s(]+)|[~\w:<>]+)\s*\(")


@dataclasses.dataclass(frozen=True)
class Function:
    name: str
    line: int
    length: int


def without_template(head: str) -> str:
    """`head` without its `template <…>` parts, so that `template <class T>` is not taken for a class."""
    while match := _TEMPLATE.search(head):
        depth, end = 1, match.end()
        while end < len(head) and depth:
            depth += {"<": 1, ">": -1}.get(head[end], 0)
            end += 1
        head = head[: match.start()] + head[end:]
    return head


def kind_of(head: str) -> str:
    """What a `{` opens after this text: `scope` (namespace or type), `function`, or `value` (an initializer)."""
    head = without_template(head)
    if _NAMESPACE.search(head) or _TYPE.match(head) and not re.search(r"\)\s*\w*\s*$", head):
        return "scope"
    if ")" not in head or re.search(r"[=,(]\s*$|\breturn\s*$", head):
        return "value"
    if _INITIALIZERS.search(head) or _TAIL.fullmatch(head[head.rindex(")") + 1 :]) or re.search(r"\)[^()]*->[^()=;]*$", head):
        return "function"
    return "value"


def functions_of(source: str) -> list[Function]:
    code = cpp_text.code_only(source)
    found = []
    head_start = offset = 0
    while offset < len(code):
        character = code[offset]
        if character in ";}":
            head_start = offset + 1
        elif character == "{":
            head = code[head_start:offset]
            kind = kind_of(head)
            if kind == "scope":
                head_start = offset + 1
            else:
                end = cpp_text.end_of_group(code, offset)
                following = code[end + 1 :].lstrip()[:1]
                if kind == "function" and following not in (",", "{"):  # else it was `member_{…}` before the body
                    found.append(function_at(code, head_start, end))
                    head_start = end + 1
                offset = end
        offset += 1
    return found


def function_at(code: str, head_start: int, end: int) -> Function:
    head = re.sub(r"^(?:\s|(?:public|private|protected)\s*:(?!:))*", "", code[head_start:end])
    first = law.line_of(code, end - len(head))
    name = _NAME.search(without_template(head))
    return Function(name[1] if name else "lambda", first, law.line_of(code, end) - first + 1)


def check(tree: law.Tree) -> tuple[int, list[law.Finding]]:
    paths = [path for folder in FOLDERS for path in tree.files(folder, SUFFIXES)]
    paths += ["dev"] if tree.exists("dev") else []
    findings = []
    for path in paths:
        source = tree.read(path)
        lines = len(source.splitlines())
        if lines > FILE_LIMIT:
            findings.append(law.Finding(path, FILE_LIMIT + 1, f"{lines} lines, {FILE_LIMIT} are allowed: give one of its tasks a file of its own"))
        if path.startswith("src/"):
            findings += [law.Finding(path, function.line, f"{function.name}() is {function.length} lines, {FUNCTION_LIMIT} are allowed: "
                                     "name its steps and make them functions")
                         for function in functions_of(source) if function.length > FUNCTION_LIMIT]
    return len(paths), findings


if __name__ == "__main__":
    law.main("lengths", "files", check)
