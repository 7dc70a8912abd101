"""A world kept in a file: what was acknowledged is there again after a restart, even a kill -9.

A snapshot of the whole, and a journal of what was done since. See docs/adr/0006.
"""
