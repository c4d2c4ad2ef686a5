"""One slice of load: wrk against one address."""
import json
import os
import subprocess
from pathlib import Path

from failure import BenchFailure
from process_meter import Meter
from slices import Slice

SCRIPT = Path(__file__).with_name("load.lua")
CONNECTIONS = 64
THREADS = os.cpu_count()  # as many as either server has workers; the same for both sides
# Clients of a real server run elsewhere. Here they share its cores, but as a batch job they wait for their turn: an answer that wakes one does
# not take the core from the server that sent it.
AS_CLIENT = ["chrt", "--batch", "0"]


def load(port, pid, seconds, request, connections=CONNECTIONS, as_client=AS_CLIENT):
    """Loads the server for whole seconds. `request`: the arguments of load.lua. Any answer but 2xx is a failure, not a fast answer."""
    command = [*as_client, "wrk", f"-t{min(THREADS, connections)}", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(SCRIPT),
               f"http://127.0.0.1:{port}/", "--", *map(str, request)]
    with Meter(pid) as meter:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchFailure(f"wrk failed: {done.stderr.strip() or done.stdout.strip()}")
    told = json.loads(done.stdout.strip().splitlines()[-1])
    if told["bad_status"] or told["socket_errors"]:
        raise BenchFailure(f"{' '.join(map(str, request))}: of {told['requests']} requests {told['bad_status']} were not answered 2xx, "
                           f"{told['socket_errors']} socket errors")
    if told["requests"] == 0:
        raise BenchFailure(f"{' '.join(map(str, request))}: no request was answered")
    return Slice(told["requests"], told["seconds"], meter.cpu_seconds * 1e6 / told["requests"], told["p50_us"], told["p99_us"],
                 meter.peak_megabytes)
