import pytest


def body(lines: int) -> str:
    return "  step();\n" * lines


def test_five_hundred_lines_pass_and_one_more_is_refused(judge):
    verdict = judge("lengths", {"src/base/fits.h": "\n" * 500, "src/base/long.h": "\n" * 501, "tests/test_long.py": "\n" * 700})
    assert verdict.status == 1
    assert verdict.findings == [
        "src/base/long.h:501: 501 lines, 500 are allowed: give one of its tasks a file of its own",
        "tests/test_long.py:501: 700 lines, 500 are allowed: give one of its tasks a file of its own",
    ]


def test_a_function_of_sixty_lines_passes_and_one_more_is_refused(judge):
    fits, long = f"void fits() {{\n{body(58)}}}\n", f"void Room::long_one(int a,\n{' ' * 15}int b) {{\n{body(58)}}}\n"
    verdict = judge("lengths", {"src/base/a.cpp": f"namespace x {{\n{fits}\n{long}}}\n"})
    assert verdict.status == 1
    assert verdict.findings == ["src/base/a.cpp:63: Room::long_one() is 61 lines, 60 are allowed: name its steps and make them functions"]


@pytest.mark.parametrize(
    "head",
    [
        "template <typename T, class = std::enable_if_t<true>>\nT pick(T a) {{\n{body}}}\n",
        "class Room {{\n public:\n  explicit Room(int a) noexcept : a_{{a}}, b_(1) {{\n{body}  }}\n}};\n",
        "struct Room : Base {{\n  auto run() const -> std::vector<int> {{\n{body}  }}\n}};\n",
        "bool Room::operator()(int a) const& noexcept {{\n{body}}}\n",
        'TEST_CASE("braces {{ in a name", "[base]") {{\n{body}}}\n',
        "const auto kTask = [](int a) {{\n{body}}};\n",
        "namespace a {{\nnamespace {{\nawaitable<Result<int>> run(std::function<void()> f)\n{{\n{body}}}\n}}\n}}\n",
    ],
)
def test_every_kind_of_function_is_seen(judge, head):
    assert judge("lengths", {"src/base/a.cpp": head.format(body=body(30))}).status == 0
    verdict = judge("lengths", {"src/base/a.cpp": head.format(body=body(61))})
    assert verdict.status == 1 and len(verdict.findings) == 1


def test_a_long_class_or_table_is_no_function(judge):
    table = "constexpr std::array<Row, count(kCodes)> kRows{{\n" + '    {"a", f(1)},\n' * 80 + "}};\n"
    members = "class Room {\n" + "  int f() { return 1; }\n" * 80 + "};\n"
    verdict = judge("lengths", {"src/base/a.h": table + members + "enum class Code : std::uint8_t {\n" + "  kA,\n" * 80 + "};\n"})
    assert verdict.status == 0, verdict.output


def test_braces_in_literals_comments_and_directives_do_not_count(judge):
    text = 'void f() {\n  g("}", \'{\', R"x({{{)x", 1\'000);  // {\n  /* { */\n}\n#define OPEN {\n' + "int a;\n" * 80 + "void h() {}\n"
    verdict = judge("lengths", {"src/base/a.cpp": text})
    assert verdict.status == 0, verdict.output
