"""Managed HSM (manual 6): keys of protection level HSM, by region."""

import base64
import json
import os

from openssl import encrypted
from scenarios.asymmetric import Pair, text
from scenarios.imports import can_wrap, load, parameters
from scenarios.tags import tag_json
from world import scenario

SYMMETRIC = ("Aliyun_AES_256", "Aliyun_SM4")
# What 6.2 prints of a described key.
PRINTED = {
    "CreationDate",
    "Description",
    "KeyId",
    "KeyState",
    "KeyUsage",
    "DeleteDate",
    "Creator",
    "Arn",
    "Origin",
    "MaterialExpireTime",
    "ProtectionLevel",
}


def has_regions(client):
    # The ports of regions speak plain HTTP.
    return client.scheme == "http" and bool(client.target.frankfurt_endpoint)


@scenario("a key is created in the managed HSM and described as the manual prints it")
def walk(w):
    key = w.new_key(ProtectionLevel="HSM", Description="Key1 in Managed HSM")
    metadata = w.describe(key, ProtectionLevel="HSM", Origin="Aliyun_KMS", KeyState="Enabled")
    assert PRINTED <= set(metadata), PRINTED - set(metadata)
    assert metadata["Description"] == "Key1 in Managed HSM", metadata
    assert metadata["KeyUsage"] == "ENCRYPT/DECRYPT", metadata
    filters = [{"Key": "ProtectionLevel", "Values": ["HSM"]}]
    rows, _ = w.pages("ListKeys", "Keys", "Key", 100, Filters=json.dumps(filters))
    listed = {row["KeyId"] for row in rows}
    assert key in listed and w.key not in listed


@scenario("keys of the managed HSM encrypt, decrypt, make data keys and rotate")
def symmetric(w):
    context = {"purpose": "hsm"}
    for spec in SYMMETRIC:
        key = w.new_key(KeySpec=spec, ProtectionLevel="HSM")
        w.describe(key, KeySpec=spec, ProtectionLevel="HSM")
        blob = w.call("Encrypt", KeyId=key, Plaintext="work", EncryptionContext=context)["CiphertextBlob"]
        assert w.call("Decrypt", CiphertextBlob=blob, EncryptionContext=context)["Plaintext"] == "work", spec
        w.refused(400, "InvalidParameter", "Decrypt", CiphertextBlob=blob)
        made = w.call("GenerateDataKey", KeyId=key, KeySpec="AES_256")
        assert len(base64.b64decode(made["Plaintext"])) == 32, spec
        assert w.call("Decrypt", CiphertextBlob=made["CiphertextBlob"])["Plaintext"] == made["Plaintext"], spec
        silent = w.call("GenerateDataKeyWithoutPlaintext", KeyId=key, NumberOfBytes=64)
        assert len(base64.b64decode(w.call("Decrypt", CiphertextBlob=silent["CiphertextBlob"])["Plaintext"])) == 64
        moved = w.call("ReEncrypt", CiphertextBlob=made["CiphertextBlob"], DestinationKeyId=w.key)
        assert w.call("Decrypt", CiphertextBlob=moved["CiphertextBlob"])["Plaintext"] == made["Plaintext"], spec
        w.call("UpdateRotationPolicy", KeyId=key, EnableAutomaticRotation=True, RotationInterval="7d")
        assert w.call("DescribeKey", KeyId=key)["KeyMetadata"]["AutomaticRotation"] == "Enabled", spec


@scenario("keys of the managed HSM are disabled, tagged, named and deleted like others")
def management(w):
    key = w.new_key(ProtectionLevel="HSM")
    w.call("TagResource", KeyId=key, Tags=tag_json(team="ops"))
    name = w.new_alias(key)
    assert w.call("Encrypt", KeyId=name, Plaintext="p")["KeyId"] == key
    w.call("DisableKey", KeyId=key)
    w.refused(409, "Rejected.Disabled", "Encrypt", KeyId=key, Plaintext="p")
    w.call("EnableKey", KeyId=key)
    w.call("ScheduleKeyDeletion", KeyId=key, PendingWindowInDays=7)
    w.refused(409, "Rejected.PendingDeletion", "Encrypt", KeyId=key, Plaintext="p")
    w.call("CancelKeyDeletion", KeyId=key)
    w.describe(key, KeyState="Enabled", ProtectionLevel="HSM")


@scenario("key pairs live in the managed HSM")
def pairs(w):
    signing = {
        "RSA_2048": ("RSA_PSS_SHA_256", "RSA_PKCS1_SHA_256"),
        "EC_P256": ("ECDSA_SHA_256",),
        "EC_P256K": ("ECDSA_SHA_256",),
        "EC_SM2": ("SM2DSA",),
    }
    for spec, algorithms in signing.items():
        pair = Pair(w, spec, "SIGN/VERIFY", ProtectionLevel="HSM")
        for algorithm in algorithms:
            given = {"Algorithm": algorithm, "Digest": text(os.urandom(32))}
            value = pair.call("AsymmetricSign", **given)["Value"]
            assert pair.call("AsymmetricVerify", Value=value, **given)["Value"] is True, (spec, algorithm)
            given["Digest"] = text(os.urandom(32))
            assert pair.call("AsymmetricVerify", Value=value, **given)["Value"] is False, (spec, algorithm)
    encrypting = {
        "RSA_2048": ("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"),
        "EC_SM2": ("SM2PKE",),
    }
    for spec, algorithms in encrypting.items():
        pair = Pair(w, spec, "ENCRYPT/DECRYPT", ProtectionLevel="HSM")
        for algorithm in algorithms:
            plaintext = text(os.urandom(32))
            blob = pair.call("AsymmetricEncrypt", Algorithm=algorithm, Plaintext=plaintext)["CiphertextBlob"]
            opened = pair.call("AsymmetricDecrypt", Algorithm=algorithm, CiphertextBlob=blob)["Plaintext"]
            assert opened == plaintext, (spec, algorithm)


@scenario("material from outside is imported into the managed HSM, wrapped by RSA", applies=can_wrap)
def imported(w):
    for spec, count in (("Aliyun_AES_256", 32), ("Aliyun_SM4", 16)):
        for algorithm in ("RSAES_PKCS1_V1_5", "RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"):
            key = w.new_key(KeySpec=spec, Origin="EXTERNAL", ProtectionLevel="HSM")
            w.describe(key, KeySpec=spec, Origin="EXTERNAL", KeyState="PendingImport", ProtectionLevel="HSM")
            given, material = parameters(w, key, algorithm), os.urandom(count)
            w.call("ImportKeyMaterial", **load(w, key, material, given, algorithm))
            blob = w.call("Encrypt", KeyId=key, Plaintext="work")["CiphertextBlob"]
            w.call("DeleteKeyMaterial", KeyId=key)
            w.refused(409, "Rejected.PendingImport", "Decrypt", CiphertextBlob=blob)
            other = load(w, key, os.urandom(count), given, algorithm)
            w.refused(400, "InvalidKeyMaterial", "ImportKeyMaterial", **other)
            w.call("ImportKeyMaterial", **load(w, key, material, given, algorithm))
            assert w.call("Decrypt", CiphertextBlob=blob)["Plaintext"] == "work", (spec, algorithm)


@scenario("in mainland China material is imported into the managed HSM wrapped by SM2")
def imported_by_sm2(w):
    for spec, count in (("Aliyun_AES_256", 32), ("Aliyun_SM4", 16)):
        key = w.new_key(KeySpec=spec, Origin="EXTERNAL", ProtectionLevel="HSM")
        chosen = {"KeyId": key, "WrappingAlgorithm": "SM2PKE", "WrappingKeySpec": "EC_SM2"}
        given = w.call("GetParametersForImport", **chosen)
        pem = f"-----BEGIN PUBLIC KEY-----\n{given['PublicKey']}\n-----END PUBLIC KEY-----\n"
        right = {"KeyId": key, "ImportToken": given["ImportToken"], "KeyMaterialExpireUnix": 0}
        short = text(encrypted(pem, os.urandom(count - 1)))
        w.refused(400, "InvalidKeyMaterial", "ImportKeyMaterial", EncryptedKeyMaterial=short, **right)
        w.call("ImportKeyMaterial", EncryptedKeyMaterial=text(encrypted(pem, os.urandom(count))), **right)
        blob = w.call("Encrypt", KeyId=key, Plaintext="work")["CiphertextBlob"]
        assert w.call("Decrypt", CiphertextBlob=blob)["Plaintext"] == "work", spec
    for level, algorithm, pair in (("SOFTWARE", "SM2PKE", "EC_SM2"), ("HSM", "SM2PKE", "RSA_2048")):
        key = w.new_key(Origin="EXTERNAL", ProtectionLevel=level)
        wrong = {"WrappingAlgorithm": algorithm, "WrappingKeySpec": pair}
        w.refused(400, "InvalidParameter", "GetParametersForImport", KeyId=key, **wrong)


@scenario("each region has the HSM that the manual says, or none", has_regions)
def regions(w):
    def there(endpoint, region):
        return w.stranger(endpoint=endpoint, region=region)

    beijing = there(w.target.beijing_endpoint, "cn-beijing")
    hongkong = there(w.target.hongkong_endpoint, "cn-hongkong")
    frankfurt = there(w.target.frankfurt_endpoint, "eu-central-1")
    for client in (beijing, hongkong):
        for spec in ("Aliyun_AES_256", "EC_P256", "EC_P256K"):
            metadata = client.call("CreateKey", KeySpec=spec, ProtectionLevel="HSM")["KeyMetadata"]
            assert metadata["ProtectionLevel"] == "HSM", metadata
    for spec in ("Aliyun_SM4", "EC_SM2"):
        beijing.call("CreateKey", KeySpec=spec, ProtectionLevel="HSM")
        for client in (hongkong, frankfurt):
            wanted = {"KeySpec": spec, "ProtectionLevel": "HSM"}
            refusal = w.refused(400, "Unsupported.ProtectionLevel", "CreateKey", client=client, **wanted)
            assert "cn-beijing" in refusal.message, refusal
    w.refused(400, "Unsupported.ProtectionLevel", "CreateKey", client=frankfurt, ProtectionLevel="HSM")
    frankfurt.call("CreateKey", ProtectionLevel="SOFTWARE")
    key = hongkong.call("CreateKey", Origin="EXTERNAL", ProtectionLevel="HSM")["KeyMetadata"]["KeyId"]
    wrong = {"WrappingAlgorithm": "SM2PKE", "WrappingKeySpec": "EC_SM2"}
    w.refused(400, "InvalidParameter", "GetParametersForImport", client=hongkong, KeyId=key, **wrong)
