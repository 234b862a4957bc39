#!/usr/bin/env python3
"""Plugs a PKCS#11 token into a server and walks through its HSM keys with the official client: SoftHSM2, a token in a
temporary folder, `backend init`, `serve`. Runs in the environment `v1` (see setup.sh)."""

import argparse
import base64
import hashlib
import os
import pathlib
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path += [str(HERE), str(HERE / "clients")]

from core import Core
from harness import Refusal
from server import Target, built_program
from softhsm import PIN, Token, module


class TokenServer:
    """A token and a server of its own that uses it."""

    def __init__(self, program, folder):
        self.program, self.folder, self.data = program, folder, folder / "data"
        self.process, self.port = None, free_port()
        self.log = open(folder / "server.log", "ab")
        self.token = Token(folder, "keyhold")
        names = ("KEYHOLD", "ALIBABA", "ALIYUN", "SOFTHSM")
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(names)},
            **self.token.environment,
            **self.token.settings("HSM"),
            "KEYHOLD_DATA_DIRECTORY": str(self.data),
            "KEYHOLD_HTTP_PORT": str(self.port),
        }

    def run(self, *command, status=0):
        process = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=120)
        said = process.stdout + process.stderr
        assert process.returncode == status, f"{' '.join(command)} ended with {process.returncode}: {said}"
        return said

    def start(self, patience=60):
        self.process = subprocess.Popen(
            [self.program, "serve"],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
        )
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"the server ended with {self.process.returncode}"
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self.target()
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"the server did not listen within {patience} s")

    def target(self):
        text = (self.data / "first-access-key").read_text()
        account, key, secret = (
            re.search(rf"^{name} +(\S+)$", text, re.MULTILINE)[1]
            for name in ("AccountId", "AccessKeyId", "AccessKeySecret")
        )
        return Target(f"127.0.0.1:{self.port}", "", "", key, secret, account, "cn-hangzhou")

    def stop(self):
        self.process.terminate()
        assert self.process.wait(20) == 0, "the server did not end by itself"

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def refused(code, client, action, **parameters):
    try:
        client.call(action, **parameters)
    except Refusal as refusal:
        assert refusal.code == code, refusal
        return refusal
    raise AssertionError(f"{action} was not refused")


def new_key(client, **parameters):
    metadata = client.call("CreateKey", ProtectionLevel="HSM", **parameters)["KeyMetadata"]
    assert metadata["ProtectionLevel"] == "HSM", metadata
    return metadata["KeyId"]


def symmetric(client, kept):
    """a key of the token encrypts, decrypts and makes data keys"""
    key = new_key(client)
    kept["key"] = key
    kept["blob"] = client.call("Encrypt", KeyId=key, Plaintext="kept", EncryptionContext={"a": "b"})["CiphertextBlob"]
    answer = client.call("Decrypt", CiphertextBlob=kept["blob"], EncryptionContext={"a": "b"})
    assert answer["Plaintext"] == "kept", answer
    refused("InvalidParameter", client, "Decrypt", CiphertextBlob=kept["blob"])
    made = client.call("GenerateDataKey", KeyId=key)
    assert client.call("Decrypt", CiphertextBlob=made["CiphertextBlob"])["Plaintext"] == made["Plaintext"]
    software = client.call("CreateKey")["KeyMetadata"]["KeyId"]
    moved = client.call("ReEncrypt", CiphertextBlob=made["CiphertextBlob"], DestinationKeyId=software)
    assert client.call("Decrypt", CiphertextBlob=moved["CiphertextBlob"])["Plaintext"] == made["Plaintext"]


def version_of(client, key):
    return client.call("ListKeyVersions", KeyId=key)["KeyVersions"]["KeyVersion"][0]["KeyVersionId"]


def pairs(client, kept):
    """pairs of the token sign, and decrypt by either padding"""
    digest = base64.b64encode(hashlib.sha256(b"message").digest()).decode()
    signing = {
        "RSA_2048": ("RSA_PSS_SHA_256", "RSA_PKCS1_SHA_256"),
        "EC_P256": ("ECDSA_SHA_256",),
        "EC_P256K": ("ECDSA_SHA_256",),
    }
    for spec, algorithms in signing.items():
        key = new_key(client, KeySpec=spec, KeyUsage="SIGN/VERIFY")
        given = {"KeyId": key, "KeyVersionId": version_of(client, key), "Digest": digest}
        for algorithm in algorithms:
            value = client.call("AsymmetricSign", Algorithm=algorithm, **given)["Value"]
            answer = client.call("AsymmetricVerify", Algorithm=algorithm, Value=value, **given)
            assert answer["Value"] is True, (spec, algorithm)
        assert "BEGIN PUBLIC KEY" in client.call("GetPublicKey", KeyId=key, KeyVersionId=given["KeyVersionId"])["PublicKey"]
    key = new_key(client, KeySpec="RSA_2048", KeyUsage="ENCRYPT/DECRYPT")
    given = {"KeyId": key, "KeyVersionId": version_of(client, key)}
    for algorithm in ("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"):
        plaintext = base64.b64encode(b"a short secret").decode()
        blob = client.call("AsymmetricEncrypt", Algorithm=algorithm, Plaintext=plaintext, **given)["CiphertextBlob"]
        answer = client.call("AsymmetricDecrypt", Algorithm=algorithm, CiphertextBlob=blob, **given)
        assert answer["Plaintext"] == plaintext, algorithm


def imports(client, kept):
    """material is imported into the token by the paddings that it unwraps, and no others are offered"""
    for algorithm, padding in (("RSAES_PKCS1_V1_5", ()), ("RSAES_OAEP_SHA_1", ("oaep",))):
        key = new_key(client, Origin="EXTERNAL")
        given = client.call(
            "GetParametersForImport", KeyId=key, WrappingAlgorithm=algorithm, WrappingKeySpec="RSA_2048"
        )
        material = os.urandom(32)
        client.call("ImportKeyMaterial", **wrapped(key, given, material, padding))
        blob = client.call("Encrypt", KeyId=key, Plaintext="imported")["CiphertextBlob"]
        client.call("DeleteKeyMaterial", KeyId=key)
        refused("Rejected.PendingImport", client, "Decrypt", CiphertextBlob=blob)
        refused("InvalidKeyMaterial", client, "ImportKeyMaterial", **wrapped(key, given, os.urandom(32), padding))
        client.call("ImportKeyMaterial", **wrapped(key, given, material, padding))
        assert client.call("Decrypt", CiphertextBlob=blob)["Plaintext"] == "imported", algorithm
    asked = {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}
    refused("UnsupportedOperation", client, "GetParametersForImport", KeyId=key, **asked)


def wrapped(key, given, material, padding):
    pem = f"-----BEGIN PUBLIC KEY-----\n{given['PublicKey']}\n-----END PUBLIC KEY-----\n"
    options = ["rsa_padding_mode:oaep", "rsa_oaep_md:sha1"] if padding else ["rsa_padding_mode:pkcs1"]
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "public.pem"
        file.write_text(pem)
        command = ["openssl", "pkeyutl", "-encrypt", "-pubin", "-inkey", str(file)]
        for option in options:
            command += ["-pkeyopt", option]
        text = subprocess.run(command, input=material, capture_output=True, check=True).stdout
    return {
        "KeyId": key,
        "ImportToken": given["ImportToken"],
        "KeyMaterialExpireUnix": 0,
        "EncryptedKeyMaterial": base64.b64encode(text).decode(),
    }


# Scenarios of run.py that every client walks through, as far as a token without SM algorithms goes.
WALKS = ("is created in the managed HSM", "managed HSM are disabled, tagged, named and deleted")


def every_client(server):
    """every official client creates, describes and manages keys of the token"""
    file = server.folder / "token.env"
    file.write_text("".join(f"{name}={shlex.quote(value)}\n" for name, value in server.target().variables().items()))
    for title in WALKS:
        command = [sys.executable, str(HERE / "run.py"), "--env-file", str(file), "--scheme", "http", "--match", title]
        process = subprocess.run(command, capture_output=True, text=True, timeout=600)
        assert process.returncode == 0, process.stdout + process.stderr


def absences(client, kept):
    """what the token has no mechanisms for is refused"""
    for spec in ("Aliyun_SM4", "EC_SM2"):
        refused("Unsupported.ProtectionLevel", client, "CreateKey", KeySpec=spec, ProtectionLevel="HSM")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default=built_program(), help="the keyhold-server program (%(default)s)")
    arguments = parser.parse_args()
    if not module():
        sys.exit("hsm_token.py: SoftHSM2 is not installed (Debian: apt-get install softhsm2)")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="keyhold-token-"))
    server = TokenServer(arguments.server, folder)
    done = []
    try:
        server.token.make()
        server.run(server.program, "backend", "init", "other")
        process = subprocess.run([server.program, "serve"], env=server.environment, capture_output=True, text=True)
        assert process.returncode != 0 and "backend init pkcs11" in process.stderr, process.stderr
        done.append("a server whose token has no wrapping key says how to make one")
        server.run(server.program, "backend", "init")
        assert "already" in server.run(server.program, "backend", "init", status=1)
        names = [line.split("\t")[0] for line in server.run(server.program, "backend", "list").splitlines()]
        assert names == ["other", "pkcs11"], names
        done.append("a wrapping key is made once, and listed")
        kept = {}
        client = Core(server.start(), "http", "typed")
        for check in (symmetric, pairs, imports, absences):
            check(client, kept)
            done.append(check.__doc__)
        every_client(server)
        done.append(every_client.__doc__)
        server.stop()
        client = Core(server.start(), "http", "typed")
        answer = client.call("Decrypt", CiphertextBlob=kept["blob"], EncryptionContext={"a": "b"})
        assert answer["Plaintext"] == "kept", answer
        server.stop()
        done.append("what was encrypted before a restart opens after it")
        (folder / "pin").write_text("000000\n")
        client = Core(server.start(), "http", "typed")
        refused("ServiceUnavailableTemporary", client, "Decrypt", CiphertextBlob=kept["blob"])
        client.call("CreateKey")
        (folder / "pin").write_text(PIN + "\n")
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                client.call("Decrypt", CiphertextBlob=kept["blob"], EncryptionContext={"a": "b"})
                break
            except Refusal:
                time.sleep(0.5)
        new_key_after = None
        while new_key_after is None and time.monotonic() < deadline:
            try:
                new_key_after = new_key(client)
            except Refusal:
                time.sleep(0.5)
        assert new_key_after, "the token did not serve again after its PIN was corrected"
        done.append("a server with a wrong PIN serves software keys, and all of them once the PIN is right")
        server.stop()
    except (AssertionError, Refusal) as failure:
        print(f"FAIL: {failure}\nthe server's log and data are in {folder}")
        sys.exit(1)
    finally:
        server.kill()
        for title in done:
            print(f"  {title}")
    print(f"{len(done)} passed, 0 failed")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
