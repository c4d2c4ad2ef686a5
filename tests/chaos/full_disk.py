"""A disk that is full whenever a test wants it, without any rights: the test's side of full_disk.cpp.

The library is made with the machine's compiler and loaded into the server by LD_PRELOAD. It refuses to write to the files of one data
folder; reads, and what is written through mapped memory, go their way.
"""
import errno
import mmap
import os
import pathlib
import struct
import subprocess

SOURCE = pathlib.Path(__file__).with_name("full_disk.cpp")
# name → (place, struct code): as Control in full_disk.cpp.
FIELDS = {"error": (0, "i"), "sync_error": (4, "i"), "files": (8, "i"), "in_place": (12, "i"), "room": (16, "q"), "refused": (24, "q")}
FILES = {"database": 1, "log": 2, "index": 4, "other": 8}
CREATION = 16  # no new file: most disks still take empty ones when they take no byte more
SIZE = 32


def build(folder):
    """The library, made in `folder`."""
    library = folder / "full_disk.so"
    command = ["g++", "-std=c++20", "-O1", "-shared", "-fPIC", "-o", str(library), str(SOURCE)]
    made = subprocess.run(command, capture_output=True, text=True)
    assert made.returncode == 0, f"{' '.join(command)}\n{made.stderr}"
    return library


class FullDisk:
    """One disk for one data folder. It has room until fill()."""

    def __init__(self, library, data, control):
        self.data = pathlib.Path(data)
        control.write_bytes(bytes(SIZE))
        with open(control, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), SIZE)
        self.environment = {"LD_PRELOAD": str(library), "FULL_DISK_CONTROL": str(control), "FULL_DISK_FOLDER": f"{self.data}{os.sep}"}

    def _set(self, name, value):
        place, code = FIELDS[name]
        struct.pack_into(code, self.memory, place, value)

    def _get(self, name):
        place, code = FIELDS[name]
        return struct.unpack_from(code, self.memory, place)[0]

    def fill(self, error="ENOSPC", room=0, files=tuple(FILES), in_place=False, creation=False):
        """From now on `files` take `room` bytes more, then answer `error`. `in_place`: bytes that replace others need room too."""
        self._set("error", 0)
        self._set("room", room)
        self._set("in_place", int(in_place))
        self._set("files", sum(FILES[name] for name in files) + (CREATION if creation else 0))
        self._set("error", getattr(errno, error))

    def lift(self):
        """There is room again."""
        self._set("error", 0)

    def fail_sync(self, error):
        """Every fsync fails; None: no more."""
        self._set("files", sum(FILES.values()))
        self._set("sync_error", getattr(errno, error) if error else 0)

    @property
    def refused(self):
        """How many times nothing at all was taken."""
        return self._get("refused")
