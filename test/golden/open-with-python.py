"""Opens objects with the official AWS Encryption SDK for Python: no code of Credence, only an epoch key.

Reads {"key": hex, "kid": text, "object": base64} from standard input, one a line; writes
{"plaintext": sha256 in hex, "context": {...}} for each.
"""

import base64
import hashlib
import json
import sys

from aws_encryption_sdk import CommitmentPolicy, EncryptionSDKClient
from aws_encryption_sdk.identifiers import EncryptionKeyType, WrappingAlgorithm
from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey
from aws_encryption_sdk.key_providers.raw import RawMasterKeyProvider


class EpochKey(RawMasterKeyProvider):
    provider_id = "credence"

    def __new__(cls, key):
        provider = super().__new__(cls)
        provider.key = key
        return provider

    def _get_raw_key(self, key_id):
        algorithm = WrappingAlgorithm.AES_256_GCM_IV12_TAG16_NO_PADDING
        return WrappingKey(algorithm, self.key, EncryptionKeyType.SYMMETRIC)


client = EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
for line in sys.stdin:
    given = json.loads(line)
    provider = EpochKey(bytes.fromhex(given["key"]))
    provider.add_master_key(given["kid"])
    plaintext, header = client.decrypt(source=base64.b64decode(given["object"]), key_provider=provider)
    print(json.dumps({"plaintext": hashlib.sha256(plaintext).hexdigest(), "context": header.encryption_context}))
