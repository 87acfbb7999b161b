"""Where the agents live: in the project's own `.tools`, else where the system has them."""
import os
import shutil
from pathlib import Path

TOOLS = Path(__file__).resolve().parents[2] / ".tools"
DEBIAN = TOOLS / "debian"
VENV = TOOLS / "python"
STATSD = TOOLS / "node/node_modules/statsd/stats.js"


def program(name, *places):
    """The path of a program, first among `places`, else on the PATH or in /usr/sbin."""
    for place in (*places, shutil.which(name), f"/usr/sbin/{name}"):
        if place and Path(place).exists():
            return Path(place)
    raise AssertionError(f"{name} is missing: scripts/install-test-tools installs it")


def collectd():
    """collectd and the root that its plugins and types.db are under."""
    path = program("collectd", DEBIAN / "usr/sbin/collectd")
    return path, path.parents[2]


def carbon_c_relay():
    return program("carbon-c-relay", DEBIAN / "usr/bin/carbon-c-relay")


def carbon_relay():
    """The command that runs carbon-relay in the virtual environment that it is installed in."""
    return [program("python of carbon", VENV / "bin/python"), program("carbon-relay.py", VENV / "bin/carbon-relay.py")]


def statsd():
    return [program("node"), program("statsd", STATSD)]


def environment():
    """For Debian's agents: the libraries that were unpacked with them, where the system lacks some."""
    folders = [str(path) for path in sorted(DEBIAN.glob("**/lib/*-linux-gnu*"))]
    inherited = os.environ.get("LD_LIBRARY_PATH")
    folders += [inherited] if inherited else []
    return {**os.environ, "LD_LIBRARY_PATH": ":".join(folders)} if folders else None
