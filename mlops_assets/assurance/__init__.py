"""Assurance: SHAP explanations and group fairness."""
