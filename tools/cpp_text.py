"""C++ text without what is not code, for laws that look at braces and words.

Not a parser. Everything here keeps offsets and line numbers: what is blanked becomes spaces.
"""

import re

_NOT_CODE = re.compile(
    r"""
      //[^\n]*
    | /\*.*?\*/
    | R"(?P<delimiter>[^()\\\s]{0,16})\(.*?\)(?P=delimiter)"
    | "(?:\\.|[^"\\\n])*"
    | (?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])*'
    """,
    re.VERBOSE | re.DOTALL,
)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", re.MULTILINE)
_NOT_NEWLINE = re.compile(r"[^\n]")

CLOSING = {"(": ")", "[": "]", "{": "}"}


def _blank(match: re.Match[str]) -> str:
    text = match.group(0)
    blanked = _NOT_NEWLINE.sub(" ", text)
    if text[0] in "\"'R":  # a literal stays a literal, so that `f("x")` still has an argument
        return '"' + blanked[1:-1] + '"'
    return blanked


def code_only(source: str) -> str:
    """`source` with comments, literals and preprocessor directives blanked; a literal keeps its two ends as `"`."""
    return _DIRECTIVE.sub(lambda match: _NOT_NEWLINE.sub(" ", match.group(0)), _NOT_CODE.sub(_blank, source))


def comments_blanked(source: str) -> str:
    """`source` with comments blanked and all else, literals too, as it was."""
    return _NOT_CODE.sub(lambda match: _blank(match) if match.group(0)[0] == "/" else match.group(0), source)


def end_of_group(code: str, opening: int) -> int:
    """Offset of the bracket that closes the one at `opening`; the length of `code` when there is none."""
    expected = []
    for offset in range(opening, len(code)):
        character = code[offset]
        if character in CLOSING:
            expected.append(CLOSING[character])
        elif expected and character == expected[-1]:
            expected.pop()
            if not expected:
                return offset
    return len(code)
