#!/usr/bin/env python3
"""Computes the worked examples of Documentation/RootKeySlots.md with other libraries: cryptography for ECDH, HKDF and
AES-GCM, hashlib's scrypt, and an arithmetic of GF(2^8) of its own for the shares."""

import hashlib
import hmac
import pathlib
import re

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PAGE = pathlib.Path(__file__).resolve().parent.parent / "Documentation" / "RootKeySlots.md"


def examples():
    """The bytes of the page's examples by their names."""
    found, name = {}, None
    for block in PAGE.read_text().split("```")[1::2]:
        for line in block.splitlines()[1:]:
            if line.endswith(":"):
                name = line[:-1]
            elif re.fullmatch(r" +[0-9a-f]+", line):
                found[name] = found.get(name, b"") + bytes.fromhex(line.strip())
    return found


def private(number):
    return ec.derive_private_key(int.from_bytes(number, "big"), ec.SECP256R1())


def point(number):
    return private(number).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def derive(secret, info):
    return HKDF(hashes.SHA256(), 32, None, info).derive(secret)


def wrap(page, kind, slot_id, public_key, parameters, ephemeral):
    head = bytes([1, kind]) + slot_id + public_key + len(parameters).to_bytes(4, "big") + parameters + point(ephemeral)
    data = page["database id"] + (1).to_bytes(4, "big") + head
    peer = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
    key = derive(private(ephemeral).exchange(ec.ECDH(), peer), b"keyhold root slot v1" + data)
    return head + AESGCM(key).encrypt(bytes(12), page["root"], data)


def times(left, right):
    """The product in GF(2^8) modulo x^8 + x^4 + x^3 + x^2 + 1."""
    product = 0
    while right:
        if right & 1:
            product ^= left
        left = left << 1 ^ (0x11D if left & 0x80 else 0)
        right >>= 1
    return product


def share(page, number):
    parts = (page["shares private key"], page["coefficients of x"], page["coefficients of x squared"])
    values = bytes(a ^ times(b, number) ^ times(c, times(number, number)) for a, b, c in zip(*parts))
    content = b"\x01" + page["shares slot id"] + bytes([number, 3]) + values
    return content + hashlib.sha256(content).digest()[:4]


def check(name, expected, found):
    assert expected == found, f"{name}: the page has {expected.hex()}, computed is {found.hex()}"
    print(f"pass {name}")


def main():
    page = examples()
    check("public key", page["public key"], point(page["private key"]))
    slot = wrap(page, 1, page["slot id"], page["public key"], b"", page["ephemeral private key"])
    check("slot", page["slot"], slot)
    table_key = derive(page["root"], b"keyhold slot table v1" + bytes([0, 0, 0, 1]))
    check("table key", page["table key"], table_key)
    message = b"\x01" + page["database id"] + bytes([0, 0, 0, 1] * 2) + len(slot).to_bytes(4, "big") + slot
    check("authentication code", page["authentication code"], hmac.digest(table_key, message, "sha256"))

    key = hashlib.scrypt(page["passphrase"], salt=page["salt"], n=1 << 14, r=8, p=1, dklen=32, maxmem=1 << 26)
    check("scrypt key", page["scrypt key"], key)
    public_key = point(page["passphrase private key"])
    check("passphrase public key", page["passphrase public key"], public_key)
    data = b"keyhold passphrase slot v1" + page["passphrase slot id"] + public_key
    sealed = AESGCM(key).encrypt(bytes(12), page["passphrase private key"], data)
    check("passphrase parameters", page["passphrase parameters"], bytes([14, 1]) + page["salt"] + sealed)
    slot = wrap(page, 2, page["passphrase slot id"], public_key, bytes([14, 1]) + page["salt"] + sealed, bytes(range(0x22, 0x42)))
    check("passphrase slot", page["passphrase slot"], slot)

    area = page["TPM public area"], page["TPM private area"]
    counted = b"".join(len(part).to_bytes(4, "big") + part for part in area)
    check("TPM parameters", page["TPM parameters"], bytes([0, 0, 0, 0x80]) + page["TPM primary name"] + counted)

    serial = page["token serial"]
    check("token parameters", page["token parameters"], len(serial).to_bytes(4, "big") + serial)

    for number in (1, 2, 5):
        check(f"share {number}", page[f"share {number}"], share(page, number))
    public_key = point(page["shares private key"])
    check("shares public key", page["shares public key"], public_key)
    slot = wrap(page, 5, page["shares slot id"], public_key, bytes([3, 5]), bytes(range(0x23, 0x43)))
    check("shares slot", page["shares slot"], slot)
    printed = re.search(r"^keyhold-share:([-0-9a-f\n]+)", PAGE.read_text(), re.MULTILINE)[1]
    check("share 1 as printed", page["share 1"], bytes.fromhex(re.sub("[-\n]", "", printed)))


if __name__ == "__main__":
    main()
