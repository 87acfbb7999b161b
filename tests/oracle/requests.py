"""Random render requests: one to three typed expression trees over the data, a range, and the other parameters.

A request follows from its seed and number alone.
"""
import random

from oracle.data import HOSTS, SCHEMAS, TAG_VALUES, moment
from oracle.literals import WRONG, pool
from oracle.tree import Call, Path, Template

DEPTH_MAX = 4
SERIES = ("seriesList", "seriesLists")

# Functions that are not asked for.
LEFT_OUT = {
    "events": "reads a database of events, which the oracle does not have",
    "randomWalk": "random",
    "randomWalkFunction": "random",
    # Written as part of other trees.
    "seriesByTag": "stands for a path",
    "map": "only inside of reduce",
    "mapSeries": "only inside of reduceSeries",
}
# Read a range of their own, so graphite-web evaluates their first argument a second time.
REFETCHING = {
    "aliasQuery", "applyByNode", "exponentialMovingAverage", "hitcount", "holtWintersAberration",
    "holtWintersConfidenceArea", "holtWintersConfidenceBands", "holtWintersForecast", "linearRegression",
    "movingAverage", "movingMax", "movingMedian", "movingMin", "movingSum", "movingWindow", "smartSummarize",
    "timeShift", "timeStack", "useSeriesAbove",
}
# Take two lists of the same length.
TWO_LISTS = {
    "aggregateSeriesLists", "diffSeriesLists", "divideSeriesLists", "multiplySeriesLists", "sumSeriesLists",
    "weightedAverage",
}
TIME_ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Nowhere/None"]
# In graphite-web these mix the request's zone with the server's.
ZONE_BLIND = {
    "sin", "sinFunction", "time", "timeFunction", "timeSlice", "linearRegression", "integralByInterval", "verticalLine",
}


class Request:
    """Targets as trees, `now`, and the other parameters as pairs."""

    def __init__(self, targets, now, parameters):
        self.targets, self.now, self.parameters = targets, now, parameters

    def calls(self):
        return [call for target in self.targets for call in target.calls()]

    def form(self, write):
        """The parameters as they are sent; `write` makes text of a tree."""
        targets = [("target", write(target)) for target in self.targets]
        return [*targets, ("now", str(self.now)), ("format", "json"), ("noCache", "1"), *self.parameters]

    def smaller(self):
        """Requests with one thing less."""
        for at in range(len(self.targets)):
            if len(self.targets) > 1:
                yield Request([self.targets[at]], self.now, self.parameters)
        for at, (key, _) in enumerate(self.parameters):
            if key not in ("from", "until"):
                yield Request(self.targets, self.now, self.parameters[:at] + self.parameters[at + 1 :])
        for at, target in enumerate(self.targets):
            for tree in target.smaller():
                yield Request([*self.targets[:at], tree, *self.targets[at + 1 :]], self.now, self.parameters)


class Generator:
    """Makes the requests of one seed from the functions that graphite-web declares."""

    def __init__(self, seed, functions, names):
        self.seed = seed
        self.names = [name for name in names if ";" not in name]
        self.now = moment(seed)
        self.functions = {name: functions[name] for name in sorted(functions) if name not in LEFT_OUT}

    def request(self, number):
        rng = random.Random(f"{self.seed}/{number}")
        # Every function in turn stands at the top of the first target; the rest is chance.
        names = list(self.functions)
        first = self.call(rng, names[number % len(names)], rng.randrange(DEPTH_MAX))
        more = [self.tree(rng, rng.randrange(DEPTH_MAX)) for _ in range(rng.choice([0, 0, 0, 0, 1, 2]))]
        if rng.random() < 0.03:
            more.append(self.template(rng))
        targets = [first, *more]
        # Never earlier: whisper may then show what it only has not overwritten yet.
        now = self.now + rng.choice([0] * 9 + [rng.randrange(3600)])
        request = Request(targets, now, [])
        zones = TIME_ZONES if not any(call.name in ZONE_BLIND for call in request.calls()) else []
        request.parameters = self.range(rng, now) + self.options(rng, zones)
        return request

    def tree(self, rng, depth):
        if depth == 0:
            return self.path(rng)
        return self.call(rng, rng.choice(list(self.functions)), depth - 1)

    def template(self, rng):
        schema = rng.choice(SCHEMAS)[0]
        tree = Path(f"{schema}.$host.*.*")
        for _ in range(rng.randrange(3)):
            name = rng.choice(["scale", "movingAverage", "summarize", "timeShift"])
            literal = {"scale": "2", "movingAverage": "3"}.get(name, '"10min"')
            tree = Call(name, [(None, tree), (None, literal)])
        return Template(tree, rng.choice(HOSTS))

    def call(self, rng, name, depth):
        parameters = self.functions[name]
        if name in ("reduce", "reduceSeries"):
            return self.reduce(rng, name, depth)
        if name in TWO_LISTS:
            return self.two_lists(rng, name, parameters, depth)
        arguments = []
        keywords = False
        for position, parameter in enumerate(parameters):
            if not parameter.get("required") and rng.random() < (0.1 if name == "legendValue" else 0.5):
                if parameter.get("multiple"):
                    break
                # What follows can only be said by name.
                keywords = True
                continue
            repeats = rng.randint(1, 3) if parameter.get("multiple") else 1
            # Of series by name, graphite-web reads nothing.
            by_name = not parameter.get("multiple") and parameter["type"] not in (*SERIES, "any") and position > 0
            keywords = keywords or (by_name and rng.random() < 0.1)
            if keywords and not by_name:
                break
            for _ in range(repeats):
                value = self.value(rng, name, parameter, depth)
                arguments.append((parameter["name"] if keywords else None, value))
        if arguments and rng.random() < 0.015:
            return self.wrong(rng, name, arguments)
        # In graphite-web a call has no keywords unless something stands before them.
        may_pipe = arguments and not isinstance(arguments[0][1], str) and not any(key for key, _ in arguments[1:2])
        return Call(name, arguments, piped=bool(may_pipe) and rng.random() < 0.15)

    def wrong(self, rng, name, arguments):
        """The call with an argument that does not fit, or with one too few."""
        parameters = self.functions[name]
        at = rng.randrange(len(arguments))
        keyword = arguments[at][0]
        parameter = keyword or parameters[min(at, len(parameters) - 1)]["name"]
        if rng.random() < 0.3 and at and not keyword:
            return Call(name, arguments[:at], wrong=parameter)
        changed = [*arguments[:at], (keyword, rng.choice(WRONG)), *arguments[at + 1 :]]
        return Call(name, changed, wrong=parameter)

    def value(self, rng, name, parameter, depth):
        if parameter["type"] in SERIES:
            tree = self.tree(rng, depth)
            # This one is for two series only.
            return Call("limit", [(None, tree), (None, "2")]) if name == "areaBetween" else tree
        if parameter["type"] == "any" and name in ("asPercent", "pct"):
            return rng.choice([self.tree(rng, 0), "100", "None", "-3.5"])
        return rng.choice(pool(name, parameter))

    def two_lists(self, rng, name, parameters, depth):
        """A function of two lists, which mostly have the same length, as it wants them."""
        first = self.tree(rng, depth)
        second = Call("scale", [(None, first), (None, "0.5")]) if rng.random() < 0.8 else self.tree(rng, 0)
        literals = [(None, self.value(rng, name, one, 0)) for one in parameters[2:]]
        return Call(name, [(None, first), (None, second), *literals])

    def reduce(self, rng, name, depth):
        schema = rng.choice(SCHEMAS)[0]
        groups = Call(rng.choice(["map", "mapSeries"]), [(None, Path(f"{schema}.*.cpu.*")), (None, rng.choice("01"))])
        function = rng.choice(["asPercent", "divideSeries", "diffSeries", "sumSeries", "maxSeries"])
        matchers = rng.choice([['"user"', '"system"'], ['"system"', '"user"'], ['"user"', '"system"'], ['"user"']])
        return Call(name, [(None, groups), (None, f'"{function}"'), (None, "3"), *((None, one) for one in matchers)])

    def path(self, rng):
        """Mostly one that is there, some of its nodes made wider; tags; sometimes nothing."""
        if rng.random() < 0.15:
            return self.tagged(rng)
        if rng.random() < 0.03:
            return Path("nosuch.*")
        nodes = rng.choice(self.names).split(".")
        # Wide ones make many chances, and long answers: two wide nodes are the middle ground that users have.
        for _ in range(rng.choice([0, 1, 1, 2, 2])):
            at = rng.randrange(len(nodes))
            node = nodes[at]
            others = [other.split(".")[at] for other in rng.sample(self.names, 3) if other.count(".") >= at]
            group, set_of_characters = "{" + ",".join([node, *others]) + "}", f"[{node[0]}x]" + "?" * (len(node) - 1)
            wider = ["*", "*", group, node[:2] + "*", set_of_characters]
            nodes[at] = rng.choice(wider) if not set(node) & set("*{[") else node
        return Path(".".join(nodes))

    def tagged(self, rng):
        key = rng.choice(list(TAG_VALUES))
        value = rng.choice(TAG_VALUES[key])
        expressions = rng.choice(
            [
                ["name=requests"],
                [f"{key}={value}"],
                ["name=~re.*", f"{key}!={value}"],
                [f"{key}=~[{value[0]}].*", "name=disk.used"],
                ["name=requests", f"{key}="],
                ["name=requests", f"{key}!=~{value[0]}"],
            ]
        )
        quoted = ", ".join(f"'{one}'" for one in expressions)
        return Path(f"seriesByTag({quoted})")

    def range(self, rng, now):
        start = rng.choice([600, 600, 1800, 3600, 3600, 7200, 6 * 3600, 86400, rng.randrange(30, 20000)])
        length = rng.choice([start, start, start, rng.randint(1, start)])
        style = rng.random()
        if style < 0.6:
            chosen = [("from", str(now - start)), ("until", str(now - start + length))]
        elif style < 0.8:
            chosen = [("from", f"-{start}s")]
        elif style < 0.9:
            chosen = [("from", f"-{start // 60 + 2}min"), ("until", "-1min")]
        else:
            chosen = [("from", rng.choice(["midnight", "noon yesterday", "-1d", "now-5h", "10:00"])), ("until", "now")]
        return chosen

    def options(self, rng, zones):
        options = []
        if rng.random() < 0.5:
            options.append(("maxDataPoints", str(rng.choice([1, 2, 7, 10, 50, 100, 300, 1000]))))
        if rng.random() < 0.15:
            options.append(("xFilesFactor", rng.choice(["0", "0.3", "0.5", "1"])))
        if rng.random() < 0.1:
            options.append(("noNullPoints", "1"))
        if zones and rng.random() < 0.05:
            options.append(("tz", rng.choice(zones)))
        return options
