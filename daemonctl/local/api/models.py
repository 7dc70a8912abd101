"""botocore's service models: which operations there are, and the shapes that go in and out."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from daemonctl.local.world.errors import WorldError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.model import OperationModel

SERVICES = ("ecs", "sqs", "ec2", "sts", "autoscaling")
BY_TARGET = {"AmazonEC2ContainerServiceV20141113": "ecs", "AmazonSQS": "sqs"}
# ECS's own code for a value of the wrong type, and each service's for a request that is wrong
WRONG_TYPE = "SerializationException"
# what agents call; theirs is a model of its own, with members that the public one lacks
# (clientToken of RegisterContainerInstance, zoneId of DiscoverPollEndpoint: agent source,
# ecs-agent/api/ecs/client), which ECS takes
OF_AGENTS = (
    "DiscoverPollEndpoint",
    "RegisterContainerInstance",
    "SubmitAttachmentStateChanges",
    "SubmitContainerStateChange",
    "SubmitTaskStateChange",
)
UNKNOWN = "Unknown parameter"
WRONG_REQUEST = {
    "ecs": "InvalidParameterException",
    "sqs": "InvalidParameterValue",
    "ec2": "InvalidParameterValue",
    "sts": "ValidationError",
    "autoscaling": "ValidationError",
}


@cache
def service(name: str) -> ServiceModel:
    """Load a service's model; EC2's takes a good part of a second, so only when it is needed."""
    return ServiceModel(Loader().load_service_model(name, "service-2"), name)


def operation(service_name: str, operation_name: str) -> OperationModel | None:
    """Tell an operation's model; None: the service has no such operation."""
    model = service(service_name)
    known = operation_name in model.operation_names
    return model.operation_model(operation_name) if known else None


def check_request(service_name: str, model: OperationModel, params: Mapping[str, object]) -> None:
    """Hold a request against its input shape.

    Raises:
        WorldError: In the service's style, naming every member that is wrong; of agents' calls
            unknown members are passed over.
    """
    faults = _faults(model.input_shape, params)
    if service_name == "ecs" and model.name in OF_AGENTS:
        faults = [fault for fault in faults if not fault.startswith(UNKNOWN)]
    if not faults:
        return
    if service_name in ("ecs", "sqs") and faults[0].startswith("Invalid type"):
        raise WorldError(WRONG_TYPE, "; ".join(faults))
    raise WorldError(WRONG_REQUEST[service_name], "; ".join(faults))


def check_answer(model: OperationModel, answer: Mapping[str, object]) -> None:
    """Hold an answer of ours against its output shape: a fault there is a bug of the local ECS.

    Raises:
        WorldError: 500, naming what does not fit.
    """
    faults = _faults(model.output_shape, answer)
    if faults:
        words = f"the local ECS's answer to {model.name} does not fit the service's model: "
        raise WorldError("InternalFailure", words + "; ".join(faults), 500)


def _faults(shape: object, value: Mapping[str, object]) -> list[str]:
    if shape is None:
        return [f'Unknown parameter in input: "{name}"' for name in value]
    report = ParamValidator().validate(value, shape)
    return str(report.generate_report()).splitlines() if report.has_errors() else []
