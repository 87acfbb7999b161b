"""graphite-web from PyPI, without data of its own: every series comes from the servers in CLUSTER_SERVERS.

It runs under gunicorn as in production, its files below a folder; its own clock goes on, so that requests name their `now`.
"""
import http.client
import os
import subprocess
import urllib.parse

from support.process import Program, free_ports, is_listening
from support.server import ROOT

VENV = ROOT / ".tools/graphite"
SETTINGS = """\
SECRET_KEY = "of a throw-away folder"
STORAGE_DIR = CONF_DIR = LOG_DIR = {folder!r}
STORAGE_FINDERS = ("graphite.finders.remote.RemoteFinder",)
CLUSTER_SERVERS = [{server!r}]
CARBONLINK_HOSTS = []
ALLOWED_HOSTS = ["*"]
TIME_ZONE = "UTC"
FIND_TIMEOUT = FETCH_TIMEOUT = 60
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": {database!r}}}}}
"""


class GraphiteWeb:
    """Starts at once, its files below `folder`; `server` is an entry of CLUSTER_SERVERS."""

    def __init__(self, folder, server):
        self.folder, (self.http,) = folder, free_ports(1)
        folder.mkdir()
        settings = SETTINGS.format(folder=str(folder), server=server, database=str(folder / "graphite.db"))
        (folder / "front_end_settings.py").write_text(settings)
        migrate = [VENV / "bin/django-admin", "migrate", "--run-syncdb", "--settings", "graphite.settings"]
        done = subprocess.run(migrate, env=self.environment(), capture_output=True, text=True)
        if done.returncode:
            raise AssertionError(f"graphite-web cannot be set up: {done.stderr[-2000:]}")
        command = [
            VENV / "bin/gunicorn", "--workers=1", "--timeout=600", "--no-control-socket",
            f"--bind=127.0.0.1:{self.http}", "graphite.wsgi:application",
        ]
        self.program = Program(command, folder / "gunicorn.log", environment=self.environment())
        self.program.wait_ready(lambda: is_listening(self.http), "does not listen")

    def environment(self):
        libraries = os.pathsep.join(str(path) for path in sorted(VENV.glob("usr/lib/*-linux-gnu*")))
        return {
            **os.environ,
            "GRAPHITE_ROOT": str(self.folder),
            "DJANGO_SETTINGS_MODULE": "graphite.settings",
            "GRAPHITE_SETTINGS_MODULE": "front_end_settings",
            "PYTHONPATH": str(self.folder),
            "PYTHONDONTWRITEBYTECODE": "1",
            **({"LD_LIBRARY_PATH": libraries} if libraries else {}),
        }

    def get(self, path, parameters):
        """Status and body of an answer."""
        return get(self.http, path, parameters)

    def end(self):
        self.program.stop()


def get(port, path, parameters):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request("GET", f"{path}?{urllib.parse.urlencode([tuple(pair) for pair in parameters])}")
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
