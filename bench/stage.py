"""What every row stands on: a project with 100,000 items, the files that feed the load, and one sample of each answer."""
import json
import os
import shutil
from pathlib import Path

from catalogue_data import Table, body, make_items
from failure import BenchFailure
from servers import Holdfast, ask
from slices import progress

LIST = "/api/items"
FILTERED = "/api/items?price[gte]=202.50&price[lt]=900&sortBy=price&sortOrder=asc"  # the middle of what load.lua asks
SEED_OF_STORED, SEED_OF_POSTED = 4, 5
POSTED = 2000  # different bodies, sent in random order


class Stage:
    def __init__(self, folder, root, binary, items):
        self.folder, self.root, self.binary, self.items = Path(folder), Path(root), Path(binary), items
        self.project = self.folder / "project"
        self.database = self.project / "data" / "holdfast.db"
        self.pristine = self.folder / "pristine.db"
        self.ids_file, self.bodies_file, self.rows_file = (self.folder / name for name in ("ids.txt", "bodies.txt", "rows.tsv"))

    def prepare(self):
        """Holdfast creates the tables; the rows are written into the file while no server holds it."""
        shutil.copytree(self.root / "examples" / "catalogue" / "models", self.project / "models")
        with self.launch() as server:
            server.wait_for_address()
        if not self.database.exists():
            raise BenchFailure(f"holdfast made no {self.database.relative_to(self.folder)}")
        progress(f"loading {self.items:,} items")
        table = Table(self.database)
        ids = table.fill(make_items(self.items, SEED_OF_STORED))
        self.ids_file.write_text("".join(f"{each}\n" for each in ids))
        posted = make_items(POSTED, SEED_OF_POSTED)
        table.write_rows_file(self.rows_file, posted)
        self.bodies_file.write_text("".join(f"{body(item)}\n" for item in posted), encoding="utf-8")
        shutil.copyfile(self.database, self.pristine)
        self.samples = self.take_samples(ids)

    def restore(self, target=None):
        """Puts the 100,000 rows back, synced, so that no slice pays for the copy."""
        target = target or self.database
        for suffix in ("", "-wal", "-shm"):
            Path(f"{target}{suffix}").unlink(missing_ok=True)
        shutil.copyfile(self.pristine, target)
        for path in (target, target.parent):
            descriptor = os.open(path, os.O_RDONLY)
            os.fsync(descriptor)
            os.close(descriptor)
        return target

    def launch(self, log="warn", port=0):
        """A server on the project as it is; the caller enters it and waits for its address."""
        return Holdfast(self.binary, self.project, log, port)

    def serve(self, log="warn"):
        """A server on the 100,000 rows."""
        self.restore()
        return self.launch(log)

    def take_samples(self, ids):
        """One answer of each kind, for nginx to repeat. The item is the one of median length among 101."""
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
