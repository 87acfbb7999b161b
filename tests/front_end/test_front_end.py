"""graphite-web that has Plumbago in CLUSTER_SERVERS answers as Plumbago does when it is asked itself."""
import hashlib
import json
import tempfile
import unittest
from pathlib import Path

from conformance.cases import NOW, RECORDED, is_lenient, read
from conformance.known import reason_of
from conformance.system import Plumbago
from front_end.graphite_web import GraphiteWeb, get
from oracle.compare import first_difference

EXPRESSIONS = 200
EXPRESSIONS_IN_MSGPACK = 60
AREAS = {"render", "archive", "consolidation", "pipeline", "time"}
# These read graphite-web's own clock, or its own events.
OWN = ("timeSlice", "linearRegression", "verticalLine", "events", "randomWalk", "identity", "time(", "timeFunction", "sin")


def expressions():
    """Recorded requests of every function, in an order that has nothing to do with their names."""
    cases = [
        case
        for case in read("answers.jsonl.gz")
        if case["area"] in AREAS and case["compare"] == "render" and case["method"] == "GET" and case["expect"]
        and not is_lenient(case) and not reason_of(case)
        and not any(word in value for _, value in case["params"] for word in OWN)
    ]
    cases.sort(key=lambda case: hashlib.sha256(case["id"].encode()).digest())
    functions = {}
    for case in cases:
        functions.setdefault(case["function"], []).append(case)
    # One of each function first, then a second one, and so on.
    rounds = [[those[at] for those in functions.values() if at < len(those)] for at in range(20)]
    return [case for one in rounds for case in one]


class FrontEnd(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="plumbago-front-end-")
        folder = Path(cls.directory.name)
        cls.addClassCleanup(cls.directory.cleanup)
        (folder / "plumbago").mkdir()
        cls.plumbago = Plumbago(folder / "plumbago", RECORDED)
        cls.addClassCleanup(cls.plumbago.end)
        address = f"127.0.0.1:{cls.plumbago.server.http}"
        cls.web = GraphiteWeb(folder / "graphite", address)
        cls.addClassCleanup(cls.web.end)
        cls.web_in_msgpack = GraphiteWeb(folder / "graphite-msgpack", f"{address}?format=msgpack")
        cls.addClassCleanup(cls.web_in_msgpack.end)

    def both(self, web, path, parameters):
        """The two answers as JSON."""
        answers = web.get(path, parameters), get(self.plumbago.server.http, path, parameters)
        for who, (status, body) in zip(("graphite-web", "Plumbago"), answers):
            self.assertEqual(status, 200, f"{who} {path} {parameters}: {body[:500]!r}")
        return tuple(json.loads(body.replace(b"1e9999", b"null")) for _, body in answers)

    def compare(self, web, cases):
        wrong = []
        for case in cases:
            theirs, ours = self.both(web, "/render", case["params"])
            found = first_difference({"status": 200, "series": theirs}, {"status": 200, "series": ours})
            if found:
                wrong.append(f"{case['id']} {dict(case['params'])}: {found}")
        self.assertEqual(wrong, [], f"{len(wrong)} of {len(cases)} differ:\n" + "\n".join(wrong[:20]))

    def test_expressions_have_the_same_values(self):
        cases = expressions()[:EXPRESSIONS]
        self.assertEqual(len(cases), EXPRESSIONS)
        self.assertGreater(len({case["function"] for case in cases}), 80)
        self.compare(self.web, cases)

    def test_expressions_have_the_same_values_in_msgpack(self):
        self.compare(self.web_in_msgpack, expressions()[:EXPRESSIONS_IN_MSGPACK])

    def test_nodes_are_the_same(self):
        for query in ["*", "app.*", "app.*.*.hits", "mix.s{10,60}.*", "cpu.load;env=prod;host=h1", "no.such"]:
            for web in (self.web, self.web_in_msgpack):
                parameters = [("query", query), ("format", "json"), ("from", NOW - 3600), ("until", NOW)]
                theirs, ours = self.both(web, "/metrics/find", parameters)
                by_path = lambda nodes: sorted((node["path"], node["is_leaf"]) for node in nodes)
                self.assertEqual(by_path(theirs), by_path(ours), query)

    def test_lists_and_tags_are_the_same(self):
        theirs, ours = self.both(self.web, "/metrics/index.json", [])
        self.assertEqual(theirs, ours)
        for path, parameters in [
            ("/metrics/expand", [("query", "app.*.eu.hits")]),
            ("/tags/autoComplete/tags", [("expr", "name=cpu.load"), ("limit", "10")]),
            ("/tags/autoComplete/values", [("expr", "name=cpu.load"), ("tag", "host"), ("valuePrefix", "h1")]),
        ]:
            theirs, ours = self.both(self.web, path, parameters)
            self.assertEqual(theirs, ours, path)


if __name__ == "__main__":
    unittest.main()
