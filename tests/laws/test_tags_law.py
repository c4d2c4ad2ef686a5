import pytest

GOOD = {
    "CMakeLists.txt": "enable_testing()\nforeach(room base engine postgres)\nendforeach()\n",
    "src/base/id_test.cpp": '// TEST_CASE("no test")\nTEST_CASE("id: is unique", "[base]") {}\n',
    "src/engine/sqlite/store_test.cpp": 'TEST_CASE("store: keeps, and finds", "[engine][sqlite]") {}\n',
    "src/engine/postgres/store_test.cpp": 'TEST_CASE("store: asks a server", "[postgres]") {}\n',
}


def test_tests_with_the_tag_of_their_room_pass(judge):
    verdict = judge("tags", GOOD)
    assert verdict.status == 0, verdict.output
    assert verdict.output == "tags: 3 tests are fine\n"


@pytest.mark.parametrize(
    ("path", "text", "finding"),
    [
        ("src/base/a_test.cpp", 'TEST_CASE("a: does") {}\n', "src/base/a_test.cpp:1: ctest never runs this test: tag it [base]"),
        ("src/base/a_test.cpp", '\nTEST_CASE("a, b: does",\n  "[engine]") {}\n', "src/base/a_test.cpp:2: ctest never runs this test: tag it [base]"),
        ("src/base/a_test.cpp", 'TEST_CASE("a: does", "[.][base]") {}\n', "src/base/a_test.cpp:1: a hidden test"),
        ("src/http/a_test.cpp", 'TEST_CASE("a: does", "[http]") {}\n', "CMakeLists.txt:2: ctest does not run the tests of src/http/"),
        ("src/engine/sqlite/a_test.cpp", 'TEST_CASE("a: does", "[sqlite]") {}\n', "src/engine/sqlite/a_test.cpp:1: ctest never runs this test: tag it [engine]"),
        ("src/engine/postgres/b_test.cpp", 'TEST_CASE("a: does", "[engine][postgres]") {}\n', "src/engine/postgres/b_test.cpp:1: ctest runs this test twice"),
        ("CMakeLists.txt", "foreach(room base engine postgres seed)\n", "CMakeLists.txt:1: ctest runs [seed], but src/seed/ has no test"),
    ],
)
def test_a_test_that_would_never_run_is_refused(judge, path, text, finding):
    verdict = judge("tags", {**GOOD, path: text})
    assert verdict.status == 1
    assert len(verdict.findings) == 1 and verdict.findings[0].startswith(finding), verdict.output
