import pytest

HEADER = "enum class Code : std::uint8_t {\n  kInvalidJson,\n  kNotFound,\n  kStorageFull,\n};\n"
TABLE = 'constexpr std::array<D, 3> kD{{\n    {"invalid_json", 400, "A"},\n    {"not_found", 404, "B"},\n    {"storage_full", 507, "C"},\n}};\n'
GOOD = {
    "src/base/error.h": HEADER,
    "src/base/error.cpp": TABLE,
    "docs/errors.md": "# Errors\n\n## How to read them\n\n## invalid_json\nText.\n\n## `not_found`\nText.\n\n## storage_full\nText.\n",
    "tests/scenarios/items.yaml": "- name: a\n  problem: invalid_json\n- { name: b, problem: not_found }\n",
    "tests/test_disk.py": '# provokes: storage_full\ndef test_disk():\n    assert problem["code"] == "storage_full"\n',
}


def change(path: str, old: str, new: str) -> dict[str, str]:
    assert old in GOOD[path]
    return {**GOOD, path: GOOD[path].replace(old, new)}


def test_codes_with_an_entry_and_a_test_pass(judge):
    verdict = judge("errors", GOOD)
    assert verdict.status == 0, verdict.output
    assert verdict.output == "errors: 3 codes are fine\n"


def test_a_test_in_cpp_may_provoke_a_code(judge):
    files = {**GOOD, "src/engine/sqlite/writer_test.cpp": "// provokes: storage_full\nREQUIRE(error.code == Code::kStorageFull);\n"}
    del files["tests/test_disk.py"]
    assert judge("errors", files).status == 0


@pytest.mark.parametrize(
    ("files", "finding"),
    [
        (change("docs/errors.md", "## invalid_json", "## Invalid JSON"), "src/base/error.h:2: invalid_json has no entry"),
        (change("tests/scenarios/items.yaml", "problem: not_found", "status: 404"), "src/base/error.h:3: no test provokes not_found"),
        (change("tests/scenarios/items.yaml", "  problem: inv", "  # problem: inv"), "src/base/error.h:2: no test provokes invalid_json"),
        (change("tests/test_disk.py", "# provokes", "# mentions"), "src/base/error.h:4: no test provokes storage_full"),
        (change("tests/test_disk.py", '"storage_full"', "None"), 'tests/test_disk.py:1: says that it provokes storage_full but asserts no "storage_full"'),
        (change("docs/errors.md", "## storage_full", "## storage_full\n\n## disk_full"), "docs/errors.md:13: disk_full has an entry but is no code"),
        (change("tests/scenarios/items.yaml", "- name: a", "- problem: no_such"), "tests/scenarios/items.yaml:1: no_such has a test but is no code"),
        (change("src/base/error.cpp", '{"storage_full", 507, "C"},', ""), "src/base/error.cpp:1: 2 rows for 3 codes"),
        (change("src/base/error.cpp", '"not_found", 404', '"storage_full", 507'), "src/base/error.cpp:3: row 1 is storage_full"),
    ],
)
def test_what_is_missing_is_named_with_its_place(judge, files, finding):
    verdict = judge("errors", files)
    assert verdict.status == 1
    assert any(line.startswith(finding) for line in verdict.findings), verdict.output


def test_a_code_listed_as_not_reachable_needs_neither_entry_nor_test(judge):
    files = change("docs/errors.md", "## storage_full\nText.", "## Not reachable yet\n- `storage_full`: disks are endless.\n- `cache_down`: later.")
    del files["tests/test_disk.py"]
    verdict = judge("errors", files)
    assert verdict.status == 0, verdict.output


def test_a_code_that_is_provoked_may_not_be_called_not_reachable(judge):
    verdict = judge("errors", change("docs/errors.md", "## storage_full\nText.", "## Not reachable yet\n- `storage_full`: disks are endless."))
    assert verdict.status == 1
    assert verdict.findings == ["docs/errors.md:12: storage_full is called not reachable, but see tests/test_disk.py:1: take it from this list"]
