"""When an image is pulled, and what becomes of it: ECS_IMAGE_PULL_BEHAVIOR."""

from __future__ import annotations

import logging

from daemonctl.local.agent.engine import Engine, RefusedError

DEFAULT, ALWAYS, ONCE, PREFER_CACHED = "default", "always", "once", "prefer-cached"
BEHAVIORS = (DEFAULT, ALWAYS, ONCE, PREFER_CACHED)
"""default: pull, and where that fails use what is there; always: pull, or the task fails; once
and prefer-cached: pull only what is not there. (ECS's "once" also pulls again what no task of
this instance has pulled; the agent keeps no such list, so both do the same here.)"""

IDLE_SECONDS = 60.0
"""A pull that says nothing for so long has failed (ECS_IMAGE_PULL_INACTIVITY_TIMEOUT)."""

_LOG = logging.getLogger(__name__)


async def fetch(engine: Engine, image: str, behavior: str) -> None:
    """Make an image available on the engine.

    Raises:
        RefusedError: It cannot be pulled and what may be there is not taken; or is not there.
        TimeoutError: The same, for want of progress.
        EngineLostError: The engine is away.
    """
    if behavior in {ONCE, PREFER_CACHED} and await engine.has_image(image):
        return
    try:
        await engine.pull(image, IDLE_SECONDS)
    except (RefusedError, TimeoutError) as no:
        if behavior != DEFAULT or not await engine.has_image(image):
            raise
        _LOG.info("pull of %s failed (%s): the image that is there is used", image, no)
