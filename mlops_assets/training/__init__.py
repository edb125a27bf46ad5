"""The training room: families, search, calibration, threshold, evaluation and the model bundle."""
