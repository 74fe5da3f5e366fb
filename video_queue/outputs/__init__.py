"""How a phase's files become outputs: staged, checked, recorded as an intent, published without replacing.

`publisher` is the entry point, the other modules are its steps; docs/outputs.md says what they promise.
"""
