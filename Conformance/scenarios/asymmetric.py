"""Asymmetric keys. What they answer is held against openssl."""

import base64
import hashlib
import os

from openssl import describes, encrypted, verifies
from shapes import uuid_text
from world import scenario

DIGEST = hashlib.sha256(b"this is message").digest()
PSS = ("rsa_padding_mode:pss", "rsa_pss_saltlen:digest")
PKCS1 = ("rsa_padding_mode:pkcs1",)
OAEP_256 = ("rsa_padding_mode:oaep", "rsa_oaep_md:sha256", "rsa_mgf1_md:sha256")
OAEP_1 = ("rsa_padding_mode:oaep", "rsa_oaep_md:sha1", "rsa_mgf1_md:sha1")

# spec, words of `openssl pkey -text`, and for each algorithm the options by which openssl verifies
SIGNING = (
    ("RSA_2048", "(2048 bit)", {"RSA_PSS_SHA_256": PSS, "RSA_PKCS1_SHA_256": PKCS1}),
    ("RSA_3072", "(3072 bit)", {"RSA_PSS_SHA_256": PSS, "RSA_PKCS1_SHA_256": PKCS1}),
    ("EC_P256", "prime256v1", {"ECDSA_SHA_256": ()}),
    ("EC_P256K", "secp256k1", {"ECDSA_SHA_256": ()}),
)
# spec, algorithm, longest plaintext, length of a ciphertext, options by which openssl encrypts
ENCRYPTING = (
    ("RSA_2048", "RSAES_OAEP_SHA_256", 190, 256, OAEP_256),
    ("RSA_2048", "RSAES_OAEP_SHA_1", 214, 256, OAEP_1),
    ("RSA_3072", "RSAES_OAEP_SHA_256", 318, 384, OAEP_256),
    ("RSA_3072", "RSAES_OAEP_SHA_1", 342, 384, OAEP_1),
)


def text(data):
    return base64.b64encode(data).decode()


def flipped(data, position=-1):
    changed = bytearray(data)
    changed[position] ^= 1
    return bytes(changed)


class Pair:
    """An asymmetric key and its first version, found as clients find it."""

    def __init__(self, w, spec, usage, **parameters):
        self.w = w
        metadata = w.call("CreateKey", KeySpec=spec, KeyUsage=usage, **parameters)["KeyMetadata"]
        assert metadata["KeySpec"] == spec and metadata["KeyUsage"] == usage, metadata
        assert "PrimaryKeyVersion" not in metadata, metadata
        assert metadata["AutomaticRotation"] == "Disabled" and metadata["LastRotationDate"], metadata
        self.key = metadata["KeyId"]
        versions = w.call("ListKeyVersions", KeyId=self.key)["KeyVersions"]["KeyVersion"]
        assert len(versions) == 1, versions
        self.version = versions[0]["KeyVersionId"]
        self.names = {"KeyId": self.key, "KeyVersionId": self.version}

    def call(self, action, **parameters):
        answer = self.w.call(action, **{**self.names, **parameters})
        assert answer["KeyId"] == self.key and answer["KeyVersionId"] == self.version, answer
        return answer

    def refused(self, status, code, action, **parameters):
        return self.w.refused(status, code, action, **{**self.names, **parameters})

    @property
    def public_key(self):
        answer = self.call("GetPublicKey")
        assert set(answer) == {"KeyId", "KeyVersionId", "PublicKey", "RequestId"}, answer
        pem = answer["PublicKey"]
        assert pem.startswith("-----BEGIN PUBLIC KEY-----\n") and pem.endswith("-----END PUBLIC KEY-----\n"), pem
        assert all(len(line) <= 64 for line in pem.splitlines()), pem
        return pem


@scenario("an asymmetric key signs, and openssl verifies with the public key")
def sign(w):
    for spec, words, algorithms in SIGNING:
        pair = Pair(w, spec, "SIGN/VERIFY")
        public_key = pair.public_key
        assert words in describes(public_key), (spec, describes(public_key))
        for algorithm, options in algorithms.items():
            signed = pair.call("AsymmetricSign", Algorithm=algorithm, Digest=text(DIGEST))
            assert set(signed) == {"KeyId", "KeyVersionId", "Value", "RequestId"}, signed
            signature = base64.b64decode(signed["Value"], validate=True)
            assert verifies(public_key, DIGEST, signature, *options), (spec, algorithm)
            assert not verifies(public_key, flipped(DIGEST), signature, *options), (spec, algorithm)
            given = {"Algorithm": algorithm, "Digest": text(DIGEST)}
            answer = pair.call("AsymmetricVerify", Value=signed["Value"], **given)
            assert answer["Value"] is True, answer
            for wrong in (flipped(signature), signature[:-1], signature + b"\0", b"\0" * len(signature), b"\0"):
                assert pair.call("AsymmetricVerify", Value=text(wrong), **given)["Value"] is False, (spec, wrong.hex())
            other = {"Algorithm": algorithm, "Digest": text(flipped(DIGEST))}
            assert pair.call("AsymmetricVerify", Value=signed["Value"], **other)["Value"] is False, spec
        for digest in (b"", DIGEST[:-1], DIGEST + b"\0", DIGEST * 2):
            code = "InvalidParameter" if digest else ("InvalidParameter", "MissingParameter")
            pair.refused(400, code, "AsymmetricSign", Algorithm=algorithm, Digest=text(digest))
        pair.refused(400, "InvalidParameter", "AsymmetricSign", Algorithm=algorithm, Digest="no base64!")
        pair.refused(
            400, "InvalidParameter", "AsymmetricVerify", Algorithm=algorithm, Digest=text(DIGEST), Value="no base64!"
        )
        pair.refused(400, "InvalidParameter", "AsymmetricSign", Algorithm="RSA_PSS_SHA_1", Digest=text(DIGEST))


@scenario("what openssl encrypts to a public key is decrypted, and what the service encrypts as well")
def encrypt(w):
    pairs = {spec: Pair(w, spec, "ENCRYPT/DECRYPT") for spec in ("RSA_2048", "RSA_3072")}
    for spec, algorithm, longest, length, options in ENCRYPTING:
        pair = pairs[spec]
        public_key = pair.public_key
        for plaintext in (b"\0", b"this is plaintext\n", os.urandom(longest)):
            ciphertext = encrypted(public_key, plaintext, *options)
            opened = pair.call("AsymmetricDecrypt", Algorithm=algorithm, CiphertextBlob=text(ciphertext))
            assert set(opened) == {"KeyId", "KeyVersionId", "Plaintext", "RequestId"}, opened
            assert base64.b64decode(opened["Plaintext"], validate=True) == plaintext, (spec, algorithm)
            sealed = pair.call("AsymmetricEncrypt", Algorithm=algorithm, Plaintext=text(plaintext))
            assert set(sealed) == {"KeyId", "KeyVersionId", "CiphertextBlob", "RequestId"}, sealed
            blob = sealed["CiphertextBlob"]
            assert len(base64.b64decode(blob, validate=True)) == length, (spec, algorithm)
            opened = pair.call("AsymmetricDecrypt", Algorithm=algorithm, CiphertextBlob=blob)
            assert base64.b64decode(opened["Plaintext"]) == plaintext, (spec, algorithm)
        too_long = text(os.urandom(longest + 1))
        pair.refused(400, "InvalidParameter", "AsymmetricEncrypt", Algorithm=algorithm, Plaintext=too_long)
        for wrong in (flipped(ciphertext), flipped(ciphertext, 0), ciphertext[:-1], ciphertext + b"\0", b"\xff" * length):
            pair.refused(400, "InvalidParameter", "AsymmetricDecrypt", Algorithm=algorithm, CiphertextBlob=text(wrong))
        other = "RSAES_OAEP_SHA_1" if algorithm == "RSAES_OAEP_SHA_256" else "RSAES_OAEP_SHA_256"
        pair.refused(400, "InvalidParameter", "AsymmetricDecrypt", Algorithm=other, CiphertextBlob=text(ciphertext))
        # The wrapping of imported material is nothing for users.
        pair.refused(
            400,
            ("InvalidParameter", "UnsupportedOperation", "Rejected.UnsupportedOperation"),
            "AsymmetricDecrypt",
            Algorithm="RSAES_PKCS1_V1_5",
            CiphertextBlob=text(ciphertext),
        )


@scenario("a key does only what its usage, spec and kind allow")
def mismatches(w):
    unsupported = ("UnsupportedOperation", "Rejected.UnsupportedOperation")
    signer, receiver = Pair(w, "RSA_2048", "SIGN/VERIFY"), Pair(w, "RSA_2048", "ENCRYPT/DECRYPT")
    curve = Pair(w, "EC_P256", "SIGN/VERIFY")
    oaep = {"Algorithm": "RSAES_OAEP_SHA_256"}
    signer.refused(400, unsupported, "AsymmetricEncrypt", Plaintext=text(b"p"), **oaep)
    signer.refused(400, unsupported, "AsymmetricDecrypt", CiphertextBlob=text(b"p" * 256), **oaep)
    receiver.refused(400, unsupported, "AsymmetricSign", Algorithm="RSA_PSS_SHA_256", Digest=text(DIGEST))
    receiver.refused(
        400, unsupported, "AsymmetricVerify", Algorithm="RSA_PSS_SHA_256", Digest=text(DIGEST), Value=text(b"p" * 256)
    )
    curve.refused(400, unsupported, "AsymmetricSign", Algorithm="RSA_PSS_SHA_256", Digest=text(DIGEST))
    signer.refused(400, unsupported, "AsymmetricSign", Algorithm="ECDSA_SHA_256", Digest=text(DIGEST))
    version = w.describe(w.key)["PrimaryKeyVersion"]
    symmetric = {"KeyId": w.key, "KeyVersionId": version}
    w.refused(400, unsupported, "GetPublicKey", **symmetric)
    w.refused(400, unsupported, "AsymmetricSign", Algorithm="ECDSA_SHA_256", Digest=text(DIGEST), **symmetric)
    w.refused(400, unsupported, "CreateKeyVersion", KeyId=w.key)
    for action in ("Encrypt", "GenerateDataKey"):
        parameters = {"Plaintext": "p"} if action == "Encrypt" else {}
        w.refused(400, unsupported, action, KeyId=receiver.key, **parameters)
    w.refused(400, unsupported, "UpdateRotationPolicy", KeyId=signer.key, EnableAutomaticRotation=False)
    for spec in ("EC_P256", "EC_P256K"):
        w.refused(400, "InvalidParameter", "CreateKey", KeySpec=spec, KeyUsage="ENCRYPT/DECRYPT")
    for spec in ("RSA_2048", "EC_P256"):
        w.refused(400, "InvalidParameter", "CreateKey", KeySpec=spec, Origin="EXTERNAL")


@scenario("a version is named, by the key's own id or alias, and no other key's version is found")
def versions(w):
    first, second = Pair(w, "EC_P256", "SIGN/VERIFY"), Pair(w, "EC_P256", "SIGN/VERIFY")
    w.refused(404, "Forbidden.KeyVersionNotFound", "GetPublicKey", KeyId=first.key, KeyVersionId=second.version)
    for name in (w.new_alias(first.key), w.arn(first.key)):
        answer = w.call("GetPublicKey", KeyId=name, KeyVersionId=first.version)
        assert answer["KeyId"] == first.key, answer
        given = {"KeyId": name, "KeyVersionId": first.version, "Algorithm": "ECDSA_SHA_256", "Digest": text(DIGEST)}
        value = w.call("AsymmetricSign", **given)["Value"]
        assert w.call("AsymmetricVerify", Value=value, **given)["Value"] is True
    w.refused(400, "MissingParameter", "GetPublicKey", KeyId=first.key)
    # A version may be made seven days after the newest one; these keys are new.
    w.refused(400, "Rejected.LimitExceeded", "CreateKeyVersion", KeyId=first.key)


@scenario("a disabled or doomed asymmetric key does no work, but shows its public key")
def states(w):
    pair = Pair(w, "EC_P256K", "SIGN/VERIFY")
    given = {"Algorithm": "ECDSA_SHA_256", "Digest": text(DIGEST)}
    value = pair.call("AsymmetricSign", **given)["Value"]
    for state, change, back in (
        ("Disabled", "DisableKey", "EnableKey"),
        ("PendingDeletion", "ScheduleKeyDeletion", "CancelKeyDeletion"),
    ):
        w.call(change, KeyId=pair.key)
        pair.refused(409, f"Rejected.{state}", "AsymmetricSign", **given)
        pair.refused(409, f"Rejected.{state}", "AsymmetricVerify", Value=value, **given)
        w.refused(409, f"Rejected.{state}", "CreateKeyVersion", KeyId=pair.key)
        assert pair.public_key
        w.call(back, KeyId=pair.key)
    assert pair.call("AsymmetricVerify", Value=value, **given)["Value"] is True


@scenario("a public-key ciphertext is re-encrypted under a symmetric key")
def reencrypt(w):
    pair = Pair(w, "RSA_2048", "ENCRYPT/DECRYPT")
    blob = text(encrypted(pair.public_key, b"secret", *OAEP_256))
    source = {
        "SourceKeyId": pair.key,
        "SourceKeyVersionId": pair.version,
        "SourceEncryptionAlgorithm": "RSAES_OAEP_SHA_256",
    }
    answer = w.call("ReEncrypt", CiphertextBlob=blob, DestinationKeyId=w.key, **source)
    assert answer["KeyId"] == pair.key and answer["KeyVersionId"] == pair.version, answer
    opened = w.call("Decrypt", CiphertextBlob=answer["CiphertextBlob"])
    assert opened["KeyId"] == w.key and base64.b64decode(opened["Plaintext"]) == b"secret", opened
    w.refused(400, "InvalidParameter", "ReEncrypt", CiphertextBlob=text(b"x" * 256), DestinationKeyId=w.key, **source)


@scenario("a data key is exported to a public key")
def export(w):
    pair = Pair(w, "RSA_2048", "ENCRYPT/DECRYPT")
    lines = pair.public_key.splitlines()
    der = "".join(lines[1:-1])
    for algorithm in ("RSAES_OAEP_SHA_256", "RSAES_OAEP_SHA_1"):
        target = {"PublicKeyBlob": der, "WrappingKeySpec": "RSA_2048", "WrappingAlgorithm": algorithm}

        def unwrapped(answer):
            opened = pair.call("AsymmetricDecrypt", Algorithm=algorithm, CiphertextBlob=answer["ExportedDataKey"])
            return opened["Plaintext"]

        made = w.call("GenerateAndExportDataKey", KeyId=w.alias, EncryptionContext={"a": "b"}, **target)
        assert made["KeyId"] == w.key and uuid_text(made["KeyVersionId"]), made
        plaintext = w.call("Decrypt", CiphertextBlob=made["CiphertextBlob"], EncryptionContext={"a": "b"})["Plaintext"]
        assert len(base64.b64decode(plaintext)) == 32 and unwrapped(made) == plaintext, made
        exported = w.call(
            "ExportDataKey", CiphertextBlob=made["CiphertextBlob"], EncryptionContext={"a": "b"}, **target
        )
        assert exported["KeyId"] == w.key and unwrapped(exported) == plaintext, exported
        w.refused(400, "InvalidParameter", "ExportDataKey", CiphertextBlob=made["CiphertextBlob"], **target)
    opaque = w.call("Encrypt", KeyId=w.key, Plaintext="no base64!")["CiphertextBlob"]
    w.refused(400, "InvalidParameter", "ExportDataKey", CiphertextBlob=opaque, **target)
    longest = 214
    w.call("GenerateAndExportDataKey", KeyId=w.key, NumberOfBytes=longest, **target)
    w.refused(400, "InvalidParameter", "GenerateAndExportDataKey", KeyId=w.key, NumberOfBytes=longest + 1, **target)
    for wrong in ("AAAA", der[:-8], text(base64.b64decode(der) + b"\0")):
        w.refused(
            400, "InvalidParameter", "GenerateAndExportDataKey", KeyId=w.key, **{**target, "PublicKeyBlob": wrong}
        )
