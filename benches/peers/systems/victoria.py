"""VictoriaMetrics: takes Graphite's lines, answers in its own language; it has no `/render` and takes no pickles."""
import gzip
import json
import os
import shutil
from pathlib import Path
from urllib.parse import urlencode

from load import ROOT
from scale import STEP_SECONDS
from support.metrics import parse_metrics
from systems import graphite_answers
from systems.system import Asker, System

FOLDER = ROOT / ".tools/victoria"


class Victoria(System):
    name = "victoria"
    dialect = "victoria"
    can = frozenset({"tagged", "compact"})
    find_path = staticmethod(graphite_answers.find_path)
    expand_path = staticmethod(graphite_answers.expand_path)

    @staticmethod
    def program():
        return shutil.which("victoria-metrics") or FOLDER / "usr/bin/victoria-metrics"

    @staticmethod
    def version():
        """Debian's build does not say; its change logs do, that of a rebuild first."""
        root = Path("/") if shutil.which("victoria-metrics") else FOLDER
        for path in sorted((root / "usr/share/doc/victoria-metrics").glob("changelog.Debian*.gz")):
            with gzip.open(path, "rt", encoding="utf-8") as log:
                return log.readline().split("(")[1].split(")")[0]
        return "unknown"

    def commands(self):
        flags = {
            "storageDataPath": self.data,
            "graphiteListenAddr": f"127.0.0.1:{self.plaintext}",
            "httpListenAddr": f"127.0.0.1:{self.http}",
            "search.maxUniqueTimeseries": 2_000_000,
            "search.latencyOffset": "0s",
            "search.disableCache": "true",
        }
        libraries = os.pathsep.join(str(path) for path in sorted(FOLDER.glob("**/lib/*-linux-gnu*")))
        environment = {**os.environ, "LD_LIBRARY_PATH": libraries} if libraries else None
        return [([self.program(), *(f"-{key}={value}" for key, value in flags.items())], environment)]

    def ready_path(self):
        return "/health"

    def received(self):
        asker = Asker(self.http)
        metrics = parse_metrics(asker.get("/metrics").decode())
        asker.close()
        return int(metrics.total("vm_rows_inserted_total", type="graphite"))

    def settle(self):
        asker = Asker(self.http)
        asker.get("/internal/force_flush")
        asker.close()
        self.wait_idle()

    def compact(self):
        """A forced merge, which only a running server does."""
        self.start()
        self.wait_idle()
        before = self.spent()
        asker = Asker(self.http)
        asker.get("/internal/force_merge")
        asker.close()
        self.wait_idle()
        self.stop()
        return self.spent().since(before).cpu_seconds

    @staticmethod
    def wide_path(glob, part):
        return Victoria.range_path(f'sum({{__graphite__="{glob}"}})', part)

    @staticmethod
    def groups_path(glob, part):
        return Victoria.range_path(f'sum(label_graphite_group({{__graphite__="{glob}"}}, 1)) by (__name__)', part)

    @staticmethod
    def ranked_path(glob, part):
        smoothed = f'avg_over_time({{__graphite__="{glob}"}}[{10 * STEP_SECONDS}s])'
        return Victoria.range_path(f"topk_avg(5, {smoothed})", part)

    @staticmethod
    def raw_path(glob, part):
        return Victoria.range_path(f'{{__graphite__="{glob}"}}', part)

    @staticmethod
    def range_path(expression, part):
        query = {
            "query": expression, "start": part.first_time, "end": part.last_time,
            "step": f"{STEP_SECONDS}s", "nocache": 1,
        }
        return "/api/v1/query_range?" + urlencode(query)

    @staticmethod
    def all_values(body):
        return [[float(value) for _, value in series["values"]] for series in json.loads(body)["data"]["result"]]

    @staticmethod
    def expand_count(body):
        answer = json.loads(body)
        return len(answer["results"] if isinstance(answer, dict) else answer)
