"""The control plane as an agent calls it: ECS's agent operations, and the two websockets."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit, urlunsplit

import aiohttp
import msgspec

from daemonctl.local.agent.payload import Json

TARGET = "AmazonEC2ContainerServiceV20141113."
CONTENT_TYPE = "application/x-amz-json-1.1"
CALL_SECONDS = 30.0
FIRST_REFUSAL, FIRST_SERVER_ERROR = 400, 500
THROTTLED = ("ThrottlingException", "Throttling", "TooManyRequestsException")


class AwayError(Exception):
    """The control plane cannot be reached, fails or throttles: try again later."""


class NoError(Exception):
    """The control plane refuses: the same call will be refused again."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Plane:
    """One control plane.

    Args:
        endpoint: Its URL.
        session: Over which it is called.
    """

    def __init__(self, endpoint: str, session: aiohttp.ClientSession) -> None:
        self.endpoint = endpoint.rstrip("/")
        self._session = session

    async def call(self, operation: str, params: Json) -> Json:
        """Make one call.

        Raises:
            AwayError: No answer, a server error or throttling.
            NoError: It is refused.
        """
        headers = {"X-Amz-Target": TARGET + operation, "Content-Type": CONTENT_TYPE}
        timeout = aiohttp.ClientTimeout(total=CALL_SECONDS)
        body = msgspec.json.encode(params)
        try:
            async with self._session.post(
                self.endpoint, data=body, headers=headers, timeout=timeout
            ) as response:
                text = await response.read()
                status = response.status
        except (aiohttp.ClientError, OSError) as no:
            raise AwayError(f"{operation} at {self.endpoint}: {_words(no)}") from no
        answer = _object(text)
        if status < FIRST_REFUSAL:
            return answer
        code = str(answer.get("__type", status)).rpartition("#")[2]
        message = str(answer.get("message") or answer.get("Message") or "")
        if status >= FIRST_SERVER_ERROR or code in THROTTLED:
            raise AwayError(f"{operation} at {self.endpoint}: {code} {message}")
        raise NoError(code, message)

    async def socket(
        self, endpoint: str, params: dict[str, str], receive_seconds: float
    ) -> aiohttp.ClientWebSocketResponse:
        """Open a websocket under an endpoint that the control plane named.

        Args:
            endpoint: http or https; its path is kept.
            params: Of the query.
            receive_seconds: With nothing received for so long, receiving times out.

        Raises:
            AwayError: It cannot be opened now.
            NoError: It is refused.
        """
        url = socket_url(endpoint, params)
        timeout = aiohttp.ClientWSTimeout(ws_receive=receive_seconds, ws_close=2.0)
        try:
            return await self._session.ws_connect(url, timeout=timeout, max_msg_size=0)
        except aiohttp.WSServerHandshakeError as no:
            if FIRST_REFUSAL <= no.status < FIRST_SERVER_ERROR:
                raise await self._refusal(endpoint, params) from no
            raise AwayError(f"websocket at {endpoint}: {no.status} {no.message}") from no
        except (aiohttp.ClientError, OSError) as no:
            raise AwayError(f"websocket at {endpoint}: {_words(no)}") from no

    async def _refusal(self, endpoint: str, params: dict[str, str]) -> Exception:
        """Find out why a websocket is refused: the same request once more, read to its end."""
        url = socket_url(endpoint, params).replace("ws", "http", 1)
        timeout = aiohttp.ClientTimeout(total=CALL_SECONDS)
        try:
            async with self._session.get(url, timeout=timeout) as response:
                answer = _object(await response.read())
        except (aiohttp.ClientError, OSError) as no:
            return AwayError(f"websocket at {endpoint}: {_words(no)}")
        message = answer.get("message")
        words = message.get("message") if isinstance(message, dict) else message
        return NoError(str(answer.get("type", "refused")), str(words or "the websocket is refused"))


def socket_url(endpoint: str, params: dict[str, str]) -> str:
    """Build a websocket's URL: ``<endpoint>/ws?…``; http becomes ws."""
    parts = urlsplit(endpoint)
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    path = parts.path.rstrip("/") + "/ws"
    return urlunsplit((scheme, parts.netloc, path, urlencode(params), ""))


def _object(text: bytes) -> Json:
    try:
        return msgspec.json.decode(text, type=Json)
    except msgspec.MsgspecError:
        return {}


def _words(no: BaseException) -> str:
    return str(no) or type(no).__name__
