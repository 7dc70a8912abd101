"""What every test takes for granted of the process that runs it."""

from __future__ import annotations

import signal

# A shell without job control starts background jobs with SIGINT ignored, and so would be what the
# tests start: those that send Ctrl-C to a process of their own would wait for it for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
