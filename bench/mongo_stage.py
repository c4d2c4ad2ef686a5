"""What the row on MongoDB stands on: a real mongod, and the items in the collection that Holdfast makes there."""
import json
import os
import random
import shutil
import sys
import urllib.parse
from contextlib import suppress
from datetime import timedelta
from itertools import islice
from pathlib import Path

from catalogue_data import FIRST_DAY, body, make_items, make_uuid7
from failure import BenchFailure
from servers import Holdfast, ask
from slices import progress
from stage import LIST, SEED_OF_STORED, Stage

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "services"))
import child  # noqa: E402
import mongodb  # noqa: E402
from services import MONGODB, STAND_IN  # noqa: E402

DATABASE = "holdfast_bench"
AT_ONCE = 1000  # documents of an insert
SECONDS_TO_ANSWER = 30  # the port of a container is open before its server is


class Named:
    """A server that somebody else keeps."""

    def __init__(self, uri):
        self.named = uri

    def uri(self):
        return self.named

    def start(self):
        return self

    def stop(self):
        pass


def real_server(folder):
    """Not yet started, found as the tests find theirs. None where only the stand-in can be had: it has no indexes, so its speed means nothing."""
    if os.environ.get(MONGODB):
        return None if os.environ.get(STAND_IN) else Named(os.environ[MONGODB])
    try:
        server = mongodb.server(folder)
    except child.Missing:
        return None
    return None if isinstance(server, mongodb.StandIn) else server


class MongoStage:
    """A context: the server runs and the items are there inside it."""

    def __init__(self, server, folder, root, binary, items):
        self.server, self.root, self.binary, self.items = server, Path(root), binary, items
        self.project, self.ids_file = folder / "project", folder / "ids.txt"
        self.uri = self.client = None

    def __enter__(self):
        pymongo = driver()
        try:
            self.uri = with_database(self.server.start().uri(), DATABASE)
            client = pymongo.MongoClient(self.uri, serverSelectionTimeoutMS=1000 * SECONDS_TO_ANSWER)
            client.drop_database(DATABASE)
            self.client = client
            self.make_items()
        except (child.Missing, child.Broken, pymongo.errors.PyMongoError) as fault:
            self.close()
            raise BenchFailure(f"MongoDB: {fault}") from fault
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.client:
            with suppress(driver().errors.PyMongoError):  # whoever comes next drops it first
                self.client.drop_database(DATABASE)
            self.client.close()
        self.server.stop()

    def serve(self):
        return Holdfast(self.binary, self.project, environment={"MONGODB_URI": self.uri})

    def make_items(self):
        """Holdfast creates the collection and stores the first item; the others are made like that one and go in beside it."""
        shutil.copytree(self.root / "examples" / "catalogue" / "models", self.project / "models")
        Stage.without_search(self.project / "models" / "items.yaml")
        items = make_items(self.items, SEED_OF_STORED)
        first = next(items)
        with self.serve() as server:
            posted = ask(server.wait_for_address().port, LIST, "POST", body(first).encode(), expect=201)
        ids = [json.loads(posted.body)["id"]]
        collection = self.client[DATABASE]["items"]
        check_form(first, collection.find_one({"_id": ids[0]}))
        progress(f"loading {self.items:,} items into MongoDB")
        dice = random.Random(7)
        while several := list(islice(items, AT_ONCE)):
            instants = [FIRST_DAY + timedelta(seconds=len(ids) + number) for number in range(len(several))]
            documents = [document_of(item, make_uuid7(instant, dice), instant) for item, instant in zip(several, instants, strict=True)]
            collection.insert_many(documents)
            ids += [document["_id"] for document in documents]
        self.ids_file.write_text("".join(f"{each}\n" for each in ids))


def driver():
    try:
        import pymongo
    except ImportError:
        raise BenchFailure("missing: pymongo, which loads the items. Install: apt-get install python3-pymongo") from None
    return pymongo


def with_database(uri, name):
    parts = urllib.parse.urlsplit(uri)
    query = parts.query
    if parts.username and "authSource=" not in query:  # else the users of the other database would be asked for
        query += ("&" if query else "") + f"authSource={parts.path.strip('/') or 'admin'}"
    return urllib.parse.urlunsplit(parts._replace(path=f"/{name}", query=query))


def document_of(item, identity, instant):
    """The item as Holdfast stores it in MongoDB."""
    from bson.decimal128 import Decimal128
    return {"_id": identity, **item, "price": Decimal128(item["price"]), "createdAt": instant, "updatedAt": instant, "_hf": {"rev": 1}}


def check_form(item, stored):
    """A figure of documents that Holdfast would not have written would be one of something else."""
    made = document_of(item, stored["_id"], stored["createdAt"])
    if list(made.items()) != list(stored.items()):
        raise BenchFailure(f"bench/mongo_stage.py makes other documents than Holdfast does: {made} instead of {stored}")
