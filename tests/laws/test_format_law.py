from law_runner import ROOT

STYLE = (ROOT / ".clang-format").read_text(encoding="utf-8")


def test_code_out_of_the_house_format_is_refused_at_its_first_line(judge):
    good, bad = "int main() {\n  return 0;\n}\n", "int f();\nint   g( );\nint h( );\n"
    verdict = judge("format", {".clang-format": STYLE, "src/main.cpp": good, "src/base/a.h": bad, "bench/raw.cpp": good})
    assert verdict.status == 1
    assert verdict.findings == ["src/base/a.h:2: not in the house format from here on: run ./dev format"]


def test_code_in_the_house_format_passes(judge):
    verdict = judge("format", {".clang-format": STYLE, "src/main.cpp": "int main() {\n  return 0;\n}\n"})
    assert verdict.status == 0, verdict.output
