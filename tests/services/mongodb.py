"""MongoDB for tests: a real server where one can be had, else mongo-java-server, which speaks its protocol but lacks parts (docs/conformance.md names them)."""
import pathlib
import signal
import subprocess

import child

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
JARS = ROOT / "build" / "mongo-java-server"
STAND_IN = "mongo-java-server"
STAND_IN_VERSION = "1.47.0"
IMAGE = "mongo:7"
ADVICE = ("Take one of these ways: export HOLDFAST_TEST_MONGODB_URI=mongodb://host:port of a server of which nothing is kept; put `mongod` on the PATH; "
          f"start docker, which runs {IMAGE}; or have {STAND_IN} fetched (Debian: apt-get install maven openjdk-17-jdk-headless)")


class Mongod:
    """`mongod` of this machine."""

    @staticmethod
    def can_run():
        return child.program("mongod") is not None

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.child = self.port = None

    def start(self):
        (self.folder / "data").mkdir(parents=True, exist_ok=True)
        if self.port is None:
            self.child, self.port = child.start_on_free_port(self._start)
        else:
            self.child, ready = self._start(self.port)
            if not ready:
                raise child.Broken(f"MongoDB did not start again on port {self.port}. {self.child.printed()}")
        return self

    def _start(self, port):
        started = child.Child(self._command(port), self.folder / "mongodb.log")
        return started, started.wait_until(lambda: child.listens(port))

    def _command(self, port):
        return [child.program("mongod"), "--dbpath", str(self.folder / "data"), "--port", str(port), "--bind_ip", "127.0.0.1", "--nounixsocket"]

    def uri(self):
        return f"mongodb://127.0.0.1:{self.port}"

    def version(self):
        return "MongoDB " + subprocess.run([child.program("mongod"), "--version"], capture_output=True, text=True).stdout.split()[2].lstrip("v")

    def stop(self, how=signal.SIGTERM):
        if self.child:
            self.child.end(how)


class Docker(Mongod):
    """The same in a container, which ends with its client process."""

    @staticmethod
    def can_run():
        if child.program("docker") is None:
            return False
        return subprocess.run([child.program("docker"), "info"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

    def _command(self, port):
        return [child.program("docker"), "run", "--rm", "--init", "--publish", f"127.0.0.1:{port}:27017", IMAGE]

    def version(self):
        return f"MongoDB (docker {IMAGE})"


class StandIn(Mongod):
    """mongo-java-server with its H2 backend, so data outlives a restart."""

    @staticmethod
    def can_run():
        return child.program("java") is not None and child.program("mvn") is not None

    def start(self):
        fetch_jars()
        return super().start()

    def _command(self, port):
        return [child.program("java"), "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", f"{JARS}/*", str(HERE / "stand_in" / "StandIn.java"),
                str(self.folder / "data" / "h2"), str(port)]

    def version(self):
        return f"{STAND_IN} {STAND_IN_VERSION}, H2 backend (stand-in)"


def fetch_jars():
    if list(JARS.glob(f"{STAND_IN}-h2-backend-{STAND_IN_VERSION}.jar")):
        return
    command = [child.program("mvn"), "--quiet", "--batch-mode", "--file", str(HERE / "stand_in" / "pom.xml"), "dependency:copy-dependencies",
               f"-DoutputDirectory={JARS}"]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise child.Missing(f"Maven could not fetch {STAND_IN} {STAND_IN_VERSION}. {ADVICE}. Maven said:\n{(done.stdout + done.stderr)[-2000:]}")


def server(folder):
    """The first kind that can be had here."""
    for kind in (Mongod, Docker, StandIn):
        if kind.can_run():
            return kind(folder)
    raise child.Missing(f"No MongoDB to test against. {ADVICE}")

