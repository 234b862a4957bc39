#!/usr/bin/env python3
"""Looks for a known HSM key in the memory of the server and of keyhold-hsm, and in the data folder; kills keyhold-hsm."""

import argparse
import base64
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

from harness import Refusal
from openssl import encrypted
from server import Server, built_program
from wire import Wire

PROC = pathlib.Path("/proc")


def memory_of(process):
    """Everything that the process has mapped and that can be read; needs root."""
    found = []
    with open(f"/proc/{process}/maps") as maps, open(f"/proc/{process}/mem", "rb", 0) as memory:
        for line in maps:
            span, rights, *_ = line.split()
            if not rights.startswith("r") or "[v" in line:
                continue
            start, end = (int(bound, 16) for bound in span.split("-"))
            try:
                memory.seek(start)
                found.append(memory.read(end - start))
            except (OSError, ValueError, OverflowError):
                pass
    return found


def key_process(server):
    """The process id of the server's keyhold-hsm, while it runs."""
    children = subprocess.run(
        ["pgrep", "-P", str(server.process.pid), "-x", "keyhold-hsm"], capture_output=True, text=True
    )
    return int(children.stdout.split()[0]) if children.stdout.split() else None


def material_stays_inside(server, client):
    """material that was imported is in the key process's memory, and nowhere else"""
    key = client.call("CreateKey", Origin="EXTERNAL", ProtectionLevel="HSM")["KeyMetadata"]["KeyId"]
    given = client.call(
        "GetParametersForImport", KeyId=key, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048"
    )
    public = base64.b64decode(given["PublicKey"])
    pem = b"-----BEGIN PUBLIC KEY-----\n" + base64.encodebytes(public) + b"-----END PUBLIC KEY-----\n"
    material = bytes((number * 37 + 11) % 251 for number in range(32))
    padding = ("rsa_padding_mode:oaep", "rsa_oaep_md:sha256", "rsa_mgf1_md:sha256")
    wrapped = base64.b64encode(encrypted(pem, material, *padding)).decode()
    client.call(
        "ImportKeyMaterial",
        KeyId=key,
        EncryptedKeyMaterial=wrapped,
        ImportToken=given["ImportToken"],
        KeyMaterialExpireUnix="0",
    )
    blob = client.call("Encrypt", KeyId=key, Plaintext="aGVsbG8=")["CiphertextBlob"]
    assert client.call("Decrypt", CiphertextBlob=blob)["Plaintext"] == "aGVsbG8="
    # Without this the search would prove nothing.
    assert any(material in part for part in memory_of(key_process(server))), "the key process does not hold the key"
    parts = memory_of(server.process.pid)
    assert sum(map(len, parts)) > 1 << 20, "the server's memory could not be read"
    assert not any(material in part for part in parts), "the server holds an HSM key"
    for path in server.data.rglob("*"):
        if path.is_file():
            assert material not in path.read_bytes(), f"{path} holds an HSM key"
    return key, blob


def survives_kills(server, client, blob):
    """the key process is killed, comes back by itself, and every acknowledged key and ciphertext works"""
    keys = {}
    for round in range(5):
        spec = ("Aliyun_AES_256", "Aliyun_SM4", "EC_P256", "EC_P256K", "EC_SM2")[round]
        created = client.call("CreateKey", KeySpec=spec, ProtectionLevel="HSM")["KeyMetadata"]
        keys[created["KeyId"]] = spec
        killed = key_process(server)
        subprocess.run(["kill", "-9", str(killed)], check=True)
        deadline = time.monotonic() + 20
        while True:
            try:
                assert client.call("Decrypt", CiphertextBlob=blob)["Plaintext"] == "aGVsbG8="
                break
            except Refusal as refusal:
                assert refusal.status == 503, f"{refusal} instead of 503"
                assert time.monotonic() < deadline, "the key process did not come back"
                time.sleep(0.05)
        assert key_process(server) != killed
    for key, spec in keys.items():
        if spec.startswith("Aliyun"):
            made = client.call("Encrypt", KeyId=key, Plaintext="aGVsbG8=")["CiphertextBlob"]
            assert client.call("Decrypt", CiphertextBlob=made)["KeyId"] == key
        else:
            version = client.call("ListKeyVersions", KeyId=key)["KeyVersions"]["KeyVersion"][0]["KeyVersionId"]
            assert "PUBLIC KEY" in client.call("GetPublicKey", KeyId=key, KeyVersionId=version)["PublicKey"]


def status_of(process):
    lines = (PROC / f"{process}/status").read_text().splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)


def is_confined(server):
    """the key process is confined, both processes lock memory and dump none, and the one ends with the other"""
    process = key_process(server)
    for one in (process, server.process.pid):
        assert re.search(r"^Max core file size +0 +0 ", (PROC / f"{one}/limits").read_text(), re.MULTILINE), one
        assert int(status_of(one)["VmLck"].split()[0]) > 0, status_of(one)
    status = status_of(process)
    assert status["Seccomp"].strip() == "2" and status["NoNewPrivs"].strip() == "1", status
    server.kill()
    for _ in range(100):
        try:
            state = pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return
        if state == "Z":
            return
        time.sleep(0.05)
    raise AssertionError("the key process outlived its server")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", default=built_program(), help="the keyhold-server program (%(default)s)")
    arguments = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="keyhold-hsm-"))
    (folder / "data").mkdir(mode=0o700)
    with (folder / "server.log").open("wb") as log:
        server = Server(arguments.server, folder / "data", log)
        try:
            client = Wire(server.start(), "http", "v1-query")
            _, blob = material_stays_inside(server, client)
            survives_kills(server, client, blob)
            is_confined(server)
        except BaseException:
            print(f"the server's log and data are in {folder}")
            raise
        finally:
            server.kill()
    shutil.rmtree(folder)
    for step in (material_stays_inside, survives_kills, is_confined):
        print(f"pass {step.__doc__}")


if __name__ == "__main__":
    main()
