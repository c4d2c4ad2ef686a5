import pytest


def verdict_on(judge, statement: str):
    return judge("coawait", {"src/service/a.cpp": f"awaitable<void> run() {{\n  {statement}\n}}\n"})


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("co_await f({x, 1});", "a value in braces"),
        ("auto r = co_await store.find(FindPlan{id, 1});", "a value in braces"),
        ("if (auto r = co_await f({}); r) { use(r); }", "a value in braces"),
        ("co_return co_await f(x, {{1}, {2}});", "a value in braces"),
        ("auto pair = Pair{co_await f(), 2};", "a value in braces"),
        ("run([&]() -> awaitable<void> { co_await f({1}); });", "a value in braces"),
        ("co_await f([x] { return 1; });", "a lambda that owns `x`"),
        ("co_await f([=](int a) -> int { return a; });", "a lambda that owns `=`"),
        ("co_await f([&, x = std::move(y)]() mutable { return x; });", "a lambda that owns `x = std::move(y)`"),
        ("co_await f([*this] { });", "a lambda that owns `*this`"),
        ("g(co_await f(), [this, y](int) { return y; });", "a lambda that owns `y`"),
        ("for (auto& one : co_await all([self = shared_from_this()] { })) { }", "a lambda that owns `self = shared_from_this()`"),
    ],
)
def test_what_gcc_12_destroys_twice_is_refused(judge, statement, what):
    verdict = verdict_on(judge, statement)
    assert verdict.status == 1
    assert verdict.findings and all(finding.startswith(f"src/service/a.cpp:2: {what} in a co_await expression") for finding in verdict.findings)


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("if (co_await f()) g();", "the condition of `if`"),
        ("if (!co_await f()) co_return x;", "an operand of `!`"),
        ("if (const bool done = co_await f()) g();", "the condition of `if`"),
        ("if (auto a = g(); co_await f(a)) h();", "the condition of `if`"),
        ("if (is(co_await f(), 1)) h();", "the condition of `if`"),
        ("while (co_await next(x[1])) { }", "the condition of `while`"),
        ("for (int i = 0; co_await next(i); ++i) { }", "the condition of `for`"),
        ("const bool both = co_await f() && g;", "an operand of `&&`"),
        ("const bool both = g == 1 && 2 == co_await f(a, b);", "an operand of `&&`"),
        ("co_return a || is((co_await f()).value, 1);", "an operand of `||`"),
        ("run(!(co_await f()), 1);", "an operand of `!`"),
    ],
)
def test_an_await_that_is_tested_where_it_stands_is_refused(judge, statement, what):
    verdict = verdict_on(judge, statement)
    assert verdict.status == 1
    [finding] = verdict.findings
    assert finding.startswith(f"src/service/a.cpp:2: co_await in {what} is miscompiled")


@pytest.mark.parametrize(
    "statement",
    [
        "if (a && !b) co_await f();",
        "if (a) { x = co_await f(c && d, !e); } else if (b || c) co_await g();",
        "auto&& [error, count] = co_await f();",
        "while (a) { const bool more = co_await f(); if (!more || b) co_return; }",
        "for (auto begin = co_await f(); begin != end && !done; ++begin) { }",
        "for (more = true; more;) more = co_await fill();",
        "if (const bool done = co_await f(); !done && a) g();",
        "if (spawn([&]() -> awaitable<void> { co_await f(); }) && b) g();",
    ],
)
def test_an_await_beside_a_condition_passes(judge, statement):
    verdict = verdict_on(judge, statement)
    assert verdict.status == 0, verdict.output


@pytest.mark.parametrize(
    "statement",
    [
        "auto plan = FindPlan{id, 1}; auto r = co_await store.find(plan);",
        "auto [a, b] = co_await f(x[1]);",
        "for (auto& [key, value] : co_await list(a)) { use({key, value}); }",
        "if (auto hit = co_await find(plan); hit) { g({1}); } else { h(Text{2}); }",
        "switch (co_await kind()) { case 1: { f({1}); } }",
        "co_await both([&] { return f({1}); }, [this, &x](int a) -> int { return Text{a}; });",
        "spawn(loop, [self = shared_from_this()]() -> awaitable<void> { co_await self->run(); }, detached);",
        "auto task = [x]() -> awaitable<int> { co_return co_await g(x); };",
        'co_await say("a { b", \'{\');  // not f({1})',
    ],
)
def test_what_is_named_first_or_owns_nothing_passes(judge, statement):
    verdict = verdict_on(judge, statement)
    assert verdict.status == 0, verdict.output


def test_the_line_is_that_of_the_culprit(judge):
    verdict = verdict_on(judge, "co_await async_initiate<Handler>(\n      [this,\n       plan](auto handler) { post({1}); }, token);")
    [finding] = verdict.findings
    assert finding.startswith("src/service/a.cpp:3: a lambda that owns `plan`")
