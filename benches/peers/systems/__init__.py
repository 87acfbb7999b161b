"""The systems that are measured, by the names that SYSTEMS takes."""
from systems.graphite import Graphite
from systems.plumbago import Plumbago, PlumbagoThreeArchives
from systems.victoria import Victoria

SYSTEMS = {system.name: system for system in (Plumbago, PlumbagoThreeArchives, Victoria, Graphite)}
