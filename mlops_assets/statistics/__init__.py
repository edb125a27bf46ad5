"""The statistics that several packages need, each once: ranking, resampling, proportions, intervals."""
