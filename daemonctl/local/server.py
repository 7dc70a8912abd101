"""The local ECS as a server: a world in real time behind one port, until it is told to end."""

from __future__ import annotations

import asyncio
import errno
import signal
import time
from typing import TYPE_CHECKING

from aiohttp import web

from daemonctl.local.api.app import is_loopback, make_app
from daemonctl.local.api.live import Live
from daemonctl.local.crew import Crew
from daemonctl.local.machines import Machines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from daemonctl.local.machines import Wanted
    from daemonctl.local.state.keeper import Keeper
    from daemonctl.local.world import World

ENDINGS = (signal.SIGINT, signal.SIGTERM)
GRACE_SECONDS = 1.0  # for answers under way when the end comes


class CannotListenError(Exception):
    """The address is not to be had; the text is for the operator."""


def steady_clock() -> Callable[[], float]:
    """Make a clock of epoch seconds that goes on evenly whatever the system's clock does."""
    began, since = time.time(), time.monotonic()
    return lambda: began + time.monotonic() - since


async def serve(
    host: str,
    port: int,
    world: World,
    *,
    speed: float = 1.0,
    clock: Callable[[], float] | None = None,
    ready: Callable[[str], None] = print,
    ended: asyncio.Event | None = None,
    keeper: Keeper | None = None,
    machines: Sequence[Wanted] = (),
    say: Callable[[str], None] = print,
) -> None:
    """Serve a world until SIGINT or SIGTERM, or until `ended` is set.

    Args:
        host: A loopback address; whoever reaches the port may do anything with the world.
        port: 0 takes a free one.
        world: What is served; it begins at the clock's time.
        speed: World seconds in a real second.
        clock: Real time in epoch seconds, never going back.
        ready: Is told the endpoint once calls are answered.
        ended: Set from elsewhere, it ends the serving.
        keeper: The world's state file, if it has one.
        machines: Real machines that join, beside those that are in the state file.
        say: Is told what the agents that run here say.

    Raises:
        CannotListenError: The port is taken, or the address is none of this machine's own.
        StateError: The state file cannot be written.
    """
    if not is_loopback(host):
        raise CannotListenError(
            f"cannot listen on {host}: the local ECS obeys anybody, so it listens on loopback only"
        )
    end = ended or asyncio.Event()
    live = Live(world, clock or steady_clock(), speed=speed, account=world.account, keeper=keeper)
    crew = Crew(live, None if keeper is None else keeper.path, say=say)
    real = Machines(live, crew)
    runner = web.AppRunner(
        make_app(live, machines=real),
        access_log=None,
        handler_cancellation=True,
        shutdown_timeout=GRACE_SECONDS,
    )
    await runner.setup()
    timer = asyncio.create_task(live.run())
    # a timer that fails ends the server: a world that stands still would only confuse
    timer.add_done_callback(lambda _: end.set())
    loop = asyncio.get_running_loop()
    for number in ENDINGS:
        loop.add_signal_handler(number, end.set)
    try:
        endpoint = await _listen(runner, host, port)
        world.serve_at(endpoint)
        await real.begin(endpoint, machines)
        ready(endpoint)
        await end.wait()
    finally:
        for number in ENDINGS:
            loop.remove_signal_handler(number)
        await live.close()
        await real.close()
        await runner.cleanup()
        await _ended(timer)
        live.save()


async def _listen(runner: web.AppRunner, host: str, port: int) -> str:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as no:
        if no.errno == errno.EADDRINUSE:
            words = "is taken; take another with --port, or end the local ECS that has it"
        else:
            words = f"is not to be had: {no.strerror or no}"
        raise CannotListenError(f"cannot listen: port {port} of {host} {words}") from no
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{runner.addresses[0][1]}"


async def _ended(timer: asyncio.Task[None]) -> None:
    """End the timer; raises what it failed with, if it did."""
    timer.cancel()
    try:
        await timer
    except asyncio.CancelledError:
        return
