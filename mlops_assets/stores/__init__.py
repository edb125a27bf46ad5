"""The stores: adapters that keep tables, bundles, the privacy ledger, MLflow entries and alerts."""
