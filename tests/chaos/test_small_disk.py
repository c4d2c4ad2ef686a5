"""A real small disk: a tmpfs of a few megabytes, in a mount namespace of its own, which ends with its last process.

Where mounting is not permitted this is skipped with a word, and test_disk_full.py, which needs no rights, stands for it.
"""
import os
import pathlib
import subprocess

import pytest

import server as servers
from test_disk_full import assert_full, assert_reads_go_on, create, post, writes
from verdict import check_files
from workload import MODELS

MEBIBYTES = 8


class SmallDisk:
    """`folder` is small for those who enter; `seen` is the same folder for everybody else."""

    def __init__(self, folder):
        rights = ["--map-root-user"] if os.geteuid() != 0 else []
        script = f'mount -t tmpfs -o size={MEBIBYTES}m none "$0" && echo mounted && exec cat'
        self.holder = subprocess.Popen(["unshare", "--mount", *rights, "sh", "-c", script, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True)
        self.mounted = self.holder.stdout.readline() == "mounted\n"
        self.enter = ["nsenter", *(["--user", "--preserve-credentials"] if rights else []), "--mount", f"--target={self.holder.pid}"]
        self.seen = pathlib.Path(f"/proc/{self.holder.pid}/root{folder}")

    def reserve(self, size):
        """What lift() gives back at least."""
        (self.seen / "reserve").write_bytes(bytes(size))

    def fill(self):
        """Leaves not a byte."""
        with open(self.seen / "filler", "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass

    def lift(self):
        (self.seen / "filler").unlink()
        (self.seen / "reserve").unlink(missing_ok=True)

    def close(self):
        """What it said when it could not mount."""
        return self.holder.communicate()[1].strip()


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "project" / "data"
    folder.mkdir(parents=True)
    disk = SmallDisk(folder)
    if not disk.mounted:
        pytest.skip(f"mounting a tmpfs is not permitted here ({disk.close()}): test_disk_full.py stands for it")
    yield disk
    disk.close()


def test_real_disk_that_is_full_refuses_writes_and_takes_them_again(serve, small_disk, tmp_path):
    folder = servers.write_project(tmp_path / "project", MODELS)
    small_disk.reserve(3 << 20)
    server = serve(folder=folder, prefix=small_disk.enter)
    create(server, "writes", *writes("a", "b"))
    stored = 0
    while post(server, "orders", {"filler": "x" * 300_000}).status == 201:
        stored += 1
        assert stored * 300_000 < MEBIBYTES << 20, "more was acknowledged than the disk can hold"
    assert stored > 5
    small_disk.fill()
    assert_full(post(server, "orders", {"filler": "x" * 300_000}))
    assert_reads_go_on(server, ["a", "b"])
    assert server.ask("GET", "/api/orders/count").json == {"count": stored}
    server.kill()
    small_disk.lift()
    check_files(small_disk.seen, tmp_path / "copy")
    again = serve(folder=folder, prefix=small_disk.enter)
    assert_reads_go_on(again, ["a", "b"])
    for order in again.ask("GET", "/api/orders?fields=id&limit=200").json["data"][:stored // 2]:
        assert again.ask("DELETE", f"/api/orders/{order['id']}").status == 204
    servers.poll(lambda: post(again, "writes", writes("c")[0]).status == 201, what="a write on a disk that has room again")
    assert again.ask("GET", "/api/orders/count").json == {"count": stored - stored // 2}
    assert again.stop() == 0
    check_files(small_disk.seen, tmp_path / "copy")


def test_server_starts_on_a_real_full_disk_or_says_why_not(serve, small_disk, tmp_path):
    folder = servers.write_project(tmp_path / "project", MODELS)
    server = serve(folder=folder, prefix=small_disk.enter)
    create(server, "writes", *writes("a"))
    assert server.stop() == 0
    small_disk.fill()
    with pytest.raises(servers.StartFailed) as failure:
        serve(folder=folder, prefix=small_disk.enter)
    assert failure.value.status == 69 and "No space left" in failure.value.output, failure.value
    small_disk.lift()
    assert_reads_go_on(serve(folder=folder, prefix=small_disk.enter), ["a"])
