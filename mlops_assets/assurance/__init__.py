"""The assurance room: SHAP explanations and group fairness."""
