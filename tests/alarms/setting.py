"""A server with alert rules over `app.*.level`, receivers of a test's own, and a feed."""
import json
import tempfile
import unittest
from pathlib import Path

from alarms.feed import Feed
from support.server import Server

SCHEMAS = "[app]\npattern = ^app\\.\nretentions = 1s:1d\n"
RULES = """
groups:
  - name: app
    interval: 1s
    delay: 300ms
    rules:
      - alert: TooHigh
        expr: {expression}
        when: "> 9"
        for: {patience}
        labels:
          app: "{{{{ node(1) }}}}"
        annotations:
          summary: "{{{{ node(1) }}}} is at {{{{ value }}}}"
"""
ROUTE = {"receiver": "all", "group_by": ["alertname", "app"], "group_wait": "0s", "group_interval": "1s"}


class AlarmCase(unittest.TestCase):
    """Each test says what its receivers are with `begin`."""

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="plumbago-alarms-"))

    def begin(self, receivers, levels=None, route=None, patience="0s", options=(), settings="", expression="app.*.level",
              **alerting):
        """Starts the server and the feed; `receivers` are those of the alerting file, `settings` the server's own."""
        rules = self.folder / "rules"
        rules.mkdir()
        (rules / "app.yaml").write_text(RULES.format(patience=patience, expression=expression))
        self.alerting = self.folder / "alerting.yml"
        content = {"route": {**ROUTE, **(route or {})}, "receivers": receivers, **alerting}
        self.alerting.write_text(json.dumps(content))
        config = self.folder / "plumbago.toml"
        config.write_text(settings)
        self.options = ("--config", config, "--rules", rules, "--alerting", self.alerting, *options)
        self.server = Server(self.folder, SCHEMAS, options=self.options)
        self.addCleanup(self.server.end)
        self.server.start()
        self.feed = Feed(self.server, levels or {"one": 1})
        self.addCleanup(self.feed.end)

    def restart(self):
        self.server.kill()
        self.server.start()

    def alarms(self, status="firing"):
        """Names of the `app` label of alarms in this state."""
        alerts = json.loads(self.server.get("/api/v1/alerts"))["data"]["alerts"]
        return sorted(
            one["labels"]["app"] for one in alerts
            if one["state"] == status and one["labels"]["alertname"] == "TooHigh"
        )
