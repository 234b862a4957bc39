"""Key material that is made elsewhere, wrapped with an independent library."""

import base64
import importlib.util
import os
import time

from world import scenario

WRAPPINGS = ("RSAES_PKCS1_V1_5", "RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256")


def can_wrap(client):
    """Not every client brings `cryptography` along."""
    return importlib.util.find_spec("cryptography") is not None


def wrapped(material, public_key, algorithm):
    from cryptography.hazmat.backends import default_backend
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding

    def oaep(digest):
        return padding.OAEP(mgf=padding.MGF1(algorithm=digest), algorithm=digest, label=None)

    paddings = {
        "RSAES_PKCS1_V1_5": padding.PKCS1v15(),
        "RSAES_OAEP_SHA_1": oaep(hashes.SHA1()),
        "RSAES_OAEP_SHA_256": oaep(hashes.SHA256()),
    }
    key = serialization.load_der_public_key(base64.b64decode(public_key, validate=True), default_backend())
    assert key.key_size == 2_048, key.key_size
    return base64.b64encode(key.encrypt(material, paddings[algorithm])).decode()


def parameters(w, key, algorithm):
    answer = w.call("GetParametersForImport", KeyId=key, WrappingAlgorithm=algorithm, WrappingKeySpec="RSA_2048")
    assert set(answer) == {"KeyId", "ImportToken", "PublicKey", "TokenExpireTime", "RequestId"}, set(answer)
    assert answer["KeyId"] == key, answer
    return answer


def load(w, key, material, given, algorithm, expires=0):
    return dict(
        KeyId=key,
        EncryptedKeyMaterial=wrapped(material, given["PublicKey"], algorithm),
        ImportToken=given["ImportToken"],
        KeyMaterialExpireUnix=expires,
    )


@scenario("imported material encrypts, is deleted, and comes back if it is the same", applies=can_wrap)
def life(w):
    for algorithm in WRAPPINGS:
        key = w.new_key(Origin="EXTERNAL")
        w.describe(key, Origin="EXTERNAL", KeyState="PendingImport")
        w.refused(409, "Rejected.PendingImport", "Encrypt", KeyId=key, Plaintext="p")
        given, material = parameters(w, key, algorithm), os.urandom(32)
        w.call("ImportKeyMaterial", **load(w, key, material, given, algorithm))
        version = w.describe(key, Origin="EXTERNAL", KeyState="Enabled")["PrimaryKeyVersion"]
        blob = w.call("Encrypt", KeyId=key, Plaintext="work")["CiphertextBlob"]
        w.call("DeleteKeyMaterial", KeyId=key)
        w.describe(key, Origin="EXTERNAL", KeyState="PendingImport")
        w.refused(409, "Rejected.PendingImport", "Decrypt", CiphertextBlob=blob)
        other = load(w, key, os.urandom(32), given, algorithm)
        w.refused(400, "InvalidKeyMaterial", "ImportKeyMaterial", **other)
        w.call("ImportKeyMaterial", **load(w, key, material, given, algorithm))
        metadata = w.describe(key, Origin="EXTERNAL", KeyState="Enabled")
        assert metadata["PrimaryKeyVersion"] == version, metadata
        assert w.call("Decrypt", CiphertextBlob=blob)["Plaintext"] == "work"


@scenario("imported material expires on its second", applies=can_wrap)
def expiry(w):
    key, algorithm = w.new_key(Origin="EXTERNAL"), "RSAES_OAEP_SHA_256"
    given, material = parameters(w, key, algorithm), os.urandom(32)
    past = load(w, key, material, given, algorithm, expires=int(time.time()) - 10)
    w.refused(400, "InvalidParameter", "ImportKeyMaterial", **past)
    expires = int(time.time()) + 3
    w.call("ImportKeyMaterial", **load(w, key, material, given, algorithm, expires))
    written = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(expires))
    w.describe(key, Origin="EXTERNAL", KeyState="Enabled", MaterialExpireTime=written)
    blob = w.call("Encrypt", KeyId=key, Plaintext="work")["CiphertextBlob"]
    time.sleep(max(0.0, expires - time.time()) + 0.1)
    w.refused(409, "Rejected.PendingImport", "Decrypt", CiphertextBlob=blob)
    w.call("ImportKeyMaterial", **load(w, key, material, given, algorithm))
    w.describe(key, Origin="EXTERNAL", KeyState="Enabled")
    assert w.call("Decrypt", CiphertextBlob=blob)["Plaintext"] == "work"


@scenario("a token serves one key, and five bad attempts", applies=can_wrap)
def tokens(w):
    key, algorithm = w.new_key(Origin="EXTERNAL"), "RSAES_OAEP_SHA_1"
    given, material = parameters(w, key, algorithm), os.urandom(32)
    other = parameters(w, w.new_key(Origin="EXTERNAL"), algorithm)
    right = load(w, key, material, given, algorithm)
    w.refused(400, "InvalidImportToken", "ImportKeyMaterial", **{**right, "ImportToken": other["ImportToken"]})
    w.refused(400, "InvalidImportToken", "ImportKeyMaterial", **{**right, "ImportToken": "AAAA"})
    w.call("ImportKeyMaterial", **right)
    wrong = {**right, "EncryptedKeyMaterial": base64.b64encode(b"\x17" * 256).decode()}
    refusals = [w.refused(400, "InvalidKeyMaterial", "ImportKeyMaterial", **wrong) for _ in range(5)]
    # Some clients write the request's id into the message.
    answers = {refusal.message.replace(refusal.request_id, "") for refusal in refusals}
    assert len(answers) == 1, answers
    w.refused(400, "InvalidImportToken", "ImportKeyMaterial", **right)


@scenario("keys whose material was made by the service take none")
def own_material(w):
    w.refused(
        400,
        "Unsupported.Origin",
        "GetParametersForImport",
        KeyId=w.key,
        WrappingAlgorithm="RSAES_OAEP_SHA_1",
        WrappingKeySpec="RSA_2048",
    )
    w.refused(400, "Unsupported.Origin", "DeleteKeyMaterial", KeyId=w.key)
