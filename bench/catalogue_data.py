"""The data of the bench: catalogue items that look like a shop's, the same in every run (fixed seed).

One list of items feeds the rows of the database, the bodies of the POSTs, and the rows of the raw SQLite program."""
import json
import random
import sqlite3
from datetime import datetime, timedelta, timezone
from functools import cache
from itertools import accumulate
from pathlib import Path

from failure import BenchFailure

WORDS = {
    "electronique": (["Casque", "Clavier", "Écran", "Smartphone", "Enceinte", "Tablette"], ["audio", "wireless", "samsung", "usb-c", "4k", "laptop"]),
    "vetement": (["T-shirt", "Veste", "Pantalon", "Chemise", "Pull", "Manteau"], ["coton", "bio", "casual", "laine", "hiver", "lin"]),
    "livre": (["Guide", "Roman", "Manuel", "Recueil", "Atlas", "Dictionnaire"], ["programmation", "poche", "jeunesse", "histoire", "bio", "illustré"]),
    "autre": (["Lampe", "Chaise", "Vase", "Panier", "Horloge", "Tapis"], ["bois", "verre", "fait-main", "salon", "jardin", "promo"]),
}
QUALITIES = ["léger", "robuste", "compact", "classique", "premium", "pratique", "élégant", "durable"]
SENTENCES = ["Fabriqué avec soin", "Livré en deux jours", "Garantie de trois ans", "Idéal pour le quotidien",
             "Fonctionne sans entretien", "Une valeur sûre de la collection", "Convient aux débutants comme aux experts"]
# Prices stand at price points, as in shops, low ones and `.99` more often. The index (price, id) makes this matter: every distinct price
# in a group of writes is a page of its own to log. Uniform prices from 1 to 1,000 slow SQLite itself down by about a quarter.
ENDINGS = {"99": 6, "90": 3, "00": 3, "50": 2}
WHOLES = [*range(1, 10), *range(10, 50, 5), *range(50, 200, 10), *range(200, 1000, 50)]
POINTS = {f"{whole}.{cents}": weight / (rank + 10) for rank, whole in enumerate(WHOLES) for cents, weight in ENDINGS.items()}
PRICE_POINTS, POPULARITY = list(POINTS), list(accumulate(POINTS.values()))
FIRST_DAY = datetime(2026, 1, 1, tzinfo=timezone.utc)


def make_items(count, seed):
    """`count` items as their JSON members, one after the other; a tenth has no description, a fifth is not active."""
    dice = random.Random(seed)
    for number in range(count):
        category = dice.choice(list(WORDS))
        nouns, tags = WORDS[category]
        item = {"name": f"{dice.choice(nouns)} {dice.choice(QUALITIES)} {number:06d}"}
        if dice.random() >= 0.1:
            item["description"] = ". ".join(dice.sample(SENTENCES, 2)) + "."
        item["price"] = dice.choices(PRICE_POINTS, cum_weights=POPULARITY)[0]
        item["category"] = category
        item["tags"] = dice.sample(tags, dice.randint(0, 3))
        item["isActive"] = dice.random() >= 0.2
        yield item


def make_uuid7(instant, dice):
    milliseconds = int(instant.timestamp() * 1000)
    number = milliseconds << 80 | 7 << 76 | dice.getrandbits(12) << 64 | 2 << 62 | dice.getrandbits(62)
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def wire_instant(instant):
    return instant.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def body(item):
    """The item as a client sends it; the price is a JSON number with its two decimals."""
    text = json.dumps({**item, "price": 0}, ensure_ascii=False, separators=(",", ":"))
    return text.replace('"price":0', f'"price":{item["price"]}')


@cache
def json_array(texts):
    return json.dumps(texts, ensure_ascii=False, separators=(",", ":"))


def stored(item):
    """The item as Holdfast stores it, by column name without `_` and case; see semantics: decimals scaled, arrays as JSON text."""
    return {
        "name": item["name"],
        "description": item.get("description"),
        "price": int(item["price"].replace(".", "")),  # two decimals always
        "category": item["category"],
        "tags": json_array(tuple(item["tags"])),
        "isactive": int(item["isActive"]),
    }


class Table:
    """The items table as Holdfast created it. The bench fills it by column name and refuses columns that it does not know."""

    MADE_BY_SERVER = {"id": "uuid7", "createdat": "now", "updatedat": "now"}

    def __init__(self, database_file, name="items"):
        self.file, self.name = Path(database_file), name
        with sqlite3.connect(self.file) as connection:
            found = connection.execute("select name, type, pk, hidden from pragma_table_xinfo(?)", (name,)).fetchall()
        connection.close()
        if not found:
            raise BenchFailure(f"{self.file} has no table {name}: the server did not create it")
        self.columns = [(column, kind.lower()) for column, kind, pk, hidden in found if not pk and not hidden]
        known = set(stored(next(make_items(1, 1)))) | set(self.MADE_BY_SERVER) | {"rev"}
        unknown = [column for column, _ in self.columns if self.plain(column) not in known]
        if unknown:
            raise BenchFailure(f"table {name} has columns that bench/catalogue_data.py does not know: {', '.join(unknown)}")

    @staticmethod
    def plain(column):
        return column.replace("_", "").lower()

    def fill(self, items):
        """Inserts the items one second apart and answers their ids. Only while no server holds the file."""
        dice = random.Random(7)
        plain = [self.plain(column) for column, _ in self.columns]
        ids = []

        def rows():
            for number, item in enumerate(items):
                instant = FIRST_DAY + timedelta(seconds=number)
                at = wire_instant(instant)
                ids.append(make_uuid7(instant, dice))
                values = {**stored(item), "id": ids[-1], "createdat": at, "updatedat": at, "rev": 1}
                yield [values[name] for name in plain]

        names = ", ".join(f'"{column}"' for column, _ in self.columns)
        connection = sqlite3.connect(self.file)
        connection.execute("pragma synchronous = off")  # a file that is lost with the machine is made again
        connection.execute("pragma cache_size = -1000000")  # the indexes of a million rows are written in random order: in memory
        with connection:
            connection.executemany(f'insert into "{self.name}" ({names}) values ({", ".join("?" * len(self.columns))})', rows())
        connection.execute("pragma wal_checkpoint(truncate)")
        connection.close()
        return ids

    def write_rows_file(self, path, items):
        """The items for raw_sqlite.cpp, which says what the format means."""
        def heading(column, kind):
            return f"{column}:{self.MADE_BY_SERVER.get(self.plain(column)) or ('integer' if kind == 'integer' else 'text')}"

        with open(path, "w", encoding="utf-8") as file:
            print(*(heading(*column) for column in self.columns), sep="\t", file=file)
            for item in items:
                values = {**stored(item), "rev": 1}
                cells = (values.get(self.plain(column)) for column, _ in self.columns)
                print(*("" if cell is None else cell for cell in cells), sep="\t", file=file)
