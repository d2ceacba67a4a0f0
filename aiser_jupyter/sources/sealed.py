"""Bytes and Parquet under a workspace's key: AES-256-GCM by pyca/cryptography, Parquet Modular Encryption by Arrow."""

from __future__ import annotations

import base64
import secrets
from functools import cache
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import EncryptionError
from aiser_jupyter.sources.workspace_key import library

if TYPE_CHECKING:
    from aiser_jupyter.sources.workspace_key import Key

MAGIC = b"AISERE1\n"
_FINGERPRINT = 16
_NONCE = 12
_HEAD = len(MAGIC) + _FINGERPRINT + _NONCE


def seal(key: Key, plain: bytes, bound: bytes) -> bytes:
    """``plain`` encrypted under ``key`` with its fingerprint before it; it opens for the same ``bound`` alone, such as its file's name."""
    head = MAGIC + key.fingerprint.encode("ascii")
    nonce = secrets.token_bytes(_NONCE)
    return head + nonce + _cipher(key, b"aiser results").encrypt(nonce, plain, head + bound)


def unseal(key: Key, sealed: bytes, bound: bytes) -> bytes:
    """What `seal` was given; raises ValueError where a byte was changed or it is of another key."""
    library()
    from cryptography.exceptions import InvalidTag

    head, nonce = sealed[: len(MAGIC) + _FINGERPRINT], sealed[len(MAGIC) + _FINGERPRINT : _HEAD]
    if head != MAGIC + key.fingerprint.encode("ascii"):
        raise ValueError("it is not of the present key")
    try:
        return _cipher(key, b"aiser results").decrypt(nonce, sealed[_HEAD:], head + bound)
    except InvalidTag:
        raise ValueError("it was changed, or is of another key") from None


def writing(key: Key) -> Any:
    """What `ParquetWriter` takes as ``encryption_properties``: columns, statistics and footer all encrypted, by a data key of the file's own."""
    parquet = _parquet()
    try:
        configured = parquet.EncryptionConfiguration(
            footer_key=key.fingerprint, uniform_encryption=True, double_wrapping=False, data_key_length_bits=256
        )
    except TypeError:
        raise EncryptionError("Encrypted tables need pyarrow 21 or newer.", hint='pip install "aiser-jupyter[encrypted]"') from None
    return _factory(key).file_encryption_properties(parquet.KmsConnectionConfig(), configured)


def reading(key: Key) -> Any:
    """What `ParquetFile` takes as ``decryption_properties``."""
    parquet = _parquet()
    return _factory(key).file_decryption_properties(parquet.KmsConnectionConfig(), parquet.DecryptionConfiguration())


def scanning(key: Key) -> Any:
    """The format that a dataset of encrypted Parquet is read as."""
    import pyarrow.dataset as ds

    parquet = _parquet()
    config = ds.ParquetDecryptionConfig(_factory(key), parquet.KmsConnectionConfig(), parquet.DecryptionConfiguration())
    return ds.ParquetFileFormat(default_fragment_scan_options=ds.ParquetFragmentScanOptions(decryption_config=config))


def _cipher(key: Key, purpose: bytes) -> Any:
    return library().AESGCM(key.derived(purpose))


def _factory(key: Key) -> Any:
    return _parquet().CryptoFactory(lambda _: _wrapper()(key))


def _parquet() -> Any:
    try:
        from pyarrow.parquet import encryption
    except ImportError:
        raise EncryptionError("This pyarrow was built without encryption.", hint="Install the wheel: pip install pyarrow.") from None
    return encryption


@cache
def _wrapper() -> Any:
    """The class that wraps the data key of each file in the workspace's key; made late, as Arrow is loaded late."""

    class Wrapper(_parquet().KmsClient):
        def __init__(self, key: Key) -> None:
            super().__init__()
            self._key = key

        def wrap_key(self, key_bytes: bytes, master_key_identifier: str) -> bytes:
            nonce = secrets.token_bytes(_NONCE)
            return base64.b64encode(
                nonce + _cipher(self._key, b"aiser tables").encrypt(nonce, key_bytes, master_key_identifier.encode("ascii"))
            )

        def unwrap_key(self, wrapped_key: bytes, master_key_identifier: str) -> bytes:
            raw = base64.b64decode(wrapped_key)
            return _cipher(self._key, b"aiser tables").decrypt(raw[:_NONCE], raw[_NONCE:], master_key_identifier.encode("ascii"))

    return Wrapper
