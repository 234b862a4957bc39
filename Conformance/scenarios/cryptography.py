"""Encryption with symmetric keys."""

import base64
import json
import uuid

from shapes import uuid_text
from world import scenario


def flipped(blob, position, bit=1):
    data = bytearray(base64.b64decode(blob))
    data[position] ^= bit
    return base64.b64encode(bytes(data)).decode()


@scenario("what is encrypted comes back, letter for letter")
def encrypt(w):
    version = w.describe(w.key)["PrimaryKeyVersion"]
    texts = ("aGk+/w==", "not base64 at all", '密钥 🗝 "quoted" \\ & =+%\n', " ", "x" * 6_144, "é" * 3_072)
    for plaintext in texts:
        for name in (w.key, w.arn(w.key), w.alias):
            sealed = w.call("Encrypt", KeyId=name, Plaintext=plaintext)
            assert sealed["KeyId"] == w.key and sealed["KeyVersionId"] == version, sealed
            assert set(sealed) == {"CiphertextBlob", "KeyId", "KeyVersionId", "RequestId"}, sealed
            base64.b64decode(sealed["CiphertextBlob"], validate=True)
            opened = w.call("Decrypt", CiphertextBlob=sealed["CiphertextBlob"])
            assert opened["Plaintext"] == plaintext, (plaintext, opened)
            assert opened["KeyId"] == w.key and opened["KeyVersionId"] == version, opened
            assert set(opened) == {"Plaintext", "KeyId", "KeyVersionId", "RequestId"}, opened
    blobs = {w.call("Encrypt", KeyId=w.key, Plaintext="same")["CiphertextBlob"] for _ in range(3)}
    assert len(blobs) == 3, "the same text gives the same ciphertext"


@scenario("a plaintext of 6,145 bytes is too long")
def encrypt_too_long(w):
    for plaintext in ("x" * 6_145, "é" * 3_072 + "x"):
        w.refused(400, "InvalidParameter", "Encrypt", KeyId=w.key, Plaintext=plaintext)


@scenario("an encryption context binds, in any order of its keys")
def context(w):
    given = {"a": "b c", "n": "~*'()", "é": "x+y", "": "", "quote": '"\\'}
    blob = w.call("Encrypt", KeyId=w.key, Plaintext="bound", EncryptionContext=given)["CiphertextBlob"]
    turned = dict(reversed(given.items()))
    assert w.call("Decrypt", CiphertextBlob=blob, EncryptionContext=turned)["Plaintext"] == "bound"
    for other in ({}, {"a": "b c"}, {**given, "more": "1"}, {**given, "a": "b  c"}, {"a": "b c", "A": "b c"}):
        w.refused(400, "InvalidParameter", "Decrypt", CiphertextBlob=blob, EncryptionContext=other)
    w.refused(400, "InvalidParameter", "Decrypt", CiphertextBlob=blob)
    free = w.call("Encrypt", KeyId=w.key, Plaintext="free")["CiphertextBlob"]
    w.refused(400, "InvalidParameter", "Decrypt", CiphertextBlob=free, EncryptionContext={"a": "b"})


@scenario("a context as text may be spaced freely, and an empty one is none")
def context_text(w):
    blob = w.client.generic(
        "Encrypt", {"KeyId": w.key, "Plaintext": "t", "EncryptionContext": '{"k":"v","l":"\\u00e9"}'}
    )["CiphertextBlob"]
    spaced = {"CiphertextBlob": blob, "EncryptionContext": ' { "l" : "é" ,\n "k" : "v" } '}
    assert w.client.generic("Decrypt", spaced)["Plaintext"] == "t"
    blob = w.call("Encrypt", KeyId=w.key, Plaintext="t")["CiphertextBlob"]
    for none in ("", "{}"):
        assert w.client.generic("Decrypt", {"CiphertextBlob": blob, "EncryptionContext": none})["Plaintext"] == "t"
        other = {"KeyId": w.key, "Plaintext": "u", "EncryptionContext": none}
        sealed = w.client.generic("Encrypt", other)["CiphertextBlob"]
        assert w.call("Decrypt", CiphertextBlob=sealed)["Plaintext"] == "u"


@scenario("a context that is no map of strings is refused")
def context_refusals(w):
    for text in (
        "context",
        "[]",
        '["a"]',
        '"a"',
        "null",
        '{"a":1}',
        '{"a":null}',
        '{"a":["b"]}',
        '{"a":{"b":"c"}}',
        '{"a":"b",}',
        '{"a":"b","a":"c"}',
        json.dumps({"a": "b" * 8_192}),
    ):
        w.refused(400, "InvalidParameter", "Encrypt", KeyId=w.key, Plaintext="p", EncryptionContext=text)
    longest = {"a": "b" * (8_192 - len('{"a":""}'))}
    text = json.dumps(longest, separators=(",", ":"))
    w.client.generic("Encrypt", {"KeyId": w.key, "Plaintext": "p", "EncryptionContext": text})


@scenario("a flipped bit anywhere in a ciphertext is refused")
def flipped_bit(w):
    blob = w.call("Encrypt", KeyId=w.key, Plaintext="p")["CiphertextBlob"]
    length = len(base64.b64decode(blob))
    for position in (0, 1, *range(18, length, 5), length - 1):
        w.refused(400, "InvalidParameter", "Decrypt", CiphertextBlob=flipped(blob, position))
    # Bytes 2 to 17 name the key version: another one is not there.
    for position in (2, 9, 17):
        w.refused(404, "Forbidden.KeyNotFound", "Decrypt", CiphertextBlob=flipped(blob, position))
    for text in (blob[:-4], blob + "AAAA", "AAAA", "no base64!", blob[:-1], "=" + blob[1:]):
        w.refused(400, "InvalidParameter", "Decrypt", CiphertextBlob=text)
        w.refused(400, "InvalidParameter", "ReEncrypt", CiphertextBlob=text, DestinationKeyId=w.key)


@scenario("data keys have the length asked for and come back from their ciphertext")
def data_key(w):
    for parameters, length in (
        ({}, 32),
        ({"KeySpec": "AES_256"}, 32),
        ({"KeySpec": "AES_128"}, 16),
        ({"NumberOfBytes": 1}, 1),
        ({"NumberOfBytes": 1_024}, 1_024),
        ({"KeySpec": "AES_256", "NumberOfBytes": 32}, 32),
        ({"KeySpec": "SM4_128", "NumberOfBytes": 16}, 16),
        ({"EncryptionContext": {"purpose": "data key"}}, 32),
    ):
        made = w.call("GenerateDataKey", KeyId=w.alias, **parameters)
        assert set(made) == {"CiphertextBlob", "Plaintext", "KeyId", "KeyVersionId", "RequestId"}, made
        assert made["KeyId"] == w.key and uuid_text(made["KeyVersionId"]), made
        assert len(base64.b64decode(made["Plaintext"], validate=True)) == length, (parameters, made)
        context = {name: value for name, value in parameters.items() if name == "EncryptionContext"}
        opened = w.call("Decrypt", CiphertextBlob=made["CiphertextBlob"], **context)
        assert opened["Plaintext"] == made["Plaintext"], (parameters, made, opened)
    for parameters in ({"NumberOfBytes": 0}, {"NumberOfBytes": 1_025}, {"KeySpec": "AES_512"}):
        w.refused(400, "InvalidParameter", "GenerateDataKey", KeyId=w.key, **parameters)
        w.refused(400, "InvalidParameter", "GenerateDataKeyWithoutPlaintext", KeyId=w.key, **parameters)


@scenario("a data key without plaintext comes back from its ciphertext alone")
def data_key_without_plaintext(w):
    context = {"purpose": "later"}
    made = w.call(
        "GenerateDataKeyWithoutPlaintext", KeyId=w.alias, KeySpec="AES_128", EncryptionContext=context
    )
    assert set(made) == {"CiphertextBlob", "KeyId", "KeyVersionId", "RequestId"}, made
    assert made["KeyId"] == w.key, made
    opened = w.call("Decrypt", CiphertextBlob=made["CiphertextBlob"], EncryptionContext=context)
    assert len(base64.b64decode(opened["Plaintext"], validate=True)) == 16, opened


@scenario("ReEncrypt moves a ciphertext to another key and context")
def re_encrypt(w):
    target = w.new_key()
    alias = w.new_alias(target)
    sealed = w.call("Encrypt", KeyId=w.key, Plaintext="moved", EncryptionContext={"at": "source"})
    for name in (target, alias, w.arn(target)):
        moved = w.call(
            "ReEncrypt",
            CiphertextBlob=sealed["CiphertextBlob"],
            DestinationKeyId=name,
            SourceEncryptionContext={"at": "source"},
            DestinationEncryptionContext={"at": "destination"},
        )
        assert set(moved) == {"CiphertextBlob", "KeyId", "KeyVersionId", "RequestId"}, moved
        assert (moved["KeyId"], moved["KeyVersionId"]) == (w.key, sealed["KeyVersionId"]), "it names the source"
        opened = w.call(
            "Decrypt", CiphertextBlob=moved["CiphertextBlob"], EncryptionContext={"at": "destination"}
        )
        assert (opened["Plaintext"], opened["KeyId"]) == ("moved", target), opened
    blob = sealed["CiphertextBlob"]
    w.refused(400, "InvalidParameter", "ReEncrypt", CiphertextBlob=blob, DestinationKeyId=target)
    absent = f"alias/{uuid.uuid4()}"
    source = {"at": "source"}
    w.refused(
        404,
        "Forbidden.AliasNotFound",
        "ReEncrypt",
        CiphertextBlob=blob,
        DestinationKeyId=absent,
        SourceEncryptionContext=source,
    )
