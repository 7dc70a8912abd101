"""Seeds that once showed a bug, with what it was. They are run first, whatever else is drawn.

The dice of a seed move when the scenario or the world changes, so each bug also has a unit test
where it was mended; the seed stays as long as it runs.
"""

from __future__ import annotations

SEEDS: dict[int, str] = {
    41: "the local ECS lost health checks that turned while the agent was away",
    93: "the oracle took a stop that two leaders had emptied the slot under for unanswered",
    229: "the oracle wanted a gate closed where another revision of what runs once had no room",
    371: "a revision that is ready for a moment gave its place in the budget back at every try",
    666: "a restart forgot that its revision was undone to: without a store it was rolled forward",
    709: "the oracle counted an instance that looked disconnected when the rollout began",
    1019: "the late answer of a first StartTask ended the expectation of a second one",
    1067: "a run that hung on one host kept all others from starting",
    1097: "a slot was written to while its StartTask was still under way",
    1297: "the oracle wanted moved what waits for a dependent that an operator has to look at",
    1312: "as 709, with lost events",
    1412: "a 5xx to DescribeTaskDefinition hid a health check: a dependent started too early",
    1837: "the oracle counted what was stopped on a host that was then terminated",
    1857: "the oracle wanted duplicates stopped on a stale view",
    1867: "as 371, with a canary that needed no bake",
    1923: "the oracle did not count on the age of a task whose death was not told yet",
    2057: "the oracle took a bad first revision for one to go back to",
    2149: "as 1019, with the second task started while the first call had no answer",
    2223: "as 371",
    2297: "a rollout ended between two crashes: the bad revision was the last good one",
    2751: "as 1412, after a crash",
    2855: "under slow start one instance was tried again and again, and the others never",
    2889: "the oracle knew that a task ran which nobody had been told of",
    3024: "as 1923",
    3139: "the oracle took the first retries of a young series for endless ones",
    3381: "scale-in counted from before the chore that stopped the work",
    3495: "a task of ours that starts stood for one that was counted: a host with work was drained",
    3593: "as 1412, with a second leader",
    3781: "as 1097, with five instances in one call",
    6350: "the oracle counted what drains as being in its place when over half is misplaced",
    6992: "the oracle counted a stop of what had already ended by itself",
    7807: "the oracle took a cluster for settled between two turns of a rollback",
    9023: "the oracle took a cluster for settled while an agent that flapped excused its instance",
    11652: "as 9023",
    30269: "the oracle blamed a dependent for starting between two crashes of what it waits for",
    40235: "the oracle did not know that a run that hangs keeps its place of maxUnavailable",
}
