from __future__ import annotations

import botocore.exceptions as boto
import pytest

from daemonctl.adapters.ecs.errors import api_error
from daemonctl.adapters.ecs.redact import redact
from daemonctl.ports import ApiError

URL = "https://ecs.eu-west-1.amazonaws.com/"


def client_error(code: str, status: int, message: str = "words") -> boto.ClientError:
    answer = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return boto.ClientError(answer, "StartTask")


def told(error: Exception) -> ApiError:
    return api_error(error, "ecs:StartTask")


@pytest.mark.parametrize(
    ("code", "status", "ambiguous"),
    [
        ("ThrottlingException", 400, False),
        ("RequestLimitExceeded", 503, False),  # EC2 throttles so
        ("AccessDeniedException", 400, False),
        ("ClientException", 400, False),
        ("ServerException", 500, True),
        ("ServiceUnavailable", 503, True),
        ("502", 502, True),
    ],
)
def test_an_answer_is_ambiguous_where_the_server_failed(
    code: str, status: int, *, ambiguous: bool
) -> None:
    found = told(client_error(code, status))
    assert (found.code, found.ambiguous) == (code, ambiguous)
    assert found.message.startswith("words")


@pytest.mark.parametrize(
    ("error", "code", "ambiguous"),
    [
        (boto.NoCredentialsError(), "NoCredentials", False),
        (
            boto.CredentialRetrievalError(provider="assume-role", error_msg="x"),
            "NoCredentials",
            False,
        ),
        (boto.ProfileNotFound(profile="x"), "NoCredentials", False),
        (boto.EndpointConnectionError(endpoint_url=URL), "Unreachable", False),
        (boto.ProxyConnectionError(proxy_url="http://me:secret@proxy"), "Unreachable", False),
        (boto.ConnectTimeoutError(endpoint_url=URL), "Timeout", False),
        (boto.ReadTimeoutError(endpoint_url=URL), "Timeout", True),
        (boto.ConnectionClosedError(endpoint_url=URL), "Unreachable", True),
        (boto.HTTPClientError(error=OSError("reset")), "Unreachable", True),
        (boto.ResponseStreamingError(error="cut"), "Unreachable", True),
        (boto.SSLError(endpoint_url=URL, error="CERTIFICATE_VERIFY_FAILED"), "Unreachable", False),
        (boto.SSLError(endpoint_url=URL, error="EOF occurred"), "Unreachable", True),
        (boto.NoRegionError(), "NoRegion", False),
        (boto.ParamValidationError(report="bad"), "ParamValidation", False),
        (RuntimeError("what is this"), "Unreachable", True),
    ],
)
def test_no_answer_is_ambiguous_unless_nothing_was_sent(
    error: Exception, code: str, *, ambiguous: bool
) -> None:
    found = told(error)
    assert (found.code, found.ambiguous) == (code, ambiguous)
    assert "\n" not in found.message
    assert found.message.startswith("ecs:StartTask: ")
    assert ";" in found.message  # a next step
    assert "secret" not in found.message


def test_the_next_step_names_what_to_do() -> None:
    assert "allow ecs:StartTask" in told(client_error("AccessDeniedException", 400)).message
    assert "credentials" in told(client_error("ExpiredTokenException", 400)).message
    assert "name, region" in told(client_error("ClusterNotFoundException", 400)).message
    assert "apiBudget" in told(client_error("ThrottlingException", 400)).message
    assert told(client_error("ClientException", 400, "no\n  such")).message == "no such"
    assert told(boto.ClientError({}, "StartTask")).code == "Unknown"


KEEP = [
    "arn:aws:ecs:eu-west-1:111122223333:task/web/89ab0123abcd0123abcd0123abcd0123",
    "TaskDefinition is inactive",
    "User: arn:aws:sts::111122223333:assumed-role/daemonctl/i-0123456789abcdef0 is not authorized",
    "The security token included in the request is invalid",
    "arn:aws:ecs:eu-west-1:111122223333:container-instance/Web01/0123abcd0123abcd0123abcd0123abcd",
]
SECRETS = [
    "AKIAIOSFODNN7EXAMPLE",
    "ASIAIOSFODNN7EXAMPLE",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY1",
    "IQoJb3JpZ2luX2VjEHoaCXVzLWVhc3QtMSJHMEUCIQDkFwoJb3JpZ2luX2VjEHoaCXVzLWVhc3",
]


@pytest.mark.parametrize("text", KEEP)
def test_what_people_need_stays(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("frame", ["{}", "key '{}' is bad", "x={} y", '{{"k": "{}"}}', "({})"])
def test_what_looks_like_a_secret_goes(secret: str, frame: str) -> None:
    assert secret not in redact(frame.format(secret))


@pytest.mark.parametrize(
    "text",
    [
        "aws_secret_access_key=hunter2",
        "SecretAccessKey: hunter2",
        '"SessionToken": "hunter2"',
        "https://x/?X-Amz-Security-Token=hunter2&a=b",
        "X-Amz-Signature=hunter2",
        "Authorization: Bearer hunter2",
        "http://me:hunter2@proxy:3128/",
        "password=hunter2",
    ],
)
def test_what_is_named_a_secret_goes(text: str) -> None:
    assert "hunter2" not in redact(text)
    assert "[redacted]" in redact(text)
