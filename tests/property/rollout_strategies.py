"""Rollouts as they may be remembered."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from daemonctl.model.ids import ContainerInstanceArn, DaemonName
from daemonctl.model.rollout import FailedInstance, Pause, Phase, Revision, Rollout
from tests.property.ecs_strategies import NOW, definition_arn, moments, mostly, perhaps


@st.composite
def rollouts(draw: DrawFn, name: DaemonName, places: Sequence[ContainerInstanceArn]) -> Rollout:
    """Between the revisions 1 and 2 of a family, in any phase."""
    old, new = (Revision(definition_arn(str(name), number)) for number in (1, 2))
    target = draw(mostly(new, old))
    some = st.lists(st.sampled_from(places), unique=True, max_size=2) if places else st.just([])
    return Rollout(
        asked=draw(mostly(new, target)),
        target=target,
        last_good=draw(mostly(old, None)),
        phase=draw(st.sampled_from(tuple(Phase))),
        began=draw(moments(3000)),
        bake_since=draw(perhaps(moments(300))),
        canaries=tuple(draw(some)),
        failed=tuple(FailedInstance(arn, NOW - 5, "exit 1") for arn in draw(some)),
        rollback_of=draw(perhaps(st.just(new))),
        pause=draw(mostly(None, Pause(NOW - 9))),
        restarted_at=draw(perhaps(moments(3000))),
    )
