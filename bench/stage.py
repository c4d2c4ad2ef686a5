"""What every row stands on: a project with its items, with and without search, the files that feed the load, and one sample of each answer."""
import json
import os
import re
import shutil
import sqlite3
from pathlib import Path

from catalogue_data import Table, body, make_items
from failure import BenchFailure
from servers import Holdfast, ask
from slices import progress

LIST = "/api/items"
FILTERED = "/api/items?price[gte]=202.50&price[lt]=900&sortBy=price&sortOrder=asc"  # the middle of what load.lua asks
SEED_OF_STORED, SEED_OF_POSTED = 4, 5
MINUTES_FOR_SEARCH_DATA = 10  # of a million items; 100,000 take seconds
POSTED = 2000  # different bodies, sent in random order
COMMON_WORDS = ["premium", "robuste", "compact", "pratique", "classique", "durable"]  # each in the names of an eighth of the items
RARE_WORDS = 1000  # numbers, each in the name of one item
PARTS_OF_WORDS = ["obust", "EMI", "assi", "rati", "mpac", "urab"]


class Stage:
    def __init__(self, folder, root, binary, items):
        self.folder, self.root, self.binary, self.items = Path(folder), Path(root), Path(binary), items
        self.project = self.folder / "project"
        self.database = self.project / "data" / "holdfast.db"
        self.pristine = self.folder / "pristine.db"
        self.searching = self.folder / "searching"  # the same, its model as the example has it
        self.pristine_searching = self.folder / "pristine-searching.db"
        self.ids_file, self.bodies_file, self.rows_file = (self.folder / name for name in ("ids.txt", "bodies.txt", "rows.tsv"))
        self.words_file, self.parts_file, self.rare_file = (self.folder / name for name in ("words.txt", "parts.txt", "rare.txt"))

    def prepare(self):
        self.folder.mkdir(exist_ok=True)
        self.make_rows()
        self.samples = self.take_samples()

    def make_rows(self):
        """Holdfast creates the tables; the rows are written into the file while no server holds it."""
        for project in (self.project, self.searching):
            shutil.copytree(self.root / "examples" / "catalogue" / "models", project / "models")
        self.without_search(self.project / "models" / "items.yaml")
        with self.launch() as server:
            server.wait_for_address()
        if not self.database.exists():
            raise BenchFailure(f"holdfast made no {self.database.relative_to(self.folder)}")
        progress(f"loading {self.items:,} items")
        table = Table(self.database)
        ids = table.fill(make_items(self.items, SEED_OF_STORED))
        self.ids_file.write_text("".join(f"{each}\n" for each in ids))
        posted = list(make_items(POSTED, SEED_OF_POSTED))
        table.write_rows_file(self.rows_file, posted)
        self.bodies_file.write_text("".join(f"{body(item)}\n" for item in posted), encoding="utf-8")
        shutil.copyfile(self.database, self.pristine)
        self.words_file.write_text("\n".join(COMMON_WORDS))
        self.parts_file.write_text("\n".join(PARTS_OF_WORDS))
        self.rare_file.write_text("\n".join(f"{number:06d}" for number in range(0, self.items, max(1, self.items // RARE_WORDS))))

    @staticmethod
    def without_search(model):
        text = model.read_text(encoding="utf-8")
        model.write_text(re.sub(r"^search:.*\n", "", text, flags=re.MULTILINE), encoding="utf-8")
        if text == model.read_text(encoding="utf-8"):
            raise BenchFailure(f"{model.name} has no line `search: …` to take away")

    def prepare_searching(self):
        """The same rows where the model declares a search: the server makes its search data when it starts."""
        if self.pristine_searching.exists():
            return
        progress("making search data")
        database = self.searching / "data" / "holdfast.db"
        database.parent.mkdir()
        shutil.copyfile(self.pristine, database)
        with Holdfast(self.binary, self.searching) as server:
            server.wait_for_address(MINUTES_FOR_SEARCH_DATA)
            found = json.loads(ask(server.port, f"{LIST}/search?q={COMMON_WORDS[0]}&count=exact").body)["page"]["total"]
        if found < self.items / 10:
            raise BenchFailure(f"{COMMON_WORDS[0]} was found in {found} items only")
        shutil.copyfile(database, self.pristine_searching)

    def serve_searching(self):
        self.prepare_searching()
        self.restore(self.searching / "data" / "holdfast.db", self.pristine_searching)
        return Holdfast(self.binary, self.searching)

    def raw_search_file(self):
        """The same rows under a full-text index as one makes it by hand."""
        file = self.folder / "raw-search.db"
        if not file.exists():
            self.restore(file)
            connection = sqlite3.connect(file)
            with connection:
                connection.execute("create virtual table found using fts5(name, description, tokenize = 'unicode61 remove_diacritics 2')")
                connection.execute("insert into found(rowid, name, description) select _row, name, description from items")
            connection.execute("pragma wal_checkpoint(truncate)")
            connection.close()
        return file

    def restore(self, target=None, source=None):
        """Puts the rows back as they were made, synced, so that no slice pays for the copy."""
        target, source = target or self.database, source or self.pristine
        for suffix in ("", "-wal", "-shm"):
            Path(f"{target}{suffix}").unlink(missing_ok=True)
        shutil.copyfile(source, target)
        for path in (target, target.parent):
            descriptor = os.open(path, os.O_RDONLY)
            os.fsync(descriptor)
            os.close(descriptor)
        return target

    def launch(self, log="warn", port=0):
        """A server on the project as it is; the caller enters it and waits for its address."""
        return Holdfast(self.binary, self.project, log, port)

    def serve(self, log="warn"):
        """A server on the rows as they were made."""
        self.restore()
        return self.launch(log)

    def take_samples(self):
        """One answer of each kind, for nginx to repeat. The item is the one of median length among 101."""
        ids = self.ids_file.read_text().split()
        posted = self.bodies_file.read_bytes().splitlines()[0]
        with self.serve() as server:
            port = server.wait_for_address().port
            items = [ask(port, f"/api/items/{each}") for each in ids[:: max(1, len(ids) // 101)]]
            samples = {
                "health": ask(port, "/health/live"),
                "item": sorted(items, key=lambda sample: len(sample.body))[len(items) // 2],
                "list": ask(port, LIST),
                "filtered": ask(port, FILTERED),
                "post": ask(port, LIST, "POST", posted, expect=201),
            }
        self.check_samples(samples)
        return samples

    def check_samples(self, samples):
        """A fast wrong answer is worth nothing."""
        for name in ("list", "filtered"):
            data = json.loads(samples[name].body)["data"]
            if len(data) != 10:
                raise BenchFailure(f"the {name} sample has {len(data)} items, not 10")
        prices = [each["price"] for each in json.loads(samples["filtered"].body)["data"]]
        if prices != sorted(prices) or prices[0] < 202.5:
            raise BenchFailure("the filtered sample is not filtered and sorted by price")
