"""All stories by name: what goes wrong, and what the person who is paged looks at then."""

from __future__ import annotations

from tests.golden import (
    asking_stories,
    calls_stories,
    config_stories,
    hosts_stories,
    once_stories,
    update_stories,
    wishes_stories,
)
from tests.golden.common import Story

STORIES: dict[str, Story] = {
    story.__name__.replace("_", "-"): story
    for story in (
        *calls_stories.STORIES,
        *hosts_stories.STORIES,
        *wishes_stories.STORIES,
        *once_stories.STORIES,
        *update_stories.STORIES,
        *asking_stories.STORIES,
        *config_stories.STORIES,
    )
}
