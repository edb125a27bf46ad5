"""The bench: this package beside the libraries it stands on, on the real credit data. `make bench` runs it."""
