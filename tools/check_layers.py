#!/usr/bin/python3
"""Law: who may include whom (arrows point down only), and which library is named where.

Reads every .h and .cpp under src/ and tests/fuzz/. ROOMS and LIBRARIES below are the law itself: change them only with an ADR.
"""

import dataclasses
import re
from collections.abc import Iterator

import cpp_text
import law

# Room → the rooms it may include, besides itself. `app` names everything and is named by main.cpp alone.
# A room that is not here does not exist: give it its line when it is built.
ROOMS: dict[str, tuple[str, ...]] = {
    "base": (),
    "model": ("base",),
    "query": ("model", "base"),
    "engine": ("query", "model", "base"),  # the interfaces
    "engine/sql": ("engine", "query", "model", "base"),  # plan → statement, pure
    "engine/memory": ("engine", "query", "model", "base"),
    "engine/sqlite": ("engine", "engine/sql", "query", "model", "base"),
    "engine/postgres": ("engine", "engine/sql", "query", "model", "base"),
    "engine/mongo": ("engine", "query", "model", "base"),
    "engine/sqlite/testing": ("engine/sqlite", "engine", "query", "model", "base"),
    "engine/postgres/testing": ("engine/postgres", "engine", "query", "model", "base"),
    "engine/mongo/testing": ("engine/mongo", "engine", "query", "model", "base"),
    "engine/testing": ("engine", "engine/memory", "query", "model", "base"),  # every engine is compared with the specification
    "service": ("engine", "query", "model", "base"),
    "http": ("service", "query", "model", "base"),
    "http/testing": ("http", "base"),
    "metrics": ("base",),  # and of base only what METRICS_MAY_NAME says
    "seed": ("engine", "model", "base"),
    "app": ("base", "model", "query", "engine", "engine/sql", "engine/sqlite", "engine/postgres", "engine/mongo", "service", "http",
            "metrics", "seed"),
    ".": ("app",),  # src/main.cpp
}
METRICS_MAY_NAME = ("base/observe.h", "base/log.h")  # events come in, lines go out

# What tests stand on, and the rooms whose tests may (all of a room that is such itself): the contract of engines wherever an engine may be
# named at all.
TESTING: dict[str, tuple[str, ...]] = {
    "engine/testing": ("engine", "engine/memory", "engine/sql", "engine/sqlite", "engine/sqlite/testing", "engine/postgres",
                       "engine/postgres/testing", "engine/mongo", "engine/mongo/testing", "service", "http", "seed", "app"),
    "engine/sqlite/testing": ("engine/sqlite",),
    "engine/postgres/testing": ("engine/postgres",),
    "engine/mongo/testing": ("engine/mongo",),
    "http/testing": ("http",),
}


# Fuzz targets feed the readers of what comes from outside: bytes, text and files into values. They open no socket and no database.
FUZZ = "tests/fuzz/"
FUZZ_ROOMS = ("http", "query", "model", "base")
FUZZ_OWN = "fuzz.h"  # the one header beside the targets, and the only file there that may name a library


@dataclasses.dataclass(frozen=True)
class Library:
    header: str  # pattern of the header's name
    where: str  # pattern of the files that may name it
    advice: str


LIBRARIES = (
    Library(r"yaml-cpp/", r"model/loader\w*\.(h|cpp)", "only model/loader* reads YAML"),
    Library(r"simdjson", r"model/json\w*\.(h|cpp)", "only model/json.{h,cpp} parses JSON: use its reader"),
    Library(r"sqlite3", r"engine/sqlite/(handles\.h|(testing/)?[^/]+\.cpp)", "use the wrappers of engine/sqlite/handles.h"),
    Library(r"libpq-fe|postgres_ext|pg_config", r"engine/postgres/(handles\.h|[^/]+\.cpp)", "use the wrappers of engine/postgres/handles.h"),
    Library(r"mongoc/|bson/", r"engine/mongo/(handles\.h|[^/]+\.cpp)", "use the wrappers of engine/mongo/handles.h"),
    Library(r"spdlog/", r"base/log\.cpp", "say it through base/log.h"),
    Library(r"re2/", r"model/.*", "use model/pattern.h"),
    Library(r"boost/beast", r"http/.*", "only http/ speaks HTTP"),
    Library(r"boost/asio", r"(?!model/|query/).*", "model/ and query/ are pure: pass in what the loop would give"),
    Library(r"boost/", r".*", ""),
    Library(r"fmt/", r".*", ""),
    Library(r"CLI/", r"app/.*", "only app/ reads the command line"),
    Library(r"(zlib|zstd)\.h", r"http/.*", "only http/ compresses answers"),
    Library(r"sodium", r"base/.*|main\.cpp", "use base/hash.h or base/id.h; only the start of the program calls sodium_init()"),
    Library(r"xxhash", r"base/.*", "use base/hash.h"),
    Library(r"utf8proc", r"base/.*", "use base/unicode.h"),
    Library(r"libstemmer", r"query/stemmer\.cpp", "use query/stemmer.h"),
    Library(r"catch2/", r".*_test\.cpp|engine/((sqlite|postgres|mongo)/)?testing/.*", "tests are named *_test.cpp"),
    Library(r"(execinfo|cxxabi)\.h", r"app/crash_report\.cpp", "only the report of a crash looks at frames"),
    # The operating system. POSIX is fine but in the pure rooms.
    Library(r"(sys|netinet|arpa|net|linux)/[\w/]+\.h|(unistd|fcntl|signal|pthread|poll|dirent|sched|netdb|pwd|termios|sysexits)\.h",
            r"(?!model/|query/).*", "model/ and query/ are pure: pass in what the system would give"),
    Library(r"(random|thread|mutex|shared_mutex|condition_variable|future|semaphore|latch|barrier)",
            r"(?!model/|query/).*", "model/ and query/ are pure values: no threads, no chance"),
)
_STANDARD = re.compile(r"[a-z_0-9]+|(stddef|stdint|string|stdlib|stdio|errno|time|math|limits|assert|inttypes)\.h")
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"(?P<own>[^"\n]*)"|<(?P<library>[^>\n]*)>)', re.MULTILINE)

# What a pure room must not even reach through headers that it may name.
PURE = ("model/", "query/")
UNREACHABLE = re.compile(r"boost/asio|boost/beast")
FORCED = ("base/precompiled.h",)  # speeds up every file, is named by none


@dataclasses.dataclass(frozen=True)
class Include:
    line: int
    name: str
    is_library: bool


def room_of(path: str) -> str:
    """The room of a file given by its path from src/. Folders inside app/ (app/cli/) are app; other folders are rooms themselves."""
    folder = path.rpartition("/")[0] or "."
    return "app" if folder.startswith("app/") else folder


def includes_of(source: str) -> list[Include]:
    code = cpp_text.comments_blanked(source)
    return [Include(law.line_of(code, match.start()), match["own"] or match["library"], match["library"] is not None)
            for match in _INCLUDE.finditer(code)]


def library_problem(path: str, header: str) -> str | None:
    """Why the file at `path` (from src/) may not name this header in angle brackets."""
    if header.split("/")[0] in {room.split("/")[0] for room in ROOMS}:
        return f"<{header}> is ours: write it in quotes"
    for library in LIBRARIES:
        if re.match(library.header, header) and not re.fullmatch(library.where, path):
            return f"<{header}> does not belong here: {library.advice}"
        if re.match(library.header, header):
            return None
    if _STANDARD.fullmatch(header):
        return None
    return f"<{header}> is a library nobody has decided on: give it a line in LIBRARIES of tools/check_layers.py, with an ADR"


def own_problem(tree: law.Tree, path: str, header: str) -> str | None:
    """Why the file at `path` may not name this header in quotes."""
    room, named = room_of(path), room_of(header)
    if not tree.exists(f"src/{header}"):
        return f'"{header}" is not a file under src/: write includes from there, "room/file.h"'
    if not header.endswith(".h"):
        return f'"{header}" is not a header: include headers only'
    if header in FORCED:
        return f'"{header}" is given to the compiler by CMake: include what you use'
    if named in TESTING:
        if room == named or (path.endswith("_test.cpp") or room in TESTING) and room in TESTING[named]:
            return None
        return f'"{header}" is for tests: name it in *_test.cpp of {" ".join(TESTING[named])}'
    if named != room and named not in ROOMS[room]:
        allowed = ", ".join(ROOMS[room]) or "no other room"
        return f'{room} may not include {named} ("{header}"), only {allowed}: move the code down, or pass a value in'
    if room == "metrics" and named == "base" and header not in METRICS_MAY_NAME:
        return f'metrics sees the world through {METRICS_MAY_NAME[0]} only, not "{header}": put what it needs into the event'
    return None


def way_to_forbidden(graph: dict[str, list[Include]], path: str) -> str | None:
    """How a pure file reaches what it must not, as `a.h → b.h → <library>`; None when it does not."""
    ways = [(path, "")]
    seen = set()
    while ways:
        here, way = ways.pop()
        for include in graph.get(here, []):
            if include.is_library and UNREACHABLE.match(include.name):
                return f"{way}<{include.name}>"
            if not include.is_library and include.name not in seen:
                seen.add(include.name)
                ways.append((include.name, f"{way}{include.name} → "))
    return None


def findings_of(tree: law.Tree, graph: dict[str, list[Include]], path: str, source: str) -> Iterator[law.Finding]:
    place = f"src/{path}"
    if room_of(path) not in ROOMS:
        yield law.Finding(place, 1, f"{room_of(path)}/ is not a room: move the file, or give the room its line in tools/check_layers.py")
        return
    if path.endswith(".h") and not re.search(r"^#pragma once$", source, re.MULTILINE):
        yield law.Finding(place, 1, "a header begins with `#pragma once`: add it")
    refused = False
    for include in graph[path]:
        problem = library_problem(path, include.name) if include.is_library else own_problem(tree, path, include.name)
        if problem:
            refused = True
            yield law.Finding(place, include.line, problem)
    if path.startswith(PURE) and not refused:
        way = way_to_forbidden(graph, path)
        if way:
            yield law.Finding(place, 1, f"{room_of(path)} is pure but reaches the loop: {way}. Cut the way in the last header of ours")


def fuzz_problem(tree: law.Tree, path: str, include: Include) -> str | None:
    """Why the file of tests/fuzz/ may not include this."""
    if include.is_library:
        if _STANDARD.fullmatch(include.name) or path == FUZZ + FUZZ_OWN and include.name == "sodium.h":
            return None
        return f"<{include.name}> does not belong here: a fuzz target names our rooms and the standard library"
    if include.name == FUZZ_OWN:
        return None
    if room_of(include.name) not in FUZZ_ROOMS or not tree.exists(f"src/{include.name}"):
        return f'a fuzz target may not include "{include.name}", only {FUZZ_OWN} and headers of {", ".join(FUZZ_ROOMS)}: it needs no world'
    return None


def fuzz_findings(tree: law.Tree, path: str) -> Iterator[law.Finding]:
    if path != FUZZ + FUZZ_OWN and not re.fullmatch(FUZZ + r"[a-z_]+_fuzz\.cpp", path):
        yield law.Finding(path, 1, f"tests/fuzz/ holds {FUZZ_OWN} and NAME_fuzz.cpp: CMake finds targets by that name, so rename the file")
    for include in includes_of(tree.read(path)):
        problem = fuzz_problem(tree, path, include)
        if problem:
            yield law.Finding(path, include.line, problem)


def check(tree: law.Tree) -> tuple[int, list[law.Finding]]:
    sources = {path.removeprefix("src/"): tree.read(path) for path in tree.files("src", (".h", ".cpp"))}
    graph = {path: includes_of(source) for path, source in sources.items()}
    fuzz = list(tree.files(FUZZ.rstrip("/"), (".h", ".cpp")))
    findings = [finding for path, source in sources.items() for finding in findings_of(tree, graph, path, source)]
    findings += [finding for path in fuzz for finding in fuzz_findings(tree, path)]
    return len(sources) + len(fuzz), findings


if __name__ == "__main__":
    law.main("layers", "files", check)
