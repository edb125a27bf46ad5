"""The privacy package: the account of epsilon, private statistics, synthetic tables and their report."""
