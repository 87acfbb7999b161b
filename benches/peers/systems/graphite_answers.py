"""Questions and answers of the Graphite API, as Plumbago and graphite-web share them."""
import json
from urllib.parse import quote, urlencode


def wide_path(glob, part):
    """The sum over `glob` over the times of `part`; nothing may come from a cache of results."""
    query = {
        "target": f"sumSeries({glob})", "from": part.first_time - 1, "until": part.last_time,
        "format": "json", "noCache": 1,
    }
    return "/render?" + urlencode(query)


def wide_values(body):
    """The known values of the one series that was asked for."""
    (series,) = json.loads(body)
    return [value for value, _ in series["datapoints"] if value is not None]


def find_path(glob):
    """The tree that a user walks through: nodes of one name are one node."""
    return f"/metrics/find?query={quote(glob)}&format=treejson"


def expand_path(glob):
    """The full paths of everything that matches."""
    return f"/metrics/expand?query={quote(glob)}"


def expand_count(body):
    return len(json.loads(body)["results"])
