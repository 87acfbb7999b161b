"""Every request that Grafana's Graphite data source makes, one test each: G1 to G15.

`f` in a name is the frontend's path, `b` the backend's.
"""
import io
import json
import tempfile
import unittest
from pathlib import Path

from grafana.client import BACKEND, FORM, FRONTEND, backend_form, frontend_form, send
from support.server import Server

NOW = 1_710_504_000
FROM, UNTIL = NOW - 600, NOW
HOSTS = ["web01", "web02", "db01"]
SCHEMAS = "[all]\npattern = .*\nretentions = 10s:1d,1m:30d\n"
# Without zstd and br, so that Python can read the answer; the browser's own header is sent where no body matters.
GZIP_FRONTEND = FRONTEND.replace("gzip, deflate, br, zstd", "gzip")


def lines():
    for host in HOSTS:
        for step in range(60):
            yield f"servers.{host}.cpu.load {step / 4} {NOW - 590 + 10 * step}\n"
    yield f"servers.web01.disk.used;env=prod;host=a 1 {NOW}\n"
    yield f"servers.web01.disk.used;env=test;host=b 2 {NOW}\n"
    yield f"servers.web01.down 1 {NOW - 60}\n"


class Contract(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory(prefix="plumbago-grafana-")
        cls.addClassCleanup(directory.cleanup)
        cls.server = Server(Path(directory.name), SCHEMAS, clock=NOW)
        cls.addClassCleanup(cls.server.end)
        cls.server.start()
        cls.server.feed(io.BytesIO("".join(lines()).encode()))
        for event in EVENTS:
            body = json.dumps(event)
            posted = send(cls.server.http, "POST", "/events/", "Content-Type: application/json\r\n", body)
            assert posted.status == 200, posted.text

    def frontend(self, path, pairs, headers=GZIP_FRONTEND):
        return send(self.server.http, "POST", path, headers + FORM, frontend_form(pairs))

    def backend(self, path, **values):
        return send(self.server.http, "POST", path, BACKEND + FORM, backend_form(**values))

    def get(self, target, headers=GZIP_FRONTEND):
        return send(self.server.http, "GET", target, headers)

    def check_series(self, answer, names):
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(answer.headers["content-type"], "application/json")
        series = answer.json()
        self.assertEqual([one["target"] for one in series], names)
        for one in series:
            self.assertEqual(set(one), {"target", "tags", "datapoints"})
            for value, time in one["datapoints"]:
                self.assertIsInstance(time, int)
                self.assertTrue(value is None or isinstance(value, float), value)
        return series

    def test_g1_render_frontend(self):
        pairs = [
            ("target", "aliasSub(servers.web01.cpu.load, \"(^.*$)\", \"\\1 A\")"),
            ("target", "aliasSub(sumSeries(servers.*.cpu.load), \"(^.*$)\", \"\\1 B\")"),
            ("from", FROM - 1), ("until", UNTIL + 1), ("format", "json"), ("maxDataPoints", 1047),
            ("cacheTimeout", ""),
        ]
        series = self.check_series(
            self.frontend("/render", pairs), ["servers.web01.cpu.load A", "sumSeries(servers.*.cpu.load) B"]
        )
        # The range was widened by a second, so that the step at its very beginning is shown, too.
        self.assertEqual(series[0]["datapoints"][:2], [[None, NOW - 600], [0.0, NOW - 590]])
        # The present's step is shown, though nothing is in it yet.
        self.assertEqual(series[1]["datapoints"][-1], [44.25, NOW])
        # The browser's own header, with a body that it alone decodes.
        self.assertEqual(self.frontend("/render", pairs, FRONTEND).status, 200)

    def test_g1_meta_frontend(self):
        pairs = [("target", "servers.web01.cpu.load"), ("from", FROM), ("until", UNTIL), ("format", "json"), ("meta", "true")]
        answer = self.frontend("/render", pairs).json()
        self.check_meta(answer)

    def check_meta(self, answer):
        self.assertEqual(set(answer), {"version", "meta", "series"})
        self.assertIn("stats", answer["meta"])
        meta = answer["series"][0]["meta"][0]
        self.assertEqual((meta["archive-read"], meta["archive-interval"], meta["aggnum-rc"]), (0, 10, 1))
        self.assertEqual(meta["schema-retentions"], "10s:86400s,60s:2592000s")
        wanted = {"schema-name", "aggnum-norm", "consolidator-normfetch", "consolidator-rc", "count"}
        self.assertLessEqual(wanted, set(meta))

    def test_g2_ref_ids_survive_the_wrapping(self):
        for name in ["A", "my_query", "ÄÖ", "1"]:
            pairs = [("target", f"aliasSub(alias(servers.web01.cpu.load, 'a $1 (b)'), \"(^.*$)\", \"\\1 {name}\")")]
            pairs += [("from", FROM), ("until", UNTIL), ("format", "json"), ("maxDataPoints", 100)]
            answered = self.frontend("/render", pairs).json()[0]["target"]
            self.assertEqual(answered, f"a $1 (b) {name}")
            self.assertEqual(answered.rpartition(" ")[2], name)

    def test_g3_render_backend(self):
        form = {"from": FROM, "until": UNTIL, "format": "json", "maxDataPoints": 100, "target": "servers.web0[12].cpu.load"}
        answer = self.backend("/render", **form)
        series = self.check_series(answer, ["servers.web01.cpu.load", "servers.web02.cpu.load"])
        self.assertEqual(len(series[0]["datapoints"]), 60)
        self.check_meta(self.backend("/render?meta=true", **form).json())
        self.check_series(self.backend("/render", **{**form, "target": "no.such.series"}), [])

    def test_g3_no_number_that_go_refuses(self):
        form = {"from": FROM, "until": UNTIL, "format": "json", "maxDataPoints": 100}
        for target in ["pow(scale(servers.web01.cpu.load, 1e300), 9)", "log(offset(servers.web01.cpu.load, -1))"]:
            series = self.backend("/render", target=target, **form).json()
            self.assertTrue(any(value is None for value, _ in series[0]["datapoints"]), target)

    def test_g4_rewritten_intervals(self):
        for target in [
            "summarize(servers.web01.cpu.load, '5min', 'sum', false)", "summarize(servers.web01.cpu.load, '1mon', 'sum', false)",
            "movingAverage(servers.web01.cpu.load, '5min')", "sumSeries(servers.web01.cpu.load,servers.web02.cpu.load)",
        ]:
            answer = self.backend("/render", **{"from": FROM, "until": UNTIL, "format": "json", "maxDataPoints": 300, "target": target})
            self.assertEqual(answer.status, 200, answer.text)
            self.assertEqual(len(answer.json()), 1)

    def test_g5_health_checks(self):
        wrapped = "aliasSub(constantLine(100), \"(^.*$)\", \"\\1 A\")"
        pairs = [("target", wrapped), ("from", NOW - 3600), ("until", NOW), ("format", "json"), ("maxDataPoints", 300)]
        self.assertEqual(self.check_series(self.frontend("/render", pairs), ["100.0 A"])[0]["datapoints"][0][0], 100.0)
        form = {"from": NOW - 3600, "until": NOW, "format": "json", "maxDataPoints": 100, "target": "constantLine(100)"}
        self.check_series(self.backend("/render", **form), ["100.0"])
        self.assertEqual([node["text"] for node in self.get("/metrics/find?query=*").json()], ["servers"])

    def test_g6_old_alerting(self):
        form = {"from": "-5min", "until": "now", "format": "json", "maxDataPoints": 500, "target": "servers.web01.cpu.load"}
        series = self.check_series(self.backend("/render", **form), ["servers.web01.cpu.load"])
        self.assertEqual(len(series[0]["datapoints"]), 30)

    def test_g7_find_with_a_body_that_is_not_encoded(self):
        target = f"/metrics/find?from={FROM}&until={UNTIL}"
        answer = send(self.server.http, "POST", target, GZIP_FRONTEND + FORM, "query=servers.{web,db}*.cpu.*")
        self.assertEqual(answer.json(), [leaf("load", "servers.{web,db}*.cpu.load")])
        answer = send(self.server.http, "POST", target, GZIP_FRONTEND + FORM, "query=servers.*")
        self.assertEqual(answer.json(), [branch(host, f"servers.{host}") for host in sorted(HOSTS)])
        answer = send(self.server.http, "POST", target, GZIP_FRONTEND + FORM, "query=*web0[1]*")
        self.assertEqual(answer.json(), [])
        older = self.get("/metrics/find/?query=servers.web01.*").json()
        self.assertEqual([(node["text"], node["leaf"]) for node in older], [("cpu", 0), ("down", 1)])
        self.assertTrue(all(type(node["leaf"]) is int for node in older))

    def test_g7_find_backend(self):
        answer = self.backend(f"/metrics/find?from={FROM}&until={UNTIL}", query="servers.{web01,db01}.cpu.load")
        self.assertEqual(answer.json(), [leaf("load", "servers.{web01,db01}.cpu.load")])

    def test_g8_expand(self):
        answer = self.get(f"/metrics/expand?query=servers.*.cpu&from={FROM}&until={UNTIL}")
        self.assertEqual(answer.json(), {"results": [f"servers.{host}.cpu" for host in sorted(HOSTS)]})

    def test_g9_complete_tags(self):
        base = f"/tags/autoComplete/tags?from={FROM}&until={UNTIL}&limit=10000"
        self.assertEqual(self.get(base).json(), ["env", "host", "name"])
        self.assertEqual(self.get(f"{base}&tagPrefix=ho&expr=env%3Dprod").json(), ["host"])
        self.assertEqual(self.get(f"{base}&expr=env%3Dprod&expr=host%3D~a").json(), ["name"])

    def test_g10_complete_values(self):
        base = f"/tags/autoComplete/values?from={FROM}&until={UNTIL}&limit=10000&tag=host"
        self.assertEqual(self.get(base).json(), ["a", "b"])
        self.assertEqual(self.get(f"{base}&expr=env!%3Dprod&valuePrefix=").json(), ["b"])
        self.assertEqual(self.get(f"{base}&valuePrefix=a").json(), ["a"])

    def test_g11_odd_parameters_of_the_backend(self):
        odd = "from=undefined&limit=0&tagPrefix=&until=undefined"
        self.assertEqual(self.get(f"/tags/autoComplete/tags?{odd}", BACKEND).json(), ["env", "host", "name"])
        odd = "expr=env%3Dprod&from=undefined&limit=0&tag=host&until=undefined&valuePrefix="
        self.assertEqual(self.get(f"/tags/autoComplete/values?{odd}", BACKEND).json(), ["a"])
        odd = "from=undefined&limit=-3&tagPrefix=&until=undefined"
        self.assertEqual(self.get(f"/tags/autoComplete/tags?{odd}", BACKEND).json(), ["env", "host", "name"])

    def test_g12_functions(self):
        answer = self.get("/functions")
        self.assertEqual(answer.status, 200)
        self.assertFalse(answer.text.startswith("<"))
        functions = json.loads(answer.text.replace("1e9999", "null").replace("Infinity", "null"))
        summarize = functions["summarize"]
        self.assertEqual((summarize["name"], summarize["group"]), ("summarize", "Transform"))
        self.assertLessEqual({"name", "function", "description", "module", "group", "params"}, set(summarize))
        self.assertEqual(summarize["params"][1]["name"], "intervalString")
        self.assertIn("options", next(one for one in summarize["params"] if one["name"] == "func"))

    def test_g13_version(self):
        for headers in (GZIP_FRONTEND, BACKEND):
            answer = self.get("/version", headers)
            self.assertEqual((answer.status, answer.json()), (200, "1.1.10"))

    def test_g14_events(self):
        whats = lambda query: [event["what"] for event in self.get(f"/events/get_data?{query}").json()]
        self.assertEqual(whats("from=-6h&until=now&tags=deploy"), ["first", "second"])
        self.assertEqual(whats("from=-6h&until=now&tags=deploy%20web"), ["first"])
        self.assertEqual(whats(f"from={NOW - 200}&until={NOW}"), ["second"])
        self.assertEqual(whats("from=-1mon&until=-5min"), ["third", "first"])
        event = self.get("/events/get_data?from=-6h&until=now&tags=web").json()[0]
        self.assertEqual(set(event), {"id", "what", "when", "data", "tags"})
        self.assertIsInstance(event["when"], int)
        self.assertEqual(event["tags"], ["deploy", "web"])

    def test_g15_tags_of_older_versions(self):
        self.assertEqual([one["tag"] for one in self.get("/tags").json()], ["env", "host", "name"])
        env = self.get("/tags/env").json()
        self.assertEqual(env["tag"], "env")
        self.assertEqual([(one["value"], one["count"]) for one in env["values"]], [("prod", 1), ("test", 1)])
        self.assertTrue(all(type(one["id"]) is int for one in env["values"]))

    def test_errors_are_one_line_of_text(self):
        for answer in [
            self.backend("/render", **{"from": FROM, "until": UNTIL, "format": "json", "target": "noSuchFunction(a)"}),
            self.backend("/render", **{"from": "sometime", "until": UNTIL, "format": "json", "target": "a"}),
            self.get("/metrics/find?query=a.{b"),
        ]:
            self.assertEqual(answer.status, 400, answer.body)
            self.assertEqual(answer.text.count("\n"), 1, answer.text)
            self.assertFalse(answer.text.startswith("<"))

    def test_an_unchanged_dashboard_is_not_sent_again(self):
        target = f"/render?target=servers.*.cpu.load&from={FROM}&until={UNTIL}&format=json"
        first = self.get(target)
        tag = first.headers["etag"]
        again = self.get(target, f"{GZIP_FRONTEND}If-None-Match: {tag}\r\n")
        self.assertEqual((again.status, again.body, again.headers["etag"]), (304, b"", tag))
        other = self.get(target, f"{BACKEND.replace('gzip', 'identity')}If-None-Match: {tag}\r\n")
        self.assertEqual((other.status, other.json()), (200, first.json()))
        self.assertEqual(first.headers["vary"].lower(), "accept-encoding")


EVENTS = [
    {"what": "first", "tags": ["deploy", "web"], "data": "d", "when": NOW - 400},
    {"what": "second", "tags": ["deploy"], "data": "", "when": NOW - 100},
    {"what": "third", "tags": "other", "data": "", "when": NOW - 86_400},
]




def leaf(text, id):
    return {"text": text, "id": id, "allowChildren": 0, "expandable": 0, "leaf": 1}


def branch(text, id):
    return {"text": text, "id": id, "allowChildren": 1, "expandable": 1, "leaf": 0}


if __name__ == "__main__":
    unittest.main()
