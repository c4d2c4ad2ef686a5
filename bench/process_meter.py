"""What a server costs: CPU time and anonymous memory of a process and its children, from /proc."""
import os
import threading
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def family(pid):
    """The process and all that descend from it (nginx: master and workers)."""
    found, waiting = [], [pid]
    while waiting:
        current = waiting.pop()
        found.append(current)
        for task in Path(f"/proc/{current}/task").glob("*/children"):
            try:
                waiting += [int(child) for child in task.read_text().split()]
            except OSError:
                pass  # the thread ended meanwhile
    return found


def read(member, name):
    """A file of /proc, or nothing when the process ended since it was listed."""
    try:
        return Path(f"/proc/{member}/{name}").read_text()
    except OSError:
        return ""


def cpu_seconds(pid):
    """User and system time so far, that of children which have ended too; a tick is 10 ms, so slices shorter than a second say little."""
    total = 0
    for member in family(pid):
        fields = read(member, "stat").rpartition(")")[2].split()
        total += sum(map(int, fields[11:15]))
    return total / TICKS


def anonymous_megabytes(pid):
    """RssAnon: memory that is nobody's file, so neither mmap of the database nor the binary counts."""
    kilobytes = 0
    for member in family(pid):
        for line in read(member, "status").splitlines():
            if line.startswith("RssAnon:"):
                kilobytes += int(line.split()[1])
    return kilobytes / 1024


class Meter:
    """`with Meter(pid) as meter:` — afterwards cpu_seconds and peak_megabytes of the time in between."""

    INTERVAL = 0.05

    def __init__(self, pid):
        self.pid = pid
        self.peak_megabytes = 0.0
        self.cpu_seconds = 0.0
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def __enter__(self):
        self.before = cpu_seconds(self.pid)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()
        self.cpu_seconds = cpu_seconds(self.pid) - self.before

    def watch(self):
        while True:
            self.peak_megabytes = max(self.peak_megabytes, anonymous_megabytes(self.pid))
            if self.stop.wait(self.INTERVAL):
                return
