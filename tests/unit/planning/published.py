"""Containers that publish ports, and the services that registrator makes of them."""

from __future__ import annotations

from msgspec import structs

from daemonctl.model.cluster import Container, Port, Task
from daemonctl.model.discovery import Registered, Service, Tenant
from daemonctl.model.observed import Host
from tests.unit.planning.scenery import NOW, definition_arn, task, task_arn

HERE = "10.0.0.5"


def web(number: int = 7, *ports: Port, family: str = "web", **changes: object) -> Task:
    """A task of somebody's service with one container, that runs for an hour."""
    published = ports or (Port(80, 32768),)
    return task(
        number,
        **{
            "definition": definition_arn(family),
            "group": f"service:{family}",
            "started_by": "ecs-svc/1",
            "containers": (Container("app", "RUNNING", ports=published),),
            **changes,
        },
    )


def tenant(number: int = 7, *ports: int, age: float = 3600.0, **changes: object) -> Tenant:
    published = tuple(Port(80, port) for port in ports or (32768,))
    plain = Tenant(task_arn(number), "ecs-web-2-app-", published, published, since=NOW - age)
    return structs.replace(plain, **changes)


def service(port: int = 32768, name: str = "ecs-web-2-app-a1", **changes: object) -> Service:
    plain = Service(f"host:{name}:80", "web", HERE, port)
    return structs.replace(plain, **changes)


def registered(*what: Tenant | Service, ago: float = 0.0) -> Registered:
    return Registered(
        node="i-1",
        addresses=(HERE,),
        tenants=tuple(each for each in what if isinstance(each, Tenant)),
        services=tuple(each for each in what if isinstance(each, Service)),
        as_of=NOW - ago,
    )


def covered(host: Host, *what: Tenant | Service, ago: float = 0.0) -> Host:
    return structs.replace(host, registered=registered(*what, ago=ago))
