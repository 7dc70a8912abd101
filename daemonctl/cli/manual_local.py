"""What the help of each `daemonctl local` command says below its options."""

from __future__ import annotations

from daemonctl.cli.manual_page import LOCAL, Page

_ENDPOINT = (("AWS_ENDPOINT_URL", "the local ECS, where --endpoint does not name it"),)
_ENGINE = ("DOCKER_HOST", "the Docker engine, where --docker-host does not name it")
_HOME = ("XDG_STATE_HOME", "where state files are kept, in daemonctl/ [default: ~/.local/state]")


def _local(*examples: str) -> Page:
    return Page(examples, LOCAL, _ENDPOINT)


PAGES: dict[tuple[str, ...], Page] = {
    ("up",): Page(
        (
            "daemonctl local up --instances 5",
            "daemonctl local up --runtime docker --docker-host unix:///var/run/docker.sock",
            "daemonctl local up --state ecs.state --seed 1",
        ),
        {0: "ended by SIGTERM or SIGINT", 1: "it cannot listen, or read its state", 2: "wrong use"},
        (_ENGINE, _HOME),
    ),
    ("env",): _local('eval "$(daemonctl local env)"', "daemonctl local env -o json"),
    ("demo",): Page(
        ("daemonctl local demo", "daemonctl local demo --keep"),
        {0: "every step was seen to hold", 1: "a step did not hold", 2: "wrong use"},
    ),
    ("agent",): Page(
        ("daemonctl local agent --docker-host unix:///var/run/docker.sock",),
        {0: "ended by SIGTERM or SIGINT", 1: "engine or local ECS cannot be used", 2: "wrong use"},
        (*_ENDPOINT, _ENGINE, _HOME),
    ),
    ("instance", "add"): _local(
        "daemonctl local instance add --count 2",
        "daemonctl local instance add --docker-host tcp://10.0.0.7:2375",
    ),
    ("instance", "terminate"): _local("daemonctl local instance terminate i-0a1b2c3d4e5f60718"),
    ("instance", "stop"): _local("daemonctl local instance stop i-0a1b2c3d4e5f60718"),
    ("instance", "start"): _local("daemonctl local instance start i-0a1b2c3d4e5f60718"),
    ("instance", "reboot"): _local("daemonctl local instance reboot i-0a1b2c3d4e5f60718"),
    ("instance", "disconnect"): _local("daemonctl local instance disconnect i-0a1b2c3d4e5f60718"),
    ("instance", "reconnect"): _local("daemonctl local instance reconnect i-0a1b2c3d4e5f60718"),
    ("task", "kill"): _local("daemonctl local task kill ARN --exit-code 1"),
    ("task", "health"): _local("daemonctl local task health ARN UNHEALTHY"),
    ("fault",): _local(
        "daemonctl local fault throttle --rate 0.5 --seconds 60",
        "daemonctl local fault list",
        "daemonctl local fault clear",
    ),
}
