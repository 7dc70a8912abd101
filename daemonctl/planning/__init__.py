"""Pure decisions: what should run where, and what to do about it."""
