"""What boto3 raises, as ports.ApiError: did it work or not, and what to do about it."""

from __future__ import annotations

import botocore.exceptions as boto
from botocore.parsers import ResponseParserError

from daemonctl.adapters.ecs.garbled import GarbledAnswerError
from daemonctl.adapters.ecs.redact import redact
from daemonctl.ports import ApiError

THROTTLES = frozenset(
    {
        "ThrottlingException",
        "Throttling",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestLimitExceeded",
        "TooManyRequestsException",
    }
)
"""Codes that mean "too many calls"; ECS says ThrottlingException, EC2 RequestLimitExceeded."""

ACCESS_DENIED = frozenset({"AccessDeniedException", "AccessDenied", "UnauthorizedOperation"})
"""Codes that mean "the role may not"; each service has its own."""

_SERVER_ERROR = 500
_BAD_KEYS = frozenset(
    {
        "UnrecognizedClientException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
    }
)
_CREDENTIALS = (
    boto.NoCredentialsError,
    boto.PartialCredentialsError,
    boto.CredentialRetrievalError,
    boto.MetadataRetrievalError,
    boto.NoAuthTokenError,
    boto.TokenRetrievalError,
    boto.ProfileNotFound,
    boto.SSOError,
    boto.LoginError,
)
_NEVER_SENT = (
    boto.ParamValidationError,
    boto.NoRegionError,
    boto.InvalidRegionError,
    boto.EndpointProviderError,
    boto.BaseEndpointResolverError,
    boto.ConfigParseError,
    boto.InvalidConfigError,
    boto.DataNotFoundError,
)
_NETWORK = "check the network, the region, the proxy and AWS_ENDPOINT_URL"
_TABLE: tuple[tuple[tuple[type[Exception], ...], tuple[str, str, bool]], ...] = (
    (
        _CREDENTIALS,
        ("NoCredentials", "give daemonctl a task role, an instance role or AWS_… variables", False),
    ),
    ((boto.ConnectTimeoutError,), ("Timeout", _NETWORK, False)),
    (
        (boto.ReadTimeoutError,),
        ("Timeout", "no answer in time; it may have worked and is looked up", True),
    ),
    ((boto.EndpointConnectionError, boto.ProxyConnectionError), ("Unreachable", _NETWORK, False)),
    (
        (GarbledAnswerError, ResponseParserError),
        ("UnreadableAnswer", "look for a proxy in between; it may have worked", True),
    ),
    (
        (boto.NoRegionError,),
        ("NoRegion", "set the cluster's region in the config, or AWS_REGION", False),
    ),
)


def api_error(error: Exception, operation: str) -> ApiError:
    """What went wrong in one call, in one line with the next step and without secrets.

    Anything not known to have failed before the request left is ambiguous.
    """
    if isinstance(error, boto.ClientError):
        return _answered(error, operation)
    code, next_step, ambiguous = _unanswered(error)
    return ApiError(code, _line(f"{operation}: {error}", next_step), ambiguous=ambiguous)


def _answered(error: boto.ClientError, operation: str) -> ApiError:
    said = error.response.get("Error", {})
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    code = str(said.get("Code") or "Unknown")
    return ApiError(
        code,
        _line(str(said.get("Message") or f"no message, HTTP {status}"), _advice(code, operation)),
        ambiguous=status >= _SERVER_ERROR and code not in THROTTLES,
    )


def _advice(code: str, operation: str) -> str:
    if code in ACCESS_DENIED:
        return f"allow {operation} in the policy of daemonctl's role"
    if code in _BAD_KEYS:
        return "renew or correct the AWS credentials that daemonctl runs with"
    if code in THROTTLES:
        return "daemonctl slows down; a smaller apiBudget leaves others more room"
    if code == "ClusterNotFoundException":
        return "check the cluster's name, region and roleArn in the config"
    return ""


def _unanswered(error: Exception) -> tuple[str, str, bool]:
    """Its code, the next step, and whether the call may have worked all the same."""
    for kinds, answer in _TABLE:
        if isinstance(error, kinds):
            return answer
    if isinstance(error, boto.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
        # Certificates are looked at before anything is sent; other faults can come at any time.
        return "Unreachable", "check AWS_CA_BUNDLE and what stands in between", False
    if isinstance(error, _NEVER_SENT):
        return type(error).__name__.removesuffix("Error"), "nothing was sent", False
    return "Unreachable", "the connection broke; it may have worked and is looked up", True


def _line(text: str, next_step: str) -> str:
    words = " ".join(redact(text).split())
    return f"{words.rstrip('. ')}; {next_step}" if next_step else words
