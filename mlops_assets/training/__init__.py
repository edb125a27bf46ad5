"""Training: families, search, calibration, threshold, evaluation and the model bundle."""
