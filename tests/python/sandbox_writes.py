"""The drives that put the living sandbox to work."""

from drives import DRIVES, images, records, refreshes, servers, sharing

# Importing a module of drives is what registers them.
MODULES = (servers, images, sharing, refreshes, records)

__all__ = ["DRIVES", "MODULES"]
