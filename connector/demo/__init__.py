"""The demo: the product against a sandbox portal over real HTTP, with scripted reps and checked promises.

It uses what a user uses (the sandbox server, the bindings that `init` proposes, the receiver, the embedded
runtime) and checks every promise that it prints against the portal's own state.
"""
