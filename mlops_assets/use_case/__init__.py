"""The configuration: frozen models, one module per stage, and the loader that reports file:line:column."""
