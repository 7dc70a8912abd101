"""What a person can do where AWS does not answer as it should, by the error."""

from __future__ import annotations

FIRST_LISTING = (
    "the first listing has not ended yet: it goes on by itself, nothing is done until then"
)

_BY_TROUBLE: tuple[tuple[str, str], ...] = (
    ("AccessDenied", "Allow daemonctl's role the call that is named."),
    ("Throttling", "Lower apiBudget, or find out what else spends the account's ECS quota."),
    ("ClusterNotFound", "Create the cluster, or correct its name and region in the config."),
    ("ExpiredToken", "Renew daemonctl's credentials."),
    ("UnrecognizedClient", "Give daemonctl credentials of this account and region."),
)

_BY_DEAFNESS: tuple[tuple[str, str], ...] = (
    ("Throttl", "Nothing to do where it passes; else find out what else asks that queue."),
    ("InternalFailure", "Nothing to do where it passes: it is AWS that fails."),
    ("ServiceUnavailable", "Nothing to do where it passes: it is AWS that fails."),
    ("ExpiredToken", "Renew daemonctl's credentials."),
    ("NonExistentQueue", "Create the queue anew (deploy/cloudformation), or correct queueUrl."),
)


def for_trouble(trouble: str) -> str:
    """What to do where a cluster cannot be read, by the error."""
    for mark, words in _BY_TROUBLE:
        if mark in trouble:
            return words
    return "Check that ECS answers from this host (`aws ecs list-clusters`)."


def for_deafness(trouble: str) -> str:
    """What to do where the events queue cannot be read, by the error."""
    for mark, words in _BY_DEAFNESS:
        if mark in trouble:
            return words
    return "Check events.queueUrl, and sqs:ReceiveMessage and sqs:DeleteMessage on that queue."
