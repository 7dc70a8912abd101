"""One fault at a time: where it is said to be, and in which words."""

from __future__ import annotations

import pytest

from tests.unit.adapters.configs import SHORTEST, daemon, faults


@pytest.mark.parametrize(
    ("text", "path", "line", "words"),
    [
        # owner, aliases, names
        (SHORTEST.replace("prod", "Prod"), "owner", 1, "1 to 16 of lower-case"),
        (SHORTEST.replace("prod", "p" * 17), "owner", 1, "1 to 16"),
        (SHORTEST.replace("prod", "12"), "owner", 1, "put it in quotes"),
        (SHORTEST.replace("prod", ""), "owner", 1, "has no value"),
        (SHORTEST.replace("owner: prod\n", ""), "owner", 1, "has to be given"),
        (SHORTEST.replace("registrator,", "R,", 1), "daemons[1].name", 6, "1 to 32"),
        (SHORTEST.replace("name: web", "name: web, alias: a/b"), "clusters[0].alias", 3, "letters"),
        (SHORTEST.replace("name: web", "name: a b"), "clusters[0].name", 3, "name or the ARN"),
        (SHORTEST.replace("eu-central-1", "Frankfurt"), "clusters[0].region", 3, "AWS region"),
        # unknown keys
        (SHORTEST + "ownr: x\n", "ownr", 7, 'did you mean "owner"'),
        (SHORTEST + "zzz: x\n", "zzz", 7, "unknown key"),
        (daemon("requierd: true"), "daemons[1].requierd", 6, 'did you mean "required"'),
        (
            daemon("restart: {baseSecond: 1}"),
            "daemons[1].restart.baseSecond",
            6,
            'did you mean "baseSeconds"',
        ),
        (daemon("task_definition: x"), "daemons[1].task_definition", 6, "taskDefinition"),
        # kinds
        (SHORTEST.replace("daemons:", "daemons: 5\nx:"), "daemons", 4, "a list"),
        (daemon("required: 1"), "daemons[1].required", 6, "true or false"),
        (daemon("startTimeoutSeconds: 5m"), "daemons[1].startTimeoutSeconds", 6, "a number"),
        (daemon("startTimeoutSeconds: 0"), "daemons[1].startTimeoutSeconds", 6, "above 0"),
        (daemon("startTimeoutSeconds: .inf"), "daemons[1].startTimeoutSeconds", 6, "finite"),
        (daemon("ready: {minReadySeconds: -1}"), "daemons[1].ready.minReadySeconds", 6, "least 0"),
        (daemon("ready: 5"), "daemons[1].ready", 6, "a mapping"),
        (daemon("onRemove: DROP"), "daemons[1].onRemove", 6, "has to be KEEP"),
        (daemon("onlyWith: {services: []}"), "daemons[1].onlyWith.services", 6, ""),
        (
            daemon("onlyWith: {services: [a b]}"),
            "daemons[1].onlyWith.services[0]",
            6,
            "ECS service",
        ),
        (daemon("propagateTags: SERVICE"), "daemons[1].propagateTags", 6, "TASK_DEFINITION or"),
        (daemon("makeRoom: {services: []}"), "daemons[1].makeRoom.services", 6, "at least 1"),
        (
            daemon("makeRoom: {services: [a b]}"),
            "daemons[1].makeRoom.services[0]",
            6,
            "ECS service",
        ),
        (
            SHORTEST.replace("name: web", "name: web, zombies: {deregisterAfterSeconds: 60}"),
            "clusters[0].zombies.deregisterAfterSeconds",
            3,
            "at least 300",
        ),
        (
            SHORTEST.replace("name: web", "name: web, scaleIn: {action: STOP}"),
            "clusters[0].scaleIn.action",
            3,
            "REPORT or DRAIN",
        ),
        (daemon("clusters: []"), "daemons[1].clusters", 6, "at least 1"),
        (SHORTEST + "apiBudget: 0\n", "apiBudget", 7, "above 0"),
        (SHORTEST + "apiBudget: 1.5\n", "apiBudget", 7, "at most 1"),
        (SHORTEST + "limits: {maxClusterShare: 0}\n", "limits.maxClusterShare", 7, "count from 1"),
        (SHORTEST + "limits: {maxClusterShare: 101%}\n", "limits.maxClusterShare", 7, "per cent"),
        (SHORTEST + "limits: {maxClusterShare: true}\n", "limits.maxClusterShare", 7, "count"),
        (SHORTEST + "http: {listen: 8080}\n", "http.listen", 7, "put it in quotes"),
        (SHORTEST + 'http: {listen: ":8080"}\n', "http.listen", 7, "host:port"),
        (SHORTEST + 'http: {listen: "a:70000"}\n', "http.listen", 7, "host:port"),
        (
            SHORTEST.replace("name: web", "name: web, resync: {pollSeconds: 0.5}"),
            "clusters[0].resync.pollSeconds",
            3,
            "at least 1",
        ),
        (
            SHORTEST.replace("name: web", "name: web, resync: {listingLagSeconds: 601}"),
            "clusters[0].resync.listingLagSeconds",
            3,
            "at most 600",
        ),
        (
            SHORTEST.replace("name: web", "name: web, events: {queueUrl: daemonctl}"),
            "clusters[0].events.queueUrl",
            3,
            "URL",
        ),
        (
            SHORTEST.replace("name: web", "name: web, roleArn: admin"),
            "clusters[0].roleArn",
            3,
            "IAM role",
        ),
        (
            SHORTEST.replace("taskDefinition: registrator", "taskDefinition: 'registrator:latest'"),
            "daemons[1].taskDefinition",
            6,
            "family:revision",
        ),
        # names that must differ or exist
        (SHORTEST.replace("registrator,", "consul-agent,"), "daemons[1].name", 6, "daemons[0]"),
        (
            SHORTEST.replace("daemons:", "  - {name: x, alias: web}\ndaemons:"),
            "clusters[1].alias",
            4,
            "clusters[0], line 3",
        ),
        (
            SHORTEST.replace(
                "daemons:", "  - {name: web, alias: x, region: eu-central-1}\ndaemons:"
            ),
            "clusters[1].name",
            4,
            "the same cluster",
        ),
        (daemon("clusters: [wep]"), "daemons[1].clusters[0]", 6, 'did you mean "web"'),
        (daemon("clusters: [web, web]"), "daemons[1].clusters[1]", 6, "twice"),
        (
            daemon("dependsOn: [{daemon: consul-agnt}]"),
            "daemons[1].dependsOn[0].daemon",
            6,
            'no daemon is named "consul-agnt" (did you mean "consul-agent"?)',
        ),
        (
            daemon("dependsOn: [{daemon: consul-agent}, {daemon: consul-agent}]"),
            "daemons[1].dependsOn[1].daemon",
            6,
            "twice",
        ),
        (
            daemon("dependsOn: [{daemon: registrator}]"),
            "daemons[1].dependsOn[0].daemon",
            6,
            "a circle: registrator → registrator",
        ),
        (
            daemon("dependsOn: [{daemon: consul-agent, condition: NEVER}]"),
            "daemons[1].dependsOn[0].condition",
            6,
            "START, HEALTHY, READY or SUCCESS",
        ),
        (
            daemon("dependsOn: [{daemon: consul-agent, restart: 1}]"),
            "daemons[1].dependsOn[0].restart",
            6,
            "true or false",
        ),
        # constraints, overrides, templates, tags
        (
            daemon('placementConstraints: [{type: memberOf, expression: "attribute:x =="}]'),
            "daemons[1].placementConstraints[0].expression",
            6,
            "at character",
        ),
        (
            daemon('placementConstraints: [{type: memberOf, expression: "task:group =~ x"}]'),
            "daemons[1].placementConstraints[0].expression",
            6,
            "name the groups",
        ),
        (
            daemon("placementConstraints: [{type: distinctInstance, expression: 'a exists'}]"),
            "daemons[1].placementConstraints[0].type",
            6,
            "memberOf",
        ),
        (
            daemon("overrides: {containerOverrides: [{command: [a]}]}"),
            "daemons[1].overrides.containerOverrides[0].name",
            6,
            "has to be given",
        ),
        (
            daemon("overrides: {containerOverrides: [{name: a, comand: [a]}]}"),
            "daemons[1].overrides.containerOverrides[0].comand",
            6,
            'did you mean "command"',
        ),
        (
            daemon(f"overrides: {{taskRoleArn: {'x' * 9000}}}"),
            "daemons[1].overrides",
            6,
            "ECS takes 8192",
        ),
        (
            daemon('overrides: {containerOverrides: [{name: a, command: ["{{attribute:}}"]}]}'),
            "daemons[1].overrides.containerOverrides[0].command[0]",
            6,
            "needs the name",
        ),
        (
            daemon('overrides: {containerOverrides: [{name: a, command: ["{{attribute: x y}}"]}]}'),
            "daemons[1].overrides.containerOverrides[0].command[0]",
            6,
            "needs the name",
        ),
        (daemon("tags: [{key: 'AWS:x'}]"), "daemons[1].tags[0].key", 6, "aws:"),
        (daemon("tags: [{key: 'daemonctl:x'}]"), "daemons[1].tags[0].key", 6, "daemonctl:"),
        (daemon("tags: [{key: ''}]"), "daemons[1].tags[0].key", 6, "at least 1"),
        (daemon(f"tags: [{{key: {'k' * 129}}}]"), "daemons[1].tags[0].key", 6, "at most 128"),
        (daemon(f"tags: [{{key: k, value: {'v' * 257}}}]"), "daemons[1].tags[0].value", 6, "256"),
        (daemon("tags: [{key: k, value: 'a{b'}]"), "daemons[1].tags[0].value", 6, "letters"),
        (daemon("tags: [{key: k}, {key: k}]"), "daemons[1].tags[1].key", 6, "tags[0]"),
        (
            daemon(f"tags: [{', '.join(f'{{key: k{n}}}' for n in range(47))}]"),
            "daemons[1].tags",
            6,
            "at most 46",
        ),
        (
            daemon("restart: {baseSeconds: 10, maxSeconds: 5}"),
            "daemons[1].restart.maxSeconds",
            6,
            "less than baseSeconds",
        ),
    ],
)
def test_one_fault_is_named_with_its_path_and_line(
    text: str, path: str, line: int, words: str
) -> None:
    found = [fault for fault in faults(text) if fault.path == path]
    assert len(found) == 1, faults(text)
    assert found[0].line == line
    assert words in found[0].words
