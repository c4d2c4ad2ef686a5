"""What the rows on PostgreSQL stand on: a server of their own with fsync on, the items in the tables that Holdfast makes there, pgbench."""
import csv
import io
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from catalogue_data import FIRST_DAY, body, make_items, make_uuid7, wire_instant
from failure import BenchFailure
from process_meter import Meter
from servers import Holdfast, ask
from slices import Slice, progress

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "services"))
import child  # noqa: E402
import postgres  # noqa: E402

CLIENTS = 16  # of pgbench: more are slower on few cores
DRAWN = 8  # rows that pgbench writes, each a script of its own, which every client prepares in every slice: so not many
# pgbench can draw a number, not a text: ids end in a number of twelve decimal digits. They are versions 7 of one moment.
SAME_OF_IDS = make_uuid7(FIRST_DAY, random.Random(7))[:24]
FIRST_NUMBER = 100_000_000_000
SEED_OF_STORED, SEED_OF_POSTED = 4, 5
POSTED = 2000
LIST = "/api/items"
SLOW_MILLISECONDS = 500


class PostgresStage:
    """A context: the server runs and the rows are there inside it."""

    def __init__(self, root, binary, items):
        self.root, self.binary, self.items = Path(root), binary, items
        self.folder = Path(tempfile.mkdtemp(prefix="holdfast-bench-"))  # not below the repository: another account must reach it
        self.project = self.folder / "project"
        self.server = None

    def __enter__(self):
        try:
            self.folder.chmod(0o755)
            # An honest server for writes; the rest as Debian delivers it, but for memory.
            settings = {"fsync": "on", "synchronous_commit": "on", "shared_buffers": "256MB", "max_wal_size": "2GB"}
            self.server = postgres.Server(self.folder / "postgres", settings).start()
            self.make_rows()
        except (child.Missing, child.Broken) as fault:
            self.close()
            raise BenchFailure(str(fault)) from fault
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.server:
            self.server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def serve(self, settings=None):
        return Holdfast(self.binary, self.project, environment={"DATABASE_URL": self.server.url(), **(settings or {})})

    def make_rows(self):
        shutil.copytree(self.root / "examples" / "catalogue" / "models", self.project / "models")
        model = self.project / "models" / "items.yaml"
        model.write_text(re.sub(r"^search:.*\n", "", model.read_text(encoding="utf-8"), flags=re.MULTILINE), encoding="utf-8")
        with self.serve() as server:
            server.wait_for_address()
        progress(f"loading {self.items:,} items into PostgreSQL")
        self.columns = self.server.run("select string_agg(attname, ',' order by attnum) from pg_attribute "
                                       "where attrelid = 'items'::regclass and attnum > 0").split(",")
        self.copy(self.rows())
        self.server.run("create table pristine as table items")
        self.refresh()
        self.ids_file, self.bodies_file = self.folder / "ids.txt", self.folder / "bodies.txt"
        self.ids_file.write_text("".join(f"{each}\n" for each in self.ids))
        self.posted = list(make_items(POSTED, SEED_OF_POSTED))
        self.bodies_file.write_text("".join(f"{body(item)}\n" for item in self.posted), encoding="utf-8")

    def rows(self):
        self.ids = []
        for number, item in enumerate(make_items(self.items, SEED_OF_STORED)):
            instant = FIRST_DAY + timedelta(seconds=number)
            self.ids.append(f"{SAME_OF_IDS}{FIRST_NUMBER + number}")
            yield {"_rev": 1, "id": self.ids[-1], "created_at": wire_instant(instant), "updated_at": wire_instant(instant), **columns_of(item)}

    def copy(self, rows):
        text = io.StringIO()
        writer = csv.writer(text)
        for row in rows:
            unknown = set(self.columns) - set(row)
            if unknown:
                raise BenchFailure(f"table items has columns that bench/postgres_stage.py does not know: {', '.join(sorted(unknown))}")
            writer.writerow([row[column] for column in self.columns])
        command = [postgres.tool("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--command",
                   f"copy items ({','.join(self.columns)}) from stdin with (format csv)", self.server.url()]
        done = subprocess.run(command, input=text.getvalue(), capture_output=True, text=True)
        if done.returncode != 0:
            raise BenchFailure(f"the items were not loaded: {done.stderr[-500:]}")

    def refresh(self):
        """The rows as they were made: a table that two sides let grow at two speeds would be two tables."""
        self.server.run("truncate items")
        self.server.run("insert into items select * from pristine order by created_at")
        self.server.run("vacuum (analyze) items")
        self.server.run("checkpoint")

    def stored(self):
        return int(self.server.run("select count(*) from items")) - self.items

    def pgbench(self, seconds, scripts):
        """One slice of 16 clients that run `scripts` at random, prepared."""
        files = []
        for number, script in enumerate(scripts):
            files.append(self.folder / f"script{number}.sql")
            files[-1].write_text(script + "\n", encoding="utf-8")
        command = [postgres.tool("pgbench"), "--no-vacuum", "--protocol=prepared", f"--client={CLIENTS}", "--jobs=2", f"--time={seconds}",
                   *(f"--file={file}" for file in files), self.server.url()]
        with Meter(self.server.child.pid) as meter:
            done = subprocess.run(command, capture_output=True, text=True)
        counted = re.search(r"number of transactions actually processed: (\d+)", done.stdout)
        rate = re.search(r"tps = ([\d.]+) \(without initial", done.stdout)
        if done.returncode != 0 or not counted or not rate:
            raise BenchFailure(f"pgbench failed: {(done.stderr or done.stdout)[-500:]}")
        requests = int(counted[1])
        # pgbench tells no percentiles without a log of every transaction, which would slow it.
        return Slice(requests, requests / float(rate[1]), meter.cpu_seconds * 1e6 / requests, float("nan"), float("nan"), meter.peak_megabytes)

    def item_scripts(self):
        """Uniform over all ids, as Holdfast is asked."""
        return [f"\\set number random({FIRST_NUMBER}, {FIRST_NUMBER + self.items - 1})\n"
                f"select {', '.join(self.columns)} from items where id = ('{SAME_OF_IDS}' || :number)::uuid;"]

    def list_scripts(self):
        return [f"select {', '.join(self.columns)} from items order by created_at desc, id desc limit 11;"]  # one more, as Holdfast asks

    def post_scripts(self):
        """An id of this moment, as Holdfast makes it: random ones would scatter over the whole index."""
        values = {"_rev": "1", "id": "(lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0') || '7' || "
                                     "substr(md5(random()::text), 1, 3) || '8' || substr(md5(random()::text), 1, 15))::uuid",
                  "created_at": "date_trunc('milliseconds', clock_timestamp())", "updated_at": "date_trunc('milliseconds', clock_timestamp())"}
        scripts = []
        for item in self.posted[:DRAWN]:
            row = {name: literal(value) for name, value in columns_of(item).items()} | values
            scripts.append(f"insert into items ({', '.join(self.columns)}) values ({', '.join(row[name] for name in self.columns)}) returning _rev;")
        return scripts

    def slow_path(self, port):
        """A count that takes half a second here, alone."""
        term = "name ilike '%q{0}x%' or description ilike '%q{0}x%'"
        count = 1
        while count <= 60:
            path = f"{LIST}/count?filter=" + " or ".join(term.format(number) for number in range(count)).replace("%", "%25").replace(" ", "%20")
            taken = milliseconds_of(lambda: ask(port, path))
            if taken >= SLOW_MILLISECONDS:
                return path
            count = max(count + 1, min(count * 3, int(count * SLOW_MILLISECONDS / taken) + 1))
        raise BenchFailure("no count takes half a second: take more items (--items 1000000)")

    def samples(self):
        with self.serve() as server:
            port = server.wait_for_address().port
            items = [ask(port, f"{LIST}/{each}") for each in self.ids[:: max(1, len(self.ids) // 101)]]
            listed = ask(port, LIST)
        if len(json.loads(listed.body)["data"]) != 10:
            raise BenchFailure("the list on PostgreSQL has not 10 items")
        return {"item": sorted(items, key=lambda sample: len(sample.body))[len(items) // 2], "list": listed}


def columns_of(item):
    """The item as Holdfast stores it in PostgreSQL, by column name."""
    tags = "{" + ",".join('"' + tag.replace("\\", "\\\\").replace('"', '\\"') + '"' for tag in item["tags"]) + "}"
    return {"name": item["name"], "description": item.get("description"), "price": item["price"], "category": item["category"], "tags": tags,
            "is_active": "true" if item["isActive"] else "false"}


def literal(value):
    return "null" if value is None else "'" + str(value).replace("'", "''") + "'"


def milliseconds_of(work):
    import time
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000
