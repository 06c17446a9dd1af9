"""One object: a message of the AWS Encryption SDK, format version 2, suite 0x0478 (its developer guide, "message format reference")."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.constant_time import bytes_eq
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .errors import CredenceError, corrupt

SUITE = 0x0478
FRAME = 1024 * 1024
IV = 12
TAG = 16
FINAL = 0xFFFFFFFF
TAG_BITS_OF_DAMAGE = 16  # two unrelated tags of 128 bits differ in 64 ± 5.7


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, length: int) -> bytes:
        if self.at + length > len(self.data):
            raise corrupt("the header is cut short", "truncated_header")
        self.at += length
        return self.data[self.at - length : self.at]

    def uint(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def text(self) -> str:
        return self.take(self.uint(2)).decode(errors="replace")


def open_message(data: bytes, expected: Mapping[str, str], key_of: Callable[[str], bytes]) -> bytes:
    """The plaintext of an object, once every tag of it verifies.

    `expected` is its context without `format` and `kid`; `key_of` gives the epoch key by its id, and is asked only where the
    context is the expected one. Throws `corrupt` with the fault as reason, and what `key_of` throws.
    """
    path, reader = expected["path"], _Reader(data)
    version = reader.uint(1)
    if version == 1:
        raise corrupt(f"{path}: message format 1 has no key commitment", "uncommitted_suite")
    if version != 2:
        raise corrupt(f"{path} is not an encrypted object", "altered_header")
    if reader.uint(2) != SUITE:
        raise corrupt(f"{path} is not of the algorithm suite of objects", "uncommitted_suite")
    message_id = reader.take(32)
    raw_context = reader.take(reader.uint(2))
    context = _context(raw_context, path)
    if reader.uint(2) != 1:
        raise corrupt(f"{path}: an object has one wrapped data key", "altered_header")
    provider, info, sealed = reader.text(), reader.take(reader.uint(2)), reader.take(reader.uint(2))
    if reader.uint(1) != 2:
        raise corrupt(f"{path}: an object has frames", "altered_header")
    length = reader.uint(4)
    if length != FRAME:
        raise corrupt(f"{path}: its frames have another length", "oversized_frame" if length > FRAME else "altered_header")
    commitment = reader.take(32)
    header = data[: reader.at]
    header_tag = reader.take(TAG)
    frames = _frames(data, reader.at, path)
    if provider != "credence":
        raise corrupt(f"{path}: not a key of ours", "altered_header")
    kid = info[: max(0, len(info) - IV - 8)].decode(errors="replace")
    if context != {**expected, "format": "credence/1", "kid": kid}:
        raise corrupt(f"{path} was sealed for another place", "wrong_context")
    epoch_key = key_of(kid)
    if kid_of(epoch_key) != kid:
        raise CredenceError("denied", f"{path} is under key {kid}, not the one that was given", "wrong_key")
    if info != kid.encode() + (TAG * 8).to_bytes(4, "big") + IV.to_bytes(4, "big") + info[-IV:]:
        raise corrupt(f"{path}: the wrapped data key is of another form", "altered_header")
    data_key = _opened(epoch_key, info[-IV:], sealed, raw_context)
    if data_key is None or len(data_key) != 32:
        raise corrupt(f"{path}: the wrapped data key does not open", "altered_header")
    if not bytes_eq(_derive(data_key, message_id, b"COMMITKEY"), commitment):
        raise corrupt(f"{path}: the data key is not the one that the header commits to", "commitment_mismatch")
    key = _derive(data_key, message_id, SUITE.to_bytes(2, "big") + b"DERIVEKEY")
    if _opened(key, bytes(IV), header_tag, header) is None:
        raise corrupt(f"{path}: the tag of the header does not verify", "altered_tag")
    plaintext = []
    for number, (iv, content, is_final) in enumerate(frames, 1):
        label = b"AWSKMSEncryptionClient Final Frame" if is_final else b"AWSKMSEncryptionClient Frame"
        aad = message_id + label + number.to_bytes(4, "big") + (len(content) - TAG).to_bytes(8, "big")
        part = _opened(key, iv, content, aad)
        if part is None:
            fault = "altered_tag" if _tag_damage(key, iv, content, aad) <= TAG_BITS_OF_DAMAGE else "altered_frame"
            raise corrupt(f"{path}: frame {number} of {len(frames)} does not verify", fault)
        plaintext.append(part)
    return b"".join(plaintext)


def kid_of(key: bytes) -> str:
    """Names a key without giving it away: 128 bits of HKDF-SHA-256 (RFC 5869) over it, in hex."""
    return HKDF(hashes.SHA256(), 16, None, b"credence kid v1").derive(key).hex()


def open_sealed(key: bytes, sealed: bytes, context: bytes) -> bytes | None:
    """AES-256-GCM as keys are sealed: nonce, ciphertext, tag. None where it does not open."""
    return _opened(key, sealed[:IV], sealed[IV:], context) if len(sealed) >= IV + TAG else None


def _context(raw: bytes, path: str) -> dict[str, str]:
    reader = _Reader(raw)
    context = {}
    for _ in range(reader.uint(2)):
        name = reader.text()
        context[name] = reader.text()
    if reader.at != len(raw):
        raise corrupt(f"{path}: the context has another length", "altered_header")
    return context


def _frames(data: bytes, at: int, path: str) -> list[tuple[bytes, bytes, bool]]:
    """Nonce and content with its tag of each frame, in order: structure alone is looked at."""
    frames: list[tuple[bytes, bytes, bool]] = []
    while at < len(data):
        number = len(frames) + 1
        truncated = corrupt(f"{path}: frame {number} is cut short", "truncated_frame")
        if at + 4 > len(data):
            raise truncated
        is_final = int.from_bytes(data[at : at + 4], "big") == FINAL
        start = at + (8 if is_final else 4)
        body = start + IV + (4 if is_final else 0)
        if body > len(data):
            raise truncated
        sequence = int.from_bytes(data[start - 4 : start], "big")
        if sequence != number:
            raise corrupt(f"{path}: frame {sequence} stands where {number} belongs", "swapped_frames")
        iv = data[start : start + IV]
        if iv != number.to_bytes(IV, "big"):
            raise corrupt(f"{path}: frame {number} has another nonce", "altered_frame")
        length = int.from_bytes(data[body - 4 : body], "big") if is_final else FRAME
        if length > FRAME:
            raise corrupt(f"{path}: frame {number} claims to be too long", "oversized_frame")
        at = body + length + TAG
        if at > len(data):
            raise truncated
        frames.append((iv, data[body:at], is_final))
        if is_final and at < len(data):
            raise corrupt(f"{path}: bytes follow the final frame", "trailing_data")
        if is_final:
            return frames
    raise corrupt(f"{path}: no final frame after {len(frames)} frames", "missing_final_frame")


def _derive(key: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(hashes.SHA512(), 32, salt, info).derive(key)


def _opened(key: bytes, iv: bytes, sealed: bytes, aad: bytes) -> bytes | None:
    try:
        return AESGCM(key).decrypt(iv, sealed, aad)
    except InvalidTag:
        return None


def _tag_damage(key: bytes, iv: bytes, sealed: bytes, aad: bytes) -> int:
    """By how many bits the tag differs from the one that this ciphertext would have: it only ever names a fault."""
    counter = Cipher(algorithms.AES(key), modes.CTR(iv + (2).to_bytes(4, "big"))).decryptor()
    tag = AESGCM(key).encrypt(iv, counter.update(sealed[:-TAG]), aad)[-TAG:]
    return (int.from_bytes(tag, "big") ^ int.from_bytes(sealed[-TAG:], "big")).bit_count()
