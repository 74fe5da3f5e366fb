"""How a phase's files become outputs: staged, checked, recorded as an intent, published without replacing.

`publisher` is the door; the other modules are its steps. ENGINE section "Outputs" is the promise they keep.
"""
