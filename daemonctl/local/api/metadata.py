"""The instance metadata of a real machine, as EC2 serves it to what runs there (IMDS v2).

One small server a machine, each on a port of its own: SDKs pass over a path in the endpoint that
they are given (aws-sdk-go-v2, feature/ec2/imds), so a port is all that tells machines apart.
"""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from ipaddress import ip_interface
from typing import TYPE_CHECKING

from aiohttp import web

from daemonctl.local.world.registration import ARM_FAMILIES

if TYPE_CHECKING:
    from daemonctl.local.world import World
    from daemonctl.local.world.instance import Host

TTL = "X-aws-ec2-metadata-token-ttl-seconds"
LONGEST_TTL = 21_600
DOCUMENT_VERSION = "2017-09-30"


def make_metadata(world: World, host: Host) -> web.Application:
    """Make the metadata server of one machine; once that is gone it knows nothing any more."""

    async def token(request: web.Request) -> web.Response:
        ttl = request.headers.get(TTL, "")
        if not ttl.isdigit() or not 1 <= int(ttl) <= LONGEST_TTL:
            return web.Response(status=400)
        return web.Response(text=uuid.uuid4().hex, headers={TTL: ttl})

    async def look(request: web.Request) -> web.Response:
        found = _known(world, host).get(request.path.removeprefix("/latest/").rstrip("/"))
        return web.Response(status=404) if found is None else web.Response(text=found)

    app = web.Application()
    app.router.add_put("/latest/api/token", token)
    app.router.add_get("/latest/{path:.*}", look)
    return app


def _known(world: World, host: Host) -> dict[str, str]:
    """All paths below ``/latest/``, folders with what is in them."""
    if host.state != "running":
        return {}
    found = {
        "dynamic/instance-identity/document": json.dumps(document(world, host), indent=2),
        "dynamic/instance-identity/signature": "none",
    }
    leaves = {f"meta-data/{path}": value for path, value in _meta_data(world, host).items()}
    folders: dict[str, dict[str, None]] = {}
    for path in leaves:
        parts = path.split("/")
        for depth in range(1, len(parts)):
            name = parts[depth] + ("/" if depth < len(parts) - 1 else "")
            folders.setdefault("/".join(parts[:depth]), {})[name] = None
    return found | leaves | {folder: "\n".join(names) for folder, names in folders.items()}


def document(world: World, host: Host) -> dict[str, object]:
    """Tell the identity document of a machine, which is what its agent registers with."""
    return {
        "accountId": world.account,
        "architecture": "arm64" if host.instance_type.startswith(ARM_FAMILIES) else "x86_64",
        "availabilityZone": host.zone,
        "imageId": host.image_id,
        "instanceId": host.id,
        "instanceType": host.instance_type,
        "pendingTime": _time(host.launched_at),
        "privateIp": host.private_ip,
        "region": world.region,
        "version": DOCUMENT_VERSION,
    }


def _meta_data(world: World, host: Host) -> dict[str, str]:
    name = f"ip-{host.private_ip.replace('.', '-')}.ec2.internal"
    network = str(ip_interface(f"{host.private_ip}/24").network)
    mac = "02:00:" + ":".join(f"{int(part):02x}" for part in host.private_ip.split("."))
    card = f"network/interfaces/macs/{mac}"
    return _spot(host) | {
        "ami-id": host.image_id,
        "hostname": name,
        "instance-id": host.id,
        "instance-life-cycle": "on-demand",
        "instance-type": host.instance_type,
        "local-hostname": name,
        "local-ipv4": host.private_ip,
        "mac": mac,
        f"{card}/device-number": "0",
        f"{card}/local-ipv4s": host.private_ip,
        f"{card}/mac": mac,
        f"{card}/subnet-id": host.subnet_id,
        f"{card}/subnet-ipv4-cidr-block": network,
        f"{card}/vpc-id": host.vpc_id,
        f"{card}/vpc-ipv4-cidr-block": network,
        "placement/availability-zone": host.zone,
        "placement/availability-zone-id": _zone_id(host.zone),
        "placement/region": world.region,
        "services/domain": "amazonaws.com",
    }


def _spot(host: Host) -> dict[str, str]:
    """What an agent that drains itself before a spot interruption looks for every second."""
    if host.interruption is None:
        return {}
    action, at = host.interruption
    return {"spot/instance-action": json.dumps({"action": action, "time": _time(at)})}


def _time(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _zone_id(zone: str) -> str:
    """``use1-az1`` for ``us-east-1a``: which letter is which zone differs by account anyway."""
    area, way, place = [*zone.split("-"), "", "", ""][:3]
    return f"{area}{way[:1]}{place[:-1]}-az{ord(place[-1:] or 'a') - ord('a') + 1}"
