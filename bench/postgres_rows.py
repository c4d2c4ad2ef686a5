"""The rows on PostgreSQL: Holdfast against pgbench on the same server, and against nginx; one function a row."""
import threading
from contextlib import contextmanager
from statistics import median

from failure import BenchFailure
from postgres_stage import LIST, PostgresStage
from rows import CONNECTIONS, Row, ratio_row
from servers import Nginx, ask
from slices import Side, alternate
from wrk import load

PGBENCH = "pgbench -M prepared, 16 clients"
SLOWER_AT_MOST = 2.0


def reads(name, work, kind, scripts, target, sample):
    """GETs: three sides take turns, pgbench alone on the server each time."""
    def measure(stage, options):
        with stage.serve() as server, Nginx(stage.folder, {sample: stage.sampled[sample]}) as nginx:
            server.wait_for_address()
            nginx.wait_and_check()
            request = kind(stage)
            sides = {
                "holdfast": lambda number: load(server.port, server.pid, options.seconds, [request[0], number, *request[1:]]),
                "pgbench": lambda _: stage.pgbench(options.seconds, scripts(stage)),
                "nginx": lambda number: load(nginx.ports[sample], nginx.pid, options.seconds, [request[0], number, *request[1:]]),
            }
            for side in sides.values():
                side(0)  # warm-up, not counted
            measured = alternate(name, sides, options.rounds)
        return [ratio_row(name, work, PGBENCH, target, measured["holdfast"], measured["pgbench"]),
                ratio_row(name, work, "nginx, same bytes", None, measured["holdfast"], measured["nginx"])]
    return measure


def post(stage, options):
    def ours(number):
        stage.refresh()
        with stage.serve() as server:
            port = server.wait_for_address().port
            one = load(port, server.pid, options.seconds, ["post", number, stage.bodies_file])
        if stage.stored() < one.requests:
            raise BenchFailure(f"{one.requests} POSTs were answered 201, but only {stage.stored()} rows are stored")
        return one

    def limit(_):
        stage.refresh()
        return stage.pgbench(options.seconds, stage.post_scripts())

    measured = alternate("pg-post", {"holdfast": ours, "pgbench": limit}, options.rounds)
    work = f"PostgreSQL: POST, synchronous_commit on, {CONNECTIONS} connections"
    return [ratio_row("pg-post", work, PGBENCH, 0.8, measured["holdfast"], measured["pgbench"])]


def busy(stage, options):
    """p99 of point reads while one connection asks for counts that take half a second, one after the other."""
    with stage.serve() as server:
        port = server.wait_for_address().port
        path = stage.slow_path(port)

        def alone(number):
            return load(port, server.pid, options.seconds, ["item", number, stage.ids_file], as_client=[])  # whose own waiting is latency too

        def beside(number):
            with repeated(lambda: ask(port, path)):
                return alone(number)
        alone(0)
        measured = alternate("pg-busy", {"holdfast": beside, "alone": alone}, options.rounds)
    each = [slow.p99_us / quick.p99_us for slow, quick in zip(measured["holdfast"], measured["alone"], strict=True)]
    value = median(each)
    return [Row("pg-busy", "PostgreSQL: p99 of GET by id beside counts of 500 ms", "the same without them", value, min(each), max(each), "×",
                SLOWER_AT_MOST, value <= SLOWER_AT_MOST, Side.of(measured["holdfast"]), Side.of(measured["alone"]))]


@contextmanager
def repeated(work):
    """`work` again and again on a thread, as long as the context lasts; what it throws is thrown here."""
    stopped, failures = threading.Event(), []

    def run():
        try:
            while not stopped.is_set():
                work()
        except BenchFailure as failure:
            failures.append(failure)
    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
    if failures:
        raise failures[0]


WORKS = {
    "pg-item": reads("pg-item", "PostgreSQL: GET item by id, uniform", lambda stage: ["item", stage.ids_file], PostgresStage.item_scripts, 1.5, "item"),
    "pg-list": reads("pg-list", "PostgreSQL: list of 10, default sort", lambda _: ["fixed", LIST], PostgresStage.list_scripts, 0.8, "list"),
    "pg-post": post,
    "pg-busy": busy,
}


def measure(root, binary, items, wanted, options, attempt):
    """`attempt(name, work)`: runs one row and keeps what came of it."""
    with PostgresStage(root, binary, items) as stage:
        stage.sampled = stage.samples()
        for name in wanted:
            attempt(name, lambda name=name: WORKS[name](stage, options))
