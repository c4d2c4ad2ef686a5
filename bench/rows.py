"""The rows of the table: what is measured, against which limit, and how much is asked for. One function a row; `WORKS` is the index."""
import json
import os
import socket
import subprocess
import time
from dataclasses import dataclass
from statistics import median

from failure import BenchFailure
from process_meter import Meter, anonymous_megabytes
from servers import ask, free_ports
from slices import Side, Slice, alternate, progress, ratios
from stage import LIST
from wrk import CONNECTIONS, load

GROUP = 64  # of the raw SQLite program: as many writes as there are connections
STARTS = 7
FLAT_MEGABYTES = 4.0  # growth over the second half of the requests that still counts as flat
MILLISECONDS_TO_START, MEGABYTES_AFTER_MILLION = 100.0, 60.0
MICROSECONDS_TO_PARSE = 100.0
PAGE_CACHE_MEGABYTES = 64.0  # Options::cache_bytes of engine/sqlite/engine.h: what SQLite may keep, all handles together


@dataclass
class Row:
    name: str
    work: str
    limit: str
    value: float | None     # None: not run, `note` says why
    low: float | None
    high: float | None
    unit: str               # ratio, ms, MB, × (of what the limit takes)
    target: float | None    # None: reported, nothing asked
    met: bool | None
    holdfast: Side | None = None
    other: Side | None = None
    note: str = ""


@dataclass
class Options:
    seconds: int
    rounds: int
    requests: int           # of the memory row


def ratio_row(name, work, limit, target, ours, limits):
    each = ratios(ours, limits)
    value = median(each)
    return Row(name, work, limit, value, min(each), max(each), "ratio", target, None if target is None else value >= target,
               Side.of(ours), Side.of(limits))


def against_nginx(name, work, target, request, sample=None, log="warn"):
    """A row of GETs: both servers stay up, slices alternate."""
    def measure(stage, nginx, options):
        port = nginx.ports[sample or name]
        wanted = request(stage)
        with stage.serve(log) as server:
            server.wait_for_address()
            sides = {
                "holdfast": lambda number: load(server.port, server.pid, options.seconds, [wanted[0], number, *wanted[1:]]),
                "nginx": lambda number: load(port, nginx.pid, options.seconds, [wanted[0], number, *wanted[1:]]),
            }
            for side in sides.values():
                side(0)  # warm-up, not counted
            measured = alternate(name, sides, options.rounds)
        return [ratio_row(name, work, "nginx, same bytes", target, measured["holdfast"], measured["nginx"])]
    return measure


def post(stage, nginx, options):
    """Each slice starts on the same rows: a table that grows at two speeds would be two tables."""
    sides = {
        "holdfast": lambda number: post_to_holdfast(stage, options.seconds, ["post", number, stage.bodies_file]),
        "raw SQLite": lambda _: raw_sqlite(stage, options.seconds),
        "nginx": lambda number: load(nginx.ports["post"], nginx.pid, options.seconds, ["post", number, stage.bodies_file]),
    }
    measured = alternate("post", sides, options.rounds)
    work = f"POST, FULL durability, {CONNECTIONS} connections, no search"
    return [ratio_row("post", work, f"raw SQLite, groups of {GROUP}", 0.55, measured["holdfast"], measured["raw SQLite"]),
            ratio_row("post", work, "nginx, same bytes", 0.25, measured["holdfast"], measured["nginx"])]


def post_to_holdfast(stage, seconds, request, serve=None):
    """One slice. Every acknowledged row must be there afterwards: an answer without its row would be fast."""
    with (serve or stage.serve)() as server:
        port = server.wait_for_address().port
        one = load(port, server.pid, seconds, request)
        stored = json.loads(ask(port, f"{LIST}/count").body)["count"] - stage.items
    if stored < one.requests:
        raise BenchFailure(f"{one.requests} POSTs were answered 201, but only {stored} rows are stored")
    return one


def post_variants(stage, _, options):
    """What search and an Idempotency-Key add to a POST, against the plain one."""
    def slice_of(serve, kind):
        return lambda number: post_to_holdfast(stage, options.seconds, [kind, number, stage.bodies_file], serve)
    sides = {"plain": slice_of(stage.serve, "post"), "with search": slice_of(stage.serve_searching, "post"), "keyed": slice_of(stage.serve, "keyed")}
    measured = alternate("variants", sides, options.rounds)
    return [ratio_row("variants", "POST, search on (two French fields)", "the POST without search", None, measured["with search"], measured["plain"]),
            ratio_row("variants", "POST with an Idempotency-Key", "the POST without one", 0.8, measured["keyed"], measured["plain"])]


SEARCH = """select items.* from found join items on items._row = found.rowid where found match ?1
 order by bench_rank(found) desc, items.created_at desc, items.id desc limit 10"""
SCAN = "select count(*) from items where name like '%' || ?1 || '%'"


def search(stage, _, options):
    """One common word, the best 10 of an eighth of all items; as many connections as there are lanes for searches, and one more that waits."""
    return against_raw_query(stage, options, "search", "search of a common word, 10 of it", "raw FTS5, same order", 0.5, SEARCH,
                             stage.raw_search_file(), stage.words_file, stage.serve_searching, connections=2)


def scan(stage, _, options):
    return against_raw_query(stage, options, "scan", "count of name[ilike]=%part%, a scan of all", "raw SQLite, LIKE", 0.33, SCAN,
                             stage.restore(stage.folder / "raw.db"), stage.parts_file, stage.serve, connections=1)


def against_raw_query(stage, options, name, work, limit, target, sql, file, words, serve, connections):
    command = [stage.raw_query, file, options.seconds, sql, *words.read_text().splitlines()]
    with serve() as server:
        port = server.wait_for_address().port
        sides = {
            "holdfast": lambda number: load(port, server.pid, options.seconds, [name, number, words], connections),
            "raw SQLite": lambda _: raw_program(command),
        }
        for side in sides.values():
            side(0)  # warm-up, not counted
        measured = alternate(name, sides, options.rounds)
    return [ratio_row(name, work, limit, target, measured["holdfast"], measured["raw SQLite"])]


def parse(stage, _, options):
    done = subprocess.run([str(stage.parse_filter), str(options.seconds)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchFailure(done.stderr.strip())
    told = json.loads(done.stdout)
    return [Row("parse", "planning a list with a filter of 200 comparisons", "–", told["median_us"], told["low_us"], told["high_us"], "µs",
                MICROSECONDS_TO_PARSE, told["median_us"] < MICROSECONDS_TO_PARSE)]


def raw_sqlite(stage, seconds):
    copy = stage.restore(stage.folder / "raw.db")
    command = [stage.raw_program, copy, "items", stage.rows_file, seconds, GROUP]
    return raw_program(command)


def raw_program(command, environment=None):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, env={**os.environ, **(environment or {})})
    if done.returncode != 0:
        raise BenchFailure(done.stderr.strip())
    return Slice(**json.loads(done.stdout))


def start(stage, nginx, _):
    """From exec to the last byte of the first item read by id; a connection is tried every half millisecond."""
    path = f"/api/items/{stage.ids_file.read_text()[:36]}"
    times = []
    for number in range(STARTS):
        port = free_ports(1)[0]
        stage.restore()
        began = time.perf_counter()
        with stage.launch(port=port) as server:
            first_answer(server, port, path)
            times.append((time.perf_counter() - began) * 1000)
            peak = anonymous_megabytes(server.pid)
        progress(f"  start {number + 1}/{STARTS}: {times[-1]:.1f} ms, {peak:.1f} MB")
    value = median(times)
    return [Row("start", f"start to first answer, {stage.items:,} rows", "–", value, min(times), max(times), "ms", MILLISECONDS_TO_START,
                value < MILLISECONDS_TO_START)]


def first_answer(server, port, path):
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode()

    def connect():
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=5)
        except ConnectionRefusedError:
            return None

    with server.wait_until(connect, pause=0.0005) as connection:
        connection.sendall(request)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    if not answer.startswith(b"HTTP/1.1 200"):
        raise BenchFailure(f"the first answer was {answer[:100]!r}")


def memory(stage, nginx, options):
    """RssAnon at a quarter, a half and all of the requests, with no connection open; the work is a mix with 5 % POSTs."""
    marks = [options.requests // 4, options.requests // 2, options.requests]
    found, slices = [], []
    with stage.serve() as server:
        port = server.wait_for_address().port
        for mark in marks:
            while sum(one.requests for one in slices) < mark:
                slices.append(load(port, server.pid, min(2, options.seconds), ["mixed", len(slices), stage.ids_file, stage.bodies_file]))
            found.append(anonymous_megabytes(server.pid))
            progress(f"  memory after {sum(one.requests for one in slices):,} requests: RssAnon {found[-1]:.1f} MB")
    allowed = MEGABYTES_AFTER_MILLION + PAGE_CACHE_MEGABYTES
    growth = found[-1] - found[1]
    note = (f"RssAnon {', '.join(f'{mb:.1f}' for mb in found)} MB after {', '.join(f'{mark:,}' for mark in marks)} requests. Allowed: "
            f"{MEGABYTES_AFTER_MILLION:.0f} MB, the page-cache budget of {PAGE_CACHE_MEGABYTES:.0f} MB, and {FLAT_MEGABYTES:.0f} MB of growth "
            f"in the second half (found: {growth:.1f})")
    return [Row("memory", f"RssAnon after {options.requests:,} requests", "–", found[-1], min(found), max(found), "MB", allowed,
                found[-1] < allowed and growth <= FLAT_MEGABYTES, Side.of(slices), note=note)]


WORKS = {
    "start": start,
    "health": against_nginx("health", "GET /health/live", 0.95, lambda stage: ["fixed", "/health/live"]),
    "item": against_nginx("item", "GET item by id, uniform", 0.75, lambda stage: ["item", stage.ids_file]),
    "list": against_nginx("list", "list of 10, default sort", 0.35, lambda stage: ["fixed", LIST]),
    "filtered": against_nginx("filtered", "list of 10, filtered and sorted on an index", 0.30, lambda stage: ["filtered"]),
    "search": search,
    "scan": scan,
    "parse": parse,
    "post": post,
    "variants": post_variants,
    "memory": memory,
    "logs": against_nginx("logs", "GET item by id, access logs on, both", None, lambda stage: ["item", stage.ids_file], log="info"),
}
