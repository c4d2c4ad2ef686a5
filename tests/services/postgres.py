"""PostgreSQL for tests, from Debian's package, and pgbouncer in front of it. Data lives in a temporary folder and is worth nothing."""
import os
import pathlib
import signal
import subprocess
import urllib.parse

import child

ROLE = PASSWORD = DATABASE = "holdfast"
CONNECTIONS = 400
INSTALLED = "/usr/lib/postgresql"
ADVICE = ("Install it (Debian: apt-get install postgresql), or name a running server of which nothing is kept: "
          "export HOLDFAST_TEST_DATABASE_URL=postgresql://user:password@host:port/database")
POOLER_ADVICE = "Install pgbouncer (Debian: apt-get install pgbouncer), or name one: export HOLDFAST_TEST_POOLER_URL=postgresql://user:password@host:port/database"


def tool(name):
    """The newest that is installed: Debian keeps servers out of the PATH."""
    versions = sorted(pathlib.Path(INSTALLED).glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    found = child.program(name, *map(str, versions))
    if found is None:
        raise child.Missing(f"PostgreSQL's `{name}` was not found. {ADVICE}")
    return found


class Server:
    """One cluster. start() and stop() may follow each other: the data stays until the folder is removed."""

    def __init__(self, folder, settings=None):
        self.folder = pathlib.Path(folder)
        self.data = self.folder / "data"
        self.settings = {"fsync": "off", **(settings or {})}
        self.child = self.port = None
        self._create()

    def _create(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        child.give_away(self.folder)
        password = self.folder / "password"
        password.write_text(PASSWORD + "\n")
        command = [tool("initdb"), "--pgdata", str(self.data), "--username", ROLE, "--pwfile", str(password), "--auth=scram-sha-256",
                   "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"]
        made = subprocess.run(child.as_unprivileged(command), capture_output=True, text=True, cwd=self.folder)
        if made.returncode != 0:
            raise child.Broken(f"initdb failed:\n{made.stdout}{made.stderr}")

    def start(self):
        if self.port is None:
            self.child, self.port = child.start_on_free_port(self._start)
            self._create_database()
        else:  # back where its clients expect it
            self.child, ready = self._start(self.port)
            if not ready:
                raise child.Broken(f"PostgreSQL did not start again on port {self.port}. {self.child.printed()}")
        return self

    def _start(self, port):
        settings = {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": CONNECTIONS,
                    "shared_buffers": "64MB", "max_wal_size": "256MB", "autovacuum_naptime": "10min", "timezone": "UTC", **self.settings}
        arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        log = self.folder / "postgres.log"
        log.touch()
        child.give_away(log)
        started = child.Child(child.as_unprivileged([tool("postgres"), "-D", str(self.data), *arguments]), log)
        return started, started.wait_until(lambda: self._answers(port))

    def _answers(self, port):
        command = [tool("pg_isready"), "--quiet", "--host=127.0.0.1", f"--port={port}", "--timeout=1"]
        return subprocess.run(command).returncode == 0

    def _create_database(self):
        self.run(f"create database {DATABASE}", database="postgres")

    def run(self, statement, database=DATABASE):
        """One statement by psql; what it printed."""
        command = [tool("psql"), "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--command", statement, self.url(database)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise child.Broken(f"{statement}: {done.stderr}")
        return done.stdout.strip()

    def url(self, database=DATABASE):
        return f"postgresql://{ROLE}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def version(self):
        return "PostgreSQL " + self.run("show server_version").split()[0]

    def stop(self, how=signal.SIGQUIT):
        """SIGQUIT is a crash that recovery mends, SIGINT the orderly end."""
        if self.child:
            self.child.end(how)


class Pooler:
    """pgbouncer in transaction mode in front of any PostgreSQL."""

    def __init__(self, folder, url):
        self.folder = pathlib.Path(folder)
        self.behind = urllib.parse.urlsplit(url)
        self.child = self.port = None

    def start(self):
        if child.program("pgbouncer") is None:
            raise child.Missing(f"pgbouncer was not found. {POOLER_ADVICE}")
        self.folder.mkdir(parents=True, exist_ok=True)
        child.give_away(self.folder)
        self.child, self.port = child.start_on_free_port(self._start)
        return self

    def _start(self, port):
        user, password = self._user()
        self._write("users", f'"{user}" "{password}"\n')
        self._write("pgbouncer.ini", "\n".join([
            "[databases]", f"* = host={self.behind.hostname} port={self.behind.port or 5432}",
            "[pgbouncer]", "listen_addr = 127.0.0.1", f"listen_port = {port}", "unix_socket_dir =", "pool_mode = transaction",
            "auth_type = scram-sha-256", f"auth_file = {self.folder}/users", "default_pool_size = 20", "max_client_conn = 500",
            f"admin_users = {user}", ""]))
        started = child.Child(child.as_unprivileged([child.program("pgbouncer"), f"{self.folder}/pgbouncer.ini"]), self.folder / "pgbouncer.log")
        return started, started.wait_until(lambda: child.listens(port))

    def _user(self):
        return urllib.parse.unquote(self.behind.username or ROLE), urllib.parse.unquote(self.behind.password or "")

    def _write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        os.chmod(path, 0o600)
        child.give_away(path)

    def url(self):
        credentials = self.behind.netloc.rpartition("@")[0]
        return urllib.parse.urlunsplit((self.behind.scheme, f"{credentials}@127.0.0.1:{self.port}", self.behind.path, "", ""))

    def version(self):
        said = subprocess.run([child.program("pgbouncer"), "--version"], capture_output=True, text=True).stdout
        return "PgBouncer " + said.split()[1] + ", transaction mode"

    def stop(self):
        if self.child:
            self.child.end()
