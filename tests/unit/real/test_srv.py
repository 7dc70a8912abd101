"""The client's SRV look-ups read what a DNS server answers."""

from __future__ import annotations

import struct

import pytest

from tests.real.stand_ins.srv import SRV, A, LookupFailedError, question, read

NAME = "es.service.consul"


def record(owner: bytes, kind: int, data: bytes) -> bytes:
    return owner + struct.pack("!HHIH", kind, 1, 0, len(data)) + data


def answer(*records: bytes, code: int = 0) -> bytes:
    asked = question(NAME, 7)
    return (
        struct.pack("!6H", 7, 0x8180 | code, 1, len(records), 0, 0) + asked[12:] + b"".join(records)
    )


def test_targets_are_paired_with_their_addresses_by_name() -> None:
    tail = struct.pack("!H", 0xC000 | (12 + 3 + 8))  # `consul`, as it stands in the question
    host = b"\x011" + tail
    found = read(
        answer(
            record(b"\xc0\x0c", SRV, struct.pack("!3H", 1, 1, 32768) + host),
            record(b"\xc0\x0c", SRV, struct.pack("!3H", 1, 1, 9) + b"\x012" + tail),
            record(host, A, bytes([10, 0, 0, 7])),
        ),
        7,
    )
    assert found == [("10.0.0.7", 32768)]


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (answer(code=3), "code 3"),
        (answer(), "without a target"),
        (answer()[:20], "cut short"),
        (b"\x00", "cut short"),
        (b"\x00\x08" + answer()[2:], "answer 8"),
    ],
)
def test_what_is_no_answer_is_an_error(message: bytes, words: str) -> None:
    with pytest.raises(LookupFailedError, match=words):
        read(message, 7)
