"""What the tests of the config edge share."""

from __future__ import annotations

import pytest

from daemonctl.adapters.config import ConfigError, Fault, parse

SHORTEST = """\
owner: prod
clusters:
  - {name: web, region: eu-central-1}
daemons:
  - {name: consul-agent, taskDefinition: consul-agent}
  - {name: registrator, taskDefinition: registrator}
"""
FULL = """\
owner: prod
clusters:
  - name: arn:aws:ecs:ap-northeast-1:111122223333:cluster/web_1
    roleArn: arn:aws:iam::111122223333:role/daemonctl
    events: {queueUrl: "https://sqs.ap-northeast-1.amazonaws.com/111122223333/daemonctl-web"}
    resync: {intervalSeconds: 300, pollSeconds: 1, listingLagSeconds: 5}
    gate: {attribute: my.gate, openAfterSeconds: 1, closeAfterSeconds: 2, maxClosed: 3}
    consul: {datacenter: tokyo}
    scaleIn: {emptyAfterSeconds: 60, action: DRAIN, minInstancesPerZone: 0}
    zombies: {deregisterAfterSeconds: 3600}
  - {name: batch, alias: b, region: us-gov-west-1}
consul:
  address: https://consul.internal:8501/
  tokenFile: /run/secrets/consul-token
  caFile: /etc/consul/ca.pem
  nodeName: "ecs-{{ec2InstanceId}}"
apiBudget: 1
limits: {voluntaryStopsPerMinute: 0, maxClusterShare: 5}
http: {listen: "[::1]:8080", metricsListen: "0.0.0.0:9102", authTokenFile: /run/secrets/t}
daemons:
  - name: consul-agent
    clusters: [web_1, b]
    taskDefinition: arn:aws:ecs:ap-northeast-1:111122223333:task-definition/consul-agent:7
    placementConstraints:
      - {type: memberOf, expression: "attribute:ecs.os-type == linux"}
    overrides:
      containerOverrides:
        - name: consul-agent
          command: [agent, "-node={{ec2InstanceId}}", "-x={{ attribute:rack }}", "{{other}}"]
          environment: [{name: A, value: "1"}]
          cpu: 10
      cpu: "256"
    ready: {minReadySeconds: 10, consul: {agentAlive: true}}
    startTimeoutSeconds: 120.5
    restart: {baseSeconds: 2, maxSeconds: 60, resetAfterSeconds: 30}
    deploymentConfiguration: {maxUnavailable: 3}
    drain: {timeoutSeconds: 90}
    required: false
    adopt: true
    makeRoom: {services: ["batch-*"]}
    onRemove: KEEP
    type: DAEMON
    propagateTags: TASK_DEFINITION
    enableExecuteCommand: true
    tags: [{key: team, value: platform}, {key: "a:b/c"}]
  - name: registrator
    clusters: [b]
    taskDefinition: registrator:3
    propagateTags: NONE
    dependsOn: [{daemon: consul-agent, condition: START, restart: false}]
"""
REGISTRATOR = "{name: registrator, taskDefinition: registrator}"


def daemon(more: str) -> str:
    """The shortest config, with more keys for its second daemon, in line 6."""
    return SHORTEST.replace(REGISTRATOR, f"{REGISTRATOR[:-1]}, {more}}}")


def faults(text: str | bytes, *, as_json: bool = False) -> tuple[Fault, ...]:
    raw = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(ConfigError) as raised:
        parse(raw, as_json=as_json)
    assert raised.value.faults
    return raised.value.faults


def only(text: str | bytes, *, as_json: bool = False) -> Fault:
    (found,) = faults(text, as_json=as_json)
    return found
