"""What the service computes, held against other implementations: Python's `cryptography`, and `gmssl` for SM2.

`cryptography` brings an OpenSSL of its own; `gmssl` is plain Python and shares no code with any library of ours.
"""

import base64
import hashlib
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from gmssl import sm2

from harness import main
from scenarios import Scenario
from scenarios.asymmetric import Pair, text
from wire import Wire

ROUNDS = 20
SHA256 = utils.Prehashed(hashes.SHA256())
PSS = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
OAEP = {
    "RSAES_OAEP_SHA_256": padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None),
    "RSAES_OAEP_SHA_1": padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None),
}
WRITTEN_DOWN = {"encoding": serialization.Encoding.DER, "format": serialization.PublicFormat.SubjectPublicKeyInfo}


def public_key(pair):
    return serialization.load_pem_public_key(pair.public_key.encode())


def verifies(verify, *arguments):
    try:
        verify(*arguments)
        return True
    except InvalidSignature:
        return False


def rsa_signatures(w):
    for spec in ("RSA_2048", "RSA_3072"):
        pair = Pair(w, spec, "SIGN/VERIFY")
        key = public_key(pair)
        for algorithm, how in (("RSA_PSS_SHA_256", PSS), ("RSA_PKCS1_SHA_256", padding.PKCS1v15())):
            for _ in range(ROUNDS):
                digest = os.urandom(32)
                value = pair.call("AsymmetricSign", Algorithm=algorithm, Digest=text(digest))["Value"]
                signature = base64.b64decode(value)
                assert verifies(key.verify, signature, digest, how, SHA256), (spec, algorithm)
                assert not verifies(key.verify, signature, os.urandom(32), how, SHA256), (spec, algorithm)


def ecdsa_signatures(w):
    for spec, curve in (("EC_P256", ec.SECP256R1), ("EC_P256K", ec.SECP256K1)):
        pair = Pair(w, spec, "SIGN/VERIFY")
        key = public_key(pair)
        assert isinstance(key.curve, curve), key.curve
        order = key.curve.group_order
        for _ in range(ROUNDS):
            digest = os.urandom(32)
            given = {"Algorithm": "ECDSA_SHA_256", "Digest": text(digest)}
            signature = base64.b64decode(pair.call("AsymmetricSign", **given)["Value"])
            assert verifies(key.verify, signature, digest, ec.ECDSA(SHA256)), spec
            # The other half of every ECDSA signature is one as well.
            r, s = utils.decode_dss_signature(signature)
            twin = utils.encode_dss_signature(r, order - s)
            assert pair.call("AsymmetricVerify", Value=text(twin), **given)["Value"] is True, spec
            for bad in ((r, 0), (0, s), (r, order), (r, s + order)):
                wrong = utils.encode_dss_signature(*bad)
                assert pair.call("AsymmetricVerify", Value=text(wrong), **given)["Value"] is False, (spec, bad)


def rsa_ciphertexts(w):
    for spec in ("RSA_2048", "RSA_3072"):
        pair = Pair(w, spec, "ENCRYPT/DECRYPT")
        key = public_key(pair)
        for algorithm, how in OAEP.items():
            for length in (1, 16, 32, 100, 190):
                plaintext = os.urandom(length)
                blob = text(key.encrypt(plaintext, how))
                opened = pair.call("AsymmetricDecrypt", Algorithm=algorithm, CiphertextBlob=blob)
                assert base64.b64decode(opened["Plaintext"]) == plaintext, (spec, algorithm, length)


def exported_to_rsa(w):
    private = rsa.generate_private_key(65_537, 2_048)
    blob = text(private.public_key().public_bytes(**WRITTEN_DOWN))
    for algorithm, how in OAEP.items():
        target = {"PublicKeyBlob": blob, "WrappingKeySpec": "RSA_2048", "WrappingAlgorithm": algorithm}
        made = w.call("GenerateAndExportDataKey", KeyId=w.key, NumberOfBytes=100, **target)
        plaintext = w.call("Decrypt", CiphertextBlob=made["CiphertextBlob"])["Plaintext"]
        assert private.decrypt(base64.b64decode(made["ExportedDataKey"]), how) == base64.b64decode(plaintext)
    others = (
        rsa.generate_private_key(65_537, 3_072).public_key(),
        rsa.generate_private_key(65_537, 1_024).public_key(),
        ec.generate_private_key(ec.SECP256R1()).public_key(),
    )
    for other in others:
        wrong = {**target, "PublicKeyBlob": text(other.public_bytes(**WRITTEN_DOWN))}
        w.refused(400, "InvalidParameter", "GenerateAndExportDataKey", KeyId=w.key, **wrong)


def sm2_pair(w, usage):
    return Pair(w, "EC_SM2", usage, ProtectionLevel="HSM")


def point(pair):
    """The public key of an SM2 pair, x and y in hexadecimal: the last 64 bytes of its SubjectPublicKeyInfo."""
    der = base64.b64decode("".join(pair.public_key.splitlines()[1:-1]))
    assert bytes.fromhex("06082a811ccf5501822d") in der, "the public key does not name sm2p256v1"
    return der[-64:].hex()


def other_sm2(private_key="", public_key=""):
    """The other implementation, for C1 C3 C2 and DER signatures."""
    other = sm2.CryptSM2(private_key=private_key, public_key="", mode=1, asn1=True)
    # Given to its initialiser, a key that begins with 04 would lose more than its prefix.
    other.public_key = public_key
    return other


def sm2_signatures(w):
    pair = sm2_pair(w, "SIGN/VERIFY")
    other = other_sm2(public_key=point(pair))
    for _ in range(3):
        message = os.urandom(50)
        digest = bytes.fromhex(other._sm3_z(message))
        given = {"Algorithm": "SM2DSA", "Digest": text(digest)}
        signature = base64.b64decode(pair.call("AsymmetricSign", **given)["Value"])
        assert other.verify_with_sm3(signature.hex(), message)
        assert not other.verify_with_sm3(signature.hex(), message + b"\0")
        assert pair.call("AsymmetricVerify", Value=text(signature), **given)["Value"] is True
        given["Digest"] = text(hashlib.sha256(message).digest())
        assert pair.call("AsymmetricVerify", Value=text(signature), **given)["Value"] is False


def sm2_ciphertexts(w):
    pair = sm2_pair(w, "ENCRYPT/DECRYPT")
    other = other_sm2(public_key=point(pair))
    for length in (1, 16, 32, 33, 500):
        plaintext = os.urandom(length)
        # It leaves out the 04 with which the point of a ciphertext begins.
        raw = b"\x04" + other.encrypt(plaintext)
        opened = pair.call("AsymmetricDecrypt", Algorithm="SM2PKE", CiphertextBlob=text(raw))
        assert base64.b64decode(opened["Plaintext"]) == plaintext, length
        for position in (0, 1, 40, 64, 65, 96, 97, len(raw) - 1):
            wrong = bytearray(raw)
            wrong[position] ^= 1
            pair.refused(400, "InvalidParameter", "AsymmetricDecrypt", Algorithm="SM2PKE", CiphertextBlob=text(wrong))
    longest = os.urandom(6_047)
    blob = pair.call("AsymmetricEncrypt", Algorithm="SM2PKE", Plaintext=text(longest))["CiphertextBlob"]
    assert len(base64.b64decode(blob)) == 6_144
    opened = pair.call("AsymmetricDecrypt", Algorithm="SM2PKE", CiphertextBlob=blob)
    assert base64.b64decode(opened["Plaintext"]) == longest
    too_long = text(longest + b"\0")
    pair.refused(400, "InvalidParameter", "AsymmetricEncrypt", Algorithm="SM2PKE", Plaintext=too_long)


def exported_to_sm2(w):
    template = base64.b64decode("".join(sm2_pair(w, "ENCRYPT/DECRYPT").public_key.splitlines()[1:-1]))
    private = os.urandom(31).hex().rjust(64, "0")
    other = other_sm2(private)
    other.public_key = other._kg(int(private, 16), other.ecc_table["g"])
    target = {
        "PublicKeyBlob": text(template[:-64] + bytes.fromhex(other.public_key)),
        "WrappingKeySpec": "EC_SM2",
        "WrappingAlgorithm": "SM2PKE",
    }
    made = w.call("GenerateAndExportDataKey", KeyId=w.key, **target)
    plaintext = w.call("Decrypt", CiphertextBlob=made["CiphertextBlob"])["Plaintext"]
    exported = base64.b64decode(made["ExportedDataKey"])
    assert exported[0] == 4 and other.decrypt(exported[1:]) == base64.b64decode(plaintext)
    off_curve = {**target, "PublicKeyBlob": text(template[:-1] + bytes([template[-1] ^ 1]))}
    w.refused(400, "InvalidParameter", "GenerateAndExportDataKey", KeyId=w.key, **off_curve)


SCENARIOS = [
    Scenario("RSA signatures verify elsewhere", rsa_signatures),
    Scenario("ECDSA signatures verify elsewhere, and the twin of each verifies here", ecdsa_signatures),
    Scenario("what is encrypted elsewhere for RSA keys is decrypted", rsa_ciphertexts),
    Scenario("data keys exported to an RSA key open elsewhere", exported_to_rsa),
    Scenario("SM2 signatures verify elsewhere", sm2_signatures),
    Scenario("what is encrypted elsewhere for SM2 keys is decrypted", sm2_ciphertexts),
    Scenario("data keys exported to an SM2 key open elsewhere", exported_to_sm2),
]

if __name__ == "__main__":
    main(lambda target, scheme: [Wire(target, scheme)], SCENARIOS, shared=False)
