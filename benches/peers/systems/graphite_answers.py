"""Questions and answers of the Graphite API, as Plumbago and graphite-web share them."""
import json
from urllib.parse import quote, urlencode


def wide_path(glob, part):
    """The sum over `glob` over the times of `part`; nothing may come from a cache of results."""
    return render_path(f"sumSeries({glob})", part)


def groups_path(glob, part):
    """One sum for each second node."""
    return render_path(f"groupByNode({glob},1,'sum')", part)


def ranked_path(glob, part):
    return render_path(f"highestAverage(movingAverage({glob},10),5)", part)


def raw_path(glob, part):
    return render_path(glob, part)


def render_path(target, part):
    query = {
        "target": target, "from": part.first_time - 1, "until": part.last_time,
        "format": "json", "noCache": 1,
    }
    return "/render?" + urlencode(query)


def all_values(body):
    """The known values of each series."""
    return [[value for value, _ in series["datapoints"] if value is not None] for series in json.loads(body)]


def find_path(glob):
    """The tree that a user walks through: nodes of one name are one node."""
    return f"/metrics/find?query={quote(glob)}&format=treejson"


def expand_path(glob):
    """The full paths of everything that matches."""
    return f"/metrics/expand?query={quote(glob)}"


def expand_count(body):
    return len(json.loads(body)["results"])
