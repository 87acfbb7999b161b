"""Plumbago: one archive of 10 s for a day, or its three default ones."""
import resource
import subprocess

from support.metrics import parse_metrics
from support.server import BINARY
from systems import graphite_answers
from systems.system import Asker, System

# Its own series and the host's would be points that nobody sent.
CONFIG = """\
data_dir = "{data}"
[listen]
plaintext = "127.0.0.1:{plaintext}"
pickle = "127.0.0.1:{pickle}"
http = "127.0.0.1:{http}"
udp = "off"
[storage]
schemas_file = "{schemas}"
[host_metrics]
enabled = false
[self_metrics]
enabled = false
"""


class Plumbago(System):
    name = "plumbago"
    can = frozenset({"pickle", "tagged", "compact"})
    schemas = "[all]\npattern = .*\nretentions = 10s:1d\n"
    find_path = staticmethod(graphite_answers.find_path)
    expand_path = staticmethod(graphite_answers.expand_path)
    expand_count = staticmethod(graphite_answers.expand_count)
    wide_path = staticmethod(graphite_answers.wide_path)
    groups_path = staticmethod(graphite_answers.groups_path)
    ranked_path = staticmethod(graphite_answers.ranked_path)
    raw_path = staticmethod(graphite_answers.raw_path)
    all_values = staticmethod(graphite_answers.all_values)

    def prepare(self):
        (self.folder / "schemas.conf").write_text(self.schemas)
        ports = {"plaintext": self.plaintext, "pickle": self.pickle, "http": self.http}
        config = CONFIG.format(data=self.data, schemas=self.folder / "schemas.conf", **ports)
        (self.folder / "config.toml").write_text(config)

    @staticmethod
    def version():
        return subprocess.run([BINARY, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]

    def commands(self):
        return [([BINARY, "serve", "--config", self.folder / "config.toml"], None)]

    def ready_path(self):
        return "/readyz"

    def received(self):
        asker = Asker(self.http)
        metrics = parse_metrics(asker.get("/metrics").decode())
        asker.close()
        return int(metrics.total("plumbago_points_received_total"))

    def compact(self):
        before = children_cpu_seconds()
        subprocess.run([BINARY, "compact", self.data], check=True, stdout=subprocess.DEVNULL)
        return children_cpu_seconds() - before


def children_cpu_seconds():
    """Of the children of this process that have ended and were reaped."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class PlumbagoThreeArchives(Plumbago):
    name = "plumbago-3"
    schemas = "[all]\npattern = .*\nretentions = 10s:1d,1m:30d,10m:5y\n"
