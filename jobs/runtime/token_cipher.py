"""A permutation of tokens under a key: with the key it can be undone, without it nothing can be told.

Six Feistel rounds with keyed BLAKE2b (RFC 7693) over the first 31 hex digits of a token, two more than Luby and Rackoff
need, then the last digit under a pad that those 31 decide. A person's number is a letter and 31 digits of a token: so
the number of an encrypted token is the encrypted number, and a number alone can be moved from one key to another.
"""

from __future__ import annotations

import hashlib

_HEAD = 31
_HALF_BITS = 62
_MASK = (1 << _HALF_BITS) - 1
_ROUNDS = tuple(bytes((number,)) for number in range(6))
_PAD = b"\xff"


class TokenCipher:
    """`encrypt` and `decrypt` take the 32 digits of a token, or the 31 of a person's number."""

    def __init__(self, key: bytes) -> None:
        # Its key is set up once: that is half of what a round costs. It takes no more than 64 bytes.
        self._keyed = hashlib.blake2b(key=hashlib.sha256(key).digest(), digest_size=8)

    def encrypt(self, digits: str) -> str:
        whole = int(digits[:_HEAD], 16)
        left, right = whole >> _HALF_BITS, whole & _MASK
        for number in _ROUNDS:
            left, right = right, left ^ self._mixed(number, right)
        head = left << _HALF_BITS | right
        return f"{head:0{_HEAD}x}{self._last(head, digits)}"

    def decrypt(self, digits: str) -> str:
        head = int(digits[:_HEAD], 16)
        left, right = head >> _HALF_BITS, head & _MASK
        for number in reversed(_ROUNDS):
            left, right = right ^ self._mixed(number, left), left
        return f"{left << _HALF_BITS | right:0{_HEAD}x}{self._last(head, digits)}"

    def _mixed(self, number: bytes, half: int) -> int:
        state = self._keyed.copy()
        state.update(number + half.to_bytes(16, "big"))
        return int.from_bytes(state.digest(), "big") & _MASK

    def _last(self, encrypted_head: int, digits: str) -> str:
        if len(digits) == _HEAD:
            return ""
        return f"{int(digits[_HEAD], 16) ^ self._mixed(_PAD, encrypted_head) & 15:x}"
