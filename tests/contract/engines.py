"""The databases that the contract is run on. Each server under test has a place of its own there, dropped at the end."""
import os
import sqlite3
import urllib.parse

NAMES = ("sqlite", "postgres", "pgbouncer", "mongodb")
# What a scenario row may say that it needs of an engine, and where it is not there (semantics.md §8).
CODE_POINT_ORDER = "order of characters beyond U+FFFF"
WIDE_DECIMALS = "comparison of decimals beyond what a double holds"
SPEED = "secondary indexes, so ten thousand removals in time"
NEEDS = (CODE_POINT_ORDER, WIDE_DECIMALS, SPEED)


def required(variable):
    value = os.environ.get(variable)
    if not value:
        raise AssertionError(f'{variable} is not set, so there is no server to test against. Start one, in this shell: eval "$(./dev services up)"')
    return value


class Sqlite:
    """A file in the data folder of each server; it goes with the folder."""
    name = "sqlite"
    lacks = {}
    stand_in = None

    def __init__(self):
        self.settings = {}

    def environment(self, data):
        return {}

    def drop(self, data):
        pass

    def close(self):
        pass

    def version(self):
        return f"SQLite {sqlite3.sqlite_version}"


class OnServer:
    """A database server that is shared: a place is a name in it."""
    lacks = {}
    stand_in = None  # what serves instead of the real one

    def __init__(self):
        self.places = {}
        self.count = 0
        self.settings = {}  # that servers on it get

    def environment(self, data):
        """Of the server whose data folder this is. The same folder is the same place, so that a restart finds what was written."""
        key = os.path.abspath(data)
        if key not in self.places:
            self.count += 1
            self.places[key] = f"t{os.getpid()}_{self.count}"
            self._create(self.places[key])
        return {"DB_TYPE": self.db_type, **self.settings, **self._address(self.places[key])}

    def drop(self, data):
        place = self.places.pop(os.path.abspath(data), None)
        if place:
            self._remove(place)

    def close(self):
        for data in list(self.places):
            self.drop(data)


class Postgres(OnServer):
    """A schema each, named by the URL."""
    name = db_type = "postgres"

    def __init__(self):
        super().__init__()
        import psycopg2
        self.url = required("HOLDFAST_TEST_DATABASE_URL")
        self.connection = psycopg2.connect(self.url, connect_timeout=10)
        self.connection.autocommit = True

    def run(self, statement, *values):
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def _create(self, place):
        self.run(f"drop schema if exists {place} cascade; create schema {place}")

    def _address(self, place):
        return {"DATABASE_URL": with_schema(self.served_url(), place)}

    def served_url(self):
        return self.url

    def _remove(self, place):
        self.run(f"set lock_timeout = '20s'; drop schema {place} cascade")

    def close(self):
        super().close()
        self.connection.close()

    def version(self):
        return "PostgreSQL " + self.run("show server_version")[0][0].split()[0]


class Pgbouncer(Postgres):
    """The same PostgreSQL through a pooler in transaction mode; schemas are made and dropped beside it."""
    name = "pgbouncer"

    def served_url(self):
        return required("HOLDFAST_TEST_POOLER_URL")

    def version(self):
        import psycopg2
        connection = psycopg2.connect(with_database(self.served_url(), "pgbouncer"), connect_timeout=10)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("show version")
            said = cursor.fetchone()[0]
        connection.close()
        return f"{super().version()} behind {said}"


class Mongodb(OnServer):
    """A database each."""
    name = db_type = "mongodb"

    def __init__(self):
        super().__init__()
        import pymongo
        self.uri = required("HOLDFAST_TEST_MONGODB_URI")
        self.client = pymongo.MongoClient(self.uri, serverSelectionTimeoutMS=10_000)
        self.stand_in = os.environ.get("HOLDFAST_TEST_MONGODB_STAND_IN") or None
        self.lacks = dict.fromkeys(NEEDS, "stand-in") if self.stand_in else {}

    def _create(self, place):
        self.client.drop_database(place)

    def _address(self, place):
        return {"MONGODB_URI": with_database(self.uri, place)}

    def _remove(self, place):
        self.client.drop_database(place)

    def close(self):
        super().close()
        self.client.close()

    def version(self):
        return f"{self.stand_in} (stand-in)" if self.stand_in else f"MongoDB {self.client.server_info()['version']}"


def not_run(engine, need):
    """Why what needs this is not run on the engine; None: it is run."""
    lack = engine.lacks.get(need)
    return lack and f"not run: {lack}: {need}"


def with_schema(url, name):
    parts = urllib.parse.urlsplit(url)
    return urllib.parse.urlunsplit(parts._replace(query=f"{parts.query}&schema={name}" if parts.query else f"schema={name}"))


def with_database(url, name):
    return urllib.parse.urlunsplit(urllib.parse.urlsplit(url)._replace(path=f"/{name}"))


def opened(name):
    return {"sqlite": Sqlite, "postgres": Postgres, "pgbouncer": Pgbouncer, "mongodb": Mongodb}[name]()
