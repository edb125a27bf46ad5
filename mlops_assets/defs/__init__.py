"""The only room that imports dagster: use case in, assets, checks, sensors and schedules out."""

import gc

import dagster as _dagster  # noqa: F401 - what is frozen below

# What was imported so far stays for good. Left to itself the collector walks over all of Dagster once or twice while
# the definitions are built, which takes as long as building them.
gc.freeze()
