"""Plumbago as a back end of graphite-web and carbonapi: what users of the one get, they get of the other."""
