"""The statistics that several rooms need, each once: ranking, resampling, proportions, intervals."""
