"""What a YAML may say: frozen models, one module per stage, and the loader that reports file:line:column.

Nothing is re-exported here, because the plugins that put the type of `features.derive` together import the base
models of this package.
"""
