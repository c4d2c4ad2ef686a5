import pytest

BASE = {"src/base/error.h": "#pragma once\n#include <string>\n"}
GOOD = {
    **BASE,
    "src/model/model.h": '#pragma once\n#include <vector>\n#include "base/error.h"\n',
    "src/engine/store.h": '#pragma once\n#include <boost/asio/awaitable.hpp>\n#include "model/model.h"\n',
    "src/base/loop.h": "#pragma once\n#include <boost/asio/io_context.hpp>\n",
    "src/engine/testing/store_contract.h": '#pragma once\n#include <catch2/catch.hpp>\n#include "engine/store.h"\n',
    "src/engine/sqlite/handles.h": '#pragma once\n#include <sqlite3.h>\n',
    "src/engine/sqlite/store_test.cpp": '#include <catch2/catch.hpp>\n#include "engine/testing/store_contract.h"\n#include "engine/sqlite/handles.h"\n',
    "src/http/message.h": '#pragma once\n#include "base/loop.h"\n#include "model/model.h"\n',
    "src/http/testing/client.h": '#pragma once\n#include "http/message.h"\n',
    "src/http/session_test.cpp": '#include <catch2/catch.hpp>\n#include "http/testing/client.h"\n',
    "src/app/cli/serve.cpp": '#include <CLI/CLI.hpp>\n#include <unistd.h>\n#include "engine/sqlite/handles.h"\n',
    "src/main.cpp": '#include "app/app.h"\n',
    "src/app/app.h": "#pragma once\n",
    "tests/fuzz/fuzz.h": "#pragma once\n#include <sodium.h>\n#include <cstdint>\n",
    "tests/fuzz/model_fuzz.cpp": '#include <string>\n#include "fuzz.h"\n#include "model/model.h"\n',
}


def test_a_tree_that_keeps_to_the_arrows_passes(judge):
    verdict = judge("layers", GOOD)
    assert verdict.status == 0, verdict.output


@pytest.mark.parametrize(
    ("path", "line", "what"),
    [
        ("src/base/clock.h", '#include "model/model.h"', "base may not include model"),
        ("src/query/plan.h", '#include "engine/store.h"', "query may not include engine"),
        ("src/model/value.h", '#include "engine/store.h"', "model may not include engine"),
        ("src/engine/engine.h", '#include "engine/sqlite/handles.h"', "engine may not include engine/sqlite"),
        ("src/service/service.h", '#include "http/message.h"', "service may not include http"),
        ("src/http/health.h", '#include "engine/store.h"', "http may not include engine"),
        ("src/seed/seeder.cpp", '#include "service/service.h"', "is not a file under src/"),
        ("src/metrics/log.cpp", '#include "base/error.h"', "metrics sees the world through base/observe.h only"),
        ("src/main.cpp", '#include "http/message.h"', ". may not include http"),
        ("src/model/loader.cpp", '#include "app/app.h"', "model may not include app"),
        ("src/service/service.cpp", '#include "engine/testing/store_contract.h"', "is for tests"),
        ("src/http/session.cpp", '#include "http/testing/client.h"', "is for tests"),
        ("src/app/app_test.cpp", '#include "http/testing/client.h"', "is for tests"),
        ("src/model/model_test.cpp", '#include "engine/testing/store_contract.h"', "is for tests"),
        ("src/engine/sqlite/store.cpp", '#include "handles.h"', "write includes from there"),
        ("src/model/field.cpp", '#include "../base/error.h"', "write includes from there"),
        ("src/base/clock.h", "#include <base/error.h>", "is ours: write it in quotes"),
        ("src/model/validator.cpp", "#include <yaml-cpp/yaml.h>", "only model/loader*"),
        ("src/model/record_json.cpp", "#include <simdjson.h>", "only model/json.{h,cpp}"),
        ("src/engine/sqlite/store.h", "#include <sqlite3.h>", "use the wrappers"),
        ("src/app/doctor.cpp", "#include <sqlite3.h>", "use the wrappers"),
        ("src/http/session.cpp", "#include <spdlog/spdlog.h>", "say it through base/log.h"),
        ("src/query/filter.cpp", "#include <re2/re2.h>", "use model/pattern.h"),
        ("src/query/plan.cpp", "#include <boost/asio/post.hpp>", "model/ and query/ are pure"),
        ("src/model/model.cpp", "#include <random>", "model/ and query/ are pure"),
        ("src/query/plan.cpp", "#include <unistd.h>", "model/ and query/ are pure"),
        ("src/service/service.cpp", "#include <boost/beast/http.hpp>", "only http/ speaks HTTP"),
        ("src/seed/seeder.cpp", "#include <yaml-cpp/yaml.h>", "only model/loader*"),
        ("src/http/api.cpp", "#include <sodium.h>", "use base/hash.h"),
        ("src/http/api.cpp", "#include <xxhash.h>", "use base/hash.h"),
        ("src/http/router.cpp", "#include <CLI/CLI.hpp>", "only app/ reads the command line"),
        ("src/base/clock.cpp", "#include <catch2/catch.hpp>", "tests are named *_test.cpp"),
        ("src/app/app.cpp", "#include <left-pad/pad.hpp>", "a library nobody has decided on"),
        ("tests/fuzz/model_fuzz.cpp", '#include "engine/store.h"', "a fuzz target may not include"),
        ("tests/fuzz/model_fuzz.cpp", '#include "model/none.h"', "a fuzz target may not include"),
        ("tests/fuzz/model_fuzz.cpp", "#include <sodium.h>", "a fuzz target names our rooms and the standard library"),
        ("tests/fuzz/extra.cpp", "", "CMake finds targets by that name"),
    ],
)
def test_one_include_against_an_arrow_is_refused_where_it_stands(judge, path, line, what):
    pragma = "#pragma once\n" if path.endswith(".h") else ""
    verdict = judge("layers", {**GOOD, path: f"{pragma}// a comment\n  {line}\n"})
    assert verdict.status == 1
    [finding] = verdict.findings
    place = 1 if not line else 3 if pragma else 2
    assert finding.startswith(f"{path}:{place}: ") and what in finding


def test_a_pure_room_may_not_reach_the_loop_through_a_header_it_may_name(judge):
    verdict = judge("layers", {
        "src/base/clock.h": '#pragma once\n#include "base/timer.h"\n',
        "src/base/timer.h": "#pragma once\n#include <boost/asio/steady_timer.hpp>\n",
        "src/query/plan.h": '#pragma once\n#include "base/clock.h"\n',
    })
    assert verdict.status == 1
    [finding] = verdict.findings
    assert "src/query/plan.h:1: " in finding and "base/clock.h → base/timer.h → <boost/asio/steady_timer.hpp>" in finding


def test_a_folder_that_is_no_room_is_refused(judge):
    verdict = judge("layers", {"src/utils/strings.h": "#pragma once\n", "src/engine/oracle/store.h": "#pragma once\n"})
    assert verdict.status == 1
    assert [finding.split(": ")[1].split(" is")[0] for finding in verdict.findings] == ["engine/oracle/", "utils/"]


def test_a_header_without_pragma_once_is_refused(judge):
    verdict = judge("layers", {"src/base/a.h": "#include <string>\n"})
    assert verdict.status == 1
    assert verdict.findings[0].startswith("src/base/a.h:1: a header begins with `#pragma once`")


def test_an_include_in_a_comment_is_not_an_include(judge):
    verdict = judge("layers", {**BASE, "src/base/a.cpp": '// #include <sqlite3.h>\n/*\n#include "model/none.h"\n*/\n#include "base/error.h"\n'})
    assert verdict.status == 0, verdict.output
