"""amtool drives Plumbago as it drives Alertmanager: alarms, silences, the file, the cluster of one."""
import io
import json
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from alarms.test_alertmanager import tool
from support.process import wait_until
from support.server import Server

SCHEMAS = "[all]\npattern = .*\nretentions = 1s:1d\n"
RULES = """
groups:
  - name: load
    delay: 0s
    rules:
      - alert: HighLoad
        expr: svc.*.load
        when: "> 5"
        labels: {host: "{{ node(1) }}", severity: critical}
"""
ALERTING = """
route: {receiver: ops, group_wait: 0s}
receivers:
  - name: ops
    webhook_configs: [{url: "http://127.0.0.1:9/hook?token=geheim"}]
  - name: night
"""


class Amtool(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="plumbago-amtool-"))
        (self.folder / "rules").mkdir()
        (self.folder / "rules/load.yaml").write_text(RULES)
        (self.folder / "alerting.yml").write_text(ALERTING)
        options = ("--rules", self.folder / "rules", "--alerting", self.folder / "alerting.yml")
        self.server = Server(self.folder, SCHEMAS, options=options)
        self.addCleanup(self.server.end)
        self.server.start()

    def amtool(self, *arguments):
        amtool = tool("amtool")
        url = f"--alertmanager.url=http://127.0.0.1:{self.server.http}"
        done = subprocess.run([amtool, url, *arguments], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, f"amtool {arguments}: {done.stderr}{done.stdout}")
        return done.stdout

    def alerts(self, *arguments):
        return json.loads(self.amtool("alert", "query", "-o", "json", *arguments))

    def test_it_is_driven_as_alertmanager_is(self):
        def fires():
            now = int(time.time())
            self.server.feed(io.BytesIO(f"svc.a.load 9 {now}\nsvc.b.load 9 {now}\n".encode()))
            return len(self.alerts()) == 2

        wait_until(fires, "both alarms fire")
        self.assertEqual([one["labels"]["host"] for one in self.alerts("host=a")], ["a"])
        self.assertEqual(len(self.alerts("host=~a|b", "severity=critical")), 2)
        self.assertEqual(self.alerts("host!~a|b"), [])

        silence = self.amtool("silence", "add", "host=a", "-d", "1h", "-c", "a new disk", "-a", "ada").strip()
        shown = json.loads(self.amtool("silence", "query", "-o", "json"))
        self.assertEqual([one["id"] for one in shown], [silence])
        self.assertEqual(shown[0]["createdBy"], "ada")
        self.assertEqual([one["labels"]["host"] for one in self.alerts()], ["b"])
        self.assertEqual([one["labels"]["host"] for one in self.alerts("--silenced")], ["a"])
        self.assertEqual(json.loads(self.amtool("silence", "query", "-o", "json", "host=b")), [])
        self.amtool("silence", "expire", silence)
        self.assertEqual(json.loads(self.amtool("silence", "query", "-o", "json")), [])
        expired = json.loads(self.amtool("silence", "query", "-o", "json", "--expired"))
        self.assertEqual([one["id"] for one in expired], [silence])
        self.assertEqual(len(self.alerts()), 2)

        config = self.amtool("config", "show")
        self.assertIn("receiver: ops", config)
        self.assertNotIn("geheim", config)
        self.assertIn("disabled", self.amtool("cluster", "show"))


if __name__ == "__main__":
    unittest.main()
