"""botocore sessions: the process's own credentials, or a role that is assumed with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import botocore.config
import botocore.credentials
import botocore.exceptions
import botocore.session

ROLE_SESSION = "daemonctl"
"""RoleSessionName: what CloudTrail shows for calls under an assumed role."""


def session_for(
    region: str, role_arn: str, config: botocore.config.Config
) -> botocore.session.Session:
    """A session for one region (``""``: boto3's own choice) and, where given, an assumed role.

    Nothing is sent here: a role is assumed at the first call and again before it expires.
    """
    session = _plain(region)
    if role_arn:
        base = _plain(region)
        credentials = botocore.credentials.DeferredRefreshableCredentials(
            refresh_using=_assume(base, role_arn, config), method="assume-role"
        )
        resolver = botocore.credentials.CredentialResolver([_Given(credentials)])
        session.register_component("credential_provider", resolver)
    return session


def _plain(region: str) -> botocore.session.Session:
    session = botocore.session.get_session()
    if region:
        session.set_config_variable("region", region)
    return session


def _assume(
    base: botocore.session.Session, role_arn: str, config: botocore.config.Config
) -> Callable[[], dict[str, str]]:
    def refresh() -> dict[str, str]:
        try:
            sts = base.create_client("sts", config=config)
            answer = sts.assume_role(RoleArn=role_arn, RoleSessionName=ROLE_SESSION)
            given = answer["Credentials"]
            return {
                "access_key": given["AccessKeyId"],
                "secret_key": given["SecretAccessKey"],
                "token": given["SessionToken"],
                "expiry_time": given["Expiration"].isoformat(),
            }
        except Exception as error:
            # Whatever it was, the call it was for was never sent: that must not look ambiguous.
            raise botocore.exceptions.CredentialRetrievalError(
                provider="assume-role", error_msg=f"{role_arn}: {error}"
            ) from error

    return refresh


# botocore has no types.
class _Given(botocore.credentials.CredentialProvider):  # type: ignore[misc]  # botocore has no types
    """Hands out the credentials that it was made with."""

    METHOD = "assume-role"

    def __init__(self, credentials: Any) -> None:
        super().__init__()
        self._credentials = credentials

    def load(self) -> Any:
        return self._credentials
