"""Debian's Alertmanager as a receiver, and its `amtool` in front of Plumbago."""
import json
import os
import shutil
import subprocess
import urllib.request
from datetime import datetime

from alarms.setting import AlarmCase
from support.process import Program, free_ports, is_listening, wait_until
from support.server import ROOT

TOOLS = ROOT / ".tools/alertmanager/usr/bin"


def tool(name):
    """The program of the system, else that of the project's own folder."""
    return shutil.which(name) or TOOLS / name


def moment(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def in_place():
    """What a program of our own folder is started with: Debian's reads its texts from /usr/share and nowhere else.

    It gets a /usr/share of its own, which nobody else sees.
    """
    if shutil.which("prometheus-alertmanager"):
        return []
    script = (
        "mount -t tmpfs none /usr/share && mkdir /usr/share/prometheus && "
        f"ln -s '{TOOLS.parent}/share/prometheus/alertmanager' /usr/share/prometheus/ && exec \"$@\""
    )
    own_user = [] if os.geteuid() == 0 else ["--map-root-user"]
    return ["unshare", "--mount", *own_user, "sh", "-c", script, "sh"]


class Alertmanager(AlarmCase):
    def start_alertmanager(self):
        """Debian's, alone, with nobody to notify."""
        port, = free_ports(1)
        config = self.folder / "alertmanager.yml"
        config.write_text('{"route": {"receiver": "nobody"}, "receivers": [{"name": "nobody"}]}')
        arguments = [
            tool("prometheus-alertmanager"), f"--config.file={config}", f"--storage.path={self.folder / 'alertmanager'}",
            f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=",
        ]
        program = Program([*in_place(), *arguments], self.folder / "alertmanager.log")
        self.addCleanup(program.kill)
        program.wait_ready(lambda: is_listening(port), "does not listen")
        return f"http://127.0.0.1:{port}"

    def alerts_of(self, url):
        with urllib.request.urlopen(f"{url}/api/v2/alerts") as answer:
            return {alert["labels"]["app"]: alert for alert in json.load(answer) if "app" in alert["labels"]}

    def amtool(self, *arguments):
        url = f"--alertmanager.url=http://127.0.0.1:{self.server.http}"
        done = subprocess.run([tool("amtool"), url, *arguments], capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_it_shows_our_alarms_until_they_are_over(self):
        url = self.start_alertmanager()
        self.begin([{"name": "all", "alertmanager_configs": [{"url": url}]}], levels={"one": 1, "two": 1})
        self.feed.set("one", 10)
        wait_until(lambda: list(self.alerts_of(url)) == ["one"], "it does not have the alarm", 20)
        theirs, = json.loads(self.server.get("/api/v2/alerts?filter=app=one"))
        told = self.alerts_of(url)["one"]
        self.assertEqual(told["labels"], theirs["labels"])
        self.assertEqual(moment(told["startsAt"]), moment(theirs["startsAt"]))
        self.assertEqual(told["fingerprint"], theirs["fingerprint"], "both compute the same")
        self.feed.set("one", 1)
        wait_until(lambda: not self.alerts_of(url), "it keeps the alarm", 20)

    def test_amtool_sees_and_silences(self):
        self.begin([{"name": "all"}], levels={"one": 10, "two": 10})
        wait_until(lambda: self.alarms() == ["one", "two"], "it does not fire", 20)
        alerts = json.loads(self.amtool("alert", "query", "-o", "json"))
        self.assertEqual({alert["labels"].get("app") for alert in alerts}, {"one", "two"})
        name = self.amtool("silence", "add", "app=one", "-c", "work on it", "-a", "ann", "-d", "1h").strip()
        silences = json.loads(self.amtool("silence", "query", "-o", "json"))
        self.assertEqual([(one["id"], one["comment"], one["createdBy"]) for one in silences], [(name, "work on it", "ann")])
        self.assertEqual([alert["labels"]["app"] for alert in json.loads(self.amtool("alert", "query", "-o", "json"))], ["two"])
        self.restart()
        wait_until(
            lambda: [alert["labels"]["app"] for alert in json.loads(self.amtool("alert", "query", "-o", "json"))] == ["two"],
            "the silence is forgotten", 20,
        )
        self.amtool("silence", "expire", name)
        self.assertEqual(json.loads(self.amtool("silence", "query", "-o", "json")), [])
        wait_until(
            lambda: len(json.loads(self.amtool("alert", "query", "-o", "json"))) == 2, "it stays silenced", 20
        )
        self.assertEqual(json.loads(self.amtool("config", "show"))["receivers"], [{"name": "all"}])

    def test_amtool_takes_our_file_for_one_of_its_own(self):
        self.begin([{"name": "all", "webhook_configs": [{"url": "http://127.0.0.1:9/hook"}]}])
        done = subprocess.run([tool("amtool"), "check-config", self.alerting], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertNotIn("127.0.0.1:9", self.amtool("config", "show"), "addresses of webhooks are secrets")
