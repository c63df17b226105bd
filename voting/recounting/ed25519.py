"""Checking an Ed25519 signature with nothing but whole numbers. Source: RFC 8032, section 5.1.

Not for signing: it takes its time by the numbers it is given, which are all public here.
"""

from hashlib import sha512
from typing import TypeAlias

#: the field's prime, the order of the base point, and the curve's constant
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)

#: (X, Y, Z, T) with x = X/Z, y = Y/Z and x·y = T/Z
Point: TypeAlias = tuple[int, int, int, int]
NEUTRAL: Point = (0, 1, 1, 0)


def verify(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether the signature was made over the message by the key's owner."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    key, commitment = _point(public_key), _point(signature[:32])
    answer = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or answer >= L:
        return False
    digest = sha512(signature[:32] + public_key + message).digest()
    challenge = int.from_bytes(digest, "little") % L
    return _same(_times(answer, BASE), _sum(commitment, _times(challenge, key)))


def _point(encoded: bytes) -> Point | None:
    """The point that 32 bytes stand for: y, and the lowest bit of x on top. Section 5.1.3."""
    number = int.from_bytes(encoded, "little")
    y, is_odd = number & (2**255 - 1), number >> 255
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and is_odd):
        return None
    if x & 1 != is_odd:
        x = P - x
    return x, y, 1, x * y % P


def _sum(one: Point, other: Point) -> Point:
    """Section 5.1.4; holds for a point and itself, too."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(number: int, point: Point) -> Point:
    total = NEUTRAL
    while number:
        if number & 1:
            total = _sum(total, point)
        point = _sum(point, point)
        number >>= 1
    return total


def _same(one: Point, other: Point) -> bool:
    return not (
        (one[0] * other[2] - other[0] * one[2]) % P or (one[1] * other[2] - other[1] * one[2]) % P
    )


def _base() -> Point:
    """The base point: y is 4/5, x even."""
    point = _point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    assert point is not None
    return point


BASE = _base()
