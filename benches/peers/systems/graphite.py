"""carbon-cache with whisper, and graphite-web under gunicorn for queries.

At their best: no limits on updates and creation, sparse files, no logs of updates, two web workers, and all the time they want: six
seconds, the default, are too little to fetch 10,000 series.
"""
import os
import subprocess

from load import ROOT
from systems import graphite_answers
from systems.system import System

VENV = ROOT / ".tools/graphite"
CARBON = """\
[cache]
USER =
STORAGE_DIR = {folder}
LOCAL_DATA_DIR = {data}
CONF_DIR = {folder}
LOG_DIR = {folder}
PID_DIR = {folder}
ENABLE_LOGROTATION = False
LINE_RECEIVER_INTERFACE = 127.0.0.1
LINE_RECEIVER_PORT = {plaintext}
PICKLE_RECEIVER_INTERFACE = 127.0.0.1
PICKLE_RECEIVER_PORT = {pickle}
CACHE_QUERY_INTERFACE = 127.0.0.1
CACHE_QUERY_PORT = {extra}
MAX_CACHE_SIZE = inf
MAX_UPDATES_PER_SECOND = inf
MAX_CREATES_PER_MINUTE = inf
WHISPER_SPARSE_CREATE = True
CARBON_METRIC_INTERVAL = 0
LOG_UPDATES = False
LOG_CREATES = False
LOG_CACHE_HITS = False
LOG_CACHE_QUEUE_SORTS = False
LOG_LISTENER_CONN_SUCCESS = False
ENABLE_TAGS = False
"""
SETTINGS = """\
SECRET_KEY = "of a throw-away folder"
STORAGE_DIR = {folder!r}
CONF_DIR = {folder!r}
LOG_DIR = {folder!r}
STANDARD_DIRS = [{data!r}]
CARBONLINK_HOSTS = ["127.0.0.1:{extra}"]
ALLOWED_HOSTS = ["*"]
TIME_ZONE = "UTC"
FIND_TIMEOUT = 600
FETCH_TIMEOUT = 600
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": {database!r}}}}}
"""


class Graphite(System):
    name = "carbon"
    can = frozenset({"pickle"})
    series_max = 10_000
    find_path = staticmethod(graphite_answers.find_path)
    expand_path = staticmethod(graphite_answers.expand_path)
    expand_count = staticmethod(graphite_answers.expand_count)
    wide_path = staticmethod(graphite_answers.wide_path)
    groups_path = staticmethod(graphite_answers.groups_path)
    ranked_path = staticmethod(graphite_answers.ranked_path)
    raw_path = staticmethod(graphite_answers.raw_path)
    all_values = staticmethod(graphite_answers.all_values)

    def prepare(self):
        ports = {"plaintext": self.plaintext, "pickle": self.pickle, "extra": self.extra}
        paths = {"folder": str(self.folder), "data": str(self.data), "database": str(self.folder / "graphite.db")}
        (self.folder / "carbon.conf").write_text(CARBON.format(**ports, **paths))
        (self.folder / "storage-schemas.conf").write_text("[all]\npattern = .*\nretentions = 10s:1d\n")
        (self.folder / "peers_settings.py").write_text(SETTINGS.format(**ports, **paths))
        migrate = [VENV / "bin/django-admin", "migrate", "--run-syncdb", "--settings", "graphite.settings"]
        subprocess.run(migrate, env=self.environment(), check=True, capture_output=True)

    @staticmethod
    def version():
        packages = ("carbon", "whisper", "graphite-web", "gunicorn", "Twisted", "Django")
        script = f"import importlib.metadata as m; print(*(p + ' ' + m.version(p) for p in {packages}), sep=', ')"
        done = subprocess.run([VENV / "bin/python", "-c", script], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def environment(self):
        libraries = os.pathsep.join(str(path) for path in sorted(VENV.glob("usr/lib/*-linux-gnu*")))
        return {
            **os.environ,
            "GRAPHITE_ROOT": str(self.folder),
            "GRAPHITE_SETTINGS_MODULE": "peers_settings",
            "PYTHONPATH": str(self.folder),
            "PYTHONDONTWRITEBYTECODE": "1",
            **({"LD_LIBRARY_PATH": libraries} if libraries else {}),
        }

    def commands(self):
        # One that was killed leaves its file behind.
        pid_file = self.folder / "carbon.pid"
        pid_file.unlink(missing_ok=True)
        carbon = [
            VENV / "bin/python", VENV / "bin/carbon-cache.py", f"--config={self.folder / 'carbon.conf'}",
            f"--pidfile={pid_file}", "--nodaemon", "start",
        ]
        web = [
            VENV / "bin/gunicorn", "--workers=2", "--timeout=600", "--no-control-socket",
            f"--bind=127.0.0.1:{self.http}", "graphite.wsgi:application",
        ]
        return [(carbon, self.environment()), (web, self.environment())]

    def ports(self):
        return [self.http, self.plaintext, self.extra]

    def ready_path(self):
        return "/version"
