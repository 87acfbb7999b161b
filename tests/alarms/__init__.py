"""Alarms with real programs: amtool against a running Plumbago."""
