"""The row on MongoDB: Holdfast against a libmongoc program on the same server. A real one only."""
import json

from mongo_stage import MongoStage, real_server
from rows import Row, ratio_row, raw_program
from servers import ask
from slices import alternate
from wrk import load

WORK, LIMIT = "MongoDB: GET item by id, uniform", "libmongoc, one find each"
TARGET = 1.0


def item(root, binary, items, folder, options, build):
    """`build(name)`: makes a program of bench/ and answers where it is."""
    server = real_server(folder / "mongodb")
    if server is None:
        return [Row("mongo-item", WORK, LIMIT, None, None, None, "ratio", TARGET, None, note="not run: stand-in")]
    program = build("raw_mongo_bench")
    with MongoStage(server, folder, root, binary, items) as stage, stage.serve() as holdfast:
        port = holdfast.wait_for_address().port
        # Holdfast has a thread for each client of its pool, and so has the limit.
        threads = json.loads(ask(port, "/health/ready").body)["pool"]["size"]
        sides = {
            "holdfast": lambda number: load(port, holdfast.pid, options.seconds, ["item", number, stage.ids_file]),
            "libmongoc": lambda _: libmongoc(stage, program, options.seconds, threads),
        }
        for side in sides.values():
            side(0)  # warm-up, not counted
        measured = alternate("mongo-item", sides, options.rounds)
    return [ratio_row("mongo-item", WORK, f"{LIMIT}, {threads} threads", TARGET, measured["holdfast"], measured["libmongoc"])]


def libmongoc(stage, program, seconds, threads):
    """The address goes by the environment: a command line can be read by all, and it may hold a password."""
    return raw_program([program, "items", stage.ids_file, seconds, threads], {"MONGODB_URI": stage.uri})


WORKS = {"mongo-item": item}
