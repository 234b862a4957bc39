#!/usr/bin/env python3
"""Replays the command lines of the manual's chapters 4.3, 5.2, 5.3 and 6.2 in a shell, with `aliyun` being our own command.

Each step is the manual's, its placeholders filled with what the step before it printed.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from server import Server, built_program


class Shell:
    """A folder in which command lines run with `aliyun` on the path and an access key in the environment."""

    def __init__(self, folder, target, program):
        self.folder = folder
        commands = folder / "bin"
        commands.mkdir()
        (commands / "aliyun").symlink_to(program)
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("KEYHOLD", "ALIBABA", "ALIYUN"))},
            **target.variables(),
            "PATH": f"{commands}:{os.environ['PATH']}",
            "HOME": str(folder),
        }

    def run(self, line):
        process = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", line],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        if process.returncode != 0:
            raise AssertionError(f"{line}\n  ended with {process.returncode}: {process.stdout}{process.stderr}")
        return process.stdout

    def json(self, line):
        return json.loads(self.run(line))

    def new_key(self, options):
        """The ids of a new key and of its first version."""
        key = self.json(f"aliyun kms CreateKey {options}")["KeyMetadata"]["KeyId"]
        versions = self.json(f"aliyun kms ListKeyVersions --KeyId={key}")["KeyVersions"]["KeyVersion"]
        return key, versions[0]["KeyVersionId"]

    def public_key(self, key, version, file):
        pem = self.json(f"aliyun kms GetPublicKey --KeyId={key} --KeyVersionId={version}")["PublicKey"]
        self.run(f'echo "{pem}" > {file}')


# wrapping algorithm, options of the printed `openssl rsautl`, and of `openssl pkeyutl` for the others
WRAPPINGS = (
    ("RSAES_OAEP_SHA_1", "-oaep", "-pkeyopt rsa_padding_mode:oaep"),
    ("RSAES_PKCS1_V1_5", "-pkcs", "-pkeyopt rsa_padding_mode:pkcs1"),
    ("RSAES_OAEP_SHA_256", None, "-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256"),
)


def import_key_material(shell, options=""):
    """Manual 4.3."""
    has_rsautl = "rsautl" in shell.run("openssl list -commands")
    for algorithm, printed, modern in WRAPPINGS:
        created = shell.json(f'aliyun kms CreateKey --Origin EXTERNAL --Description "External key"{options}')
        key = created["KeyMetadata"]["KeyId"]
        parameters = shell.json(
            f"aliyun kms GetParametersForImport --KeyId {key} --WrappingAlgorithm {algorithm} --WrappingKeySpec RSA_2048"
        )
        shell.run(f"echo -n {parameters['PublicKey']} > PublicKey_base64.txt")
        shell.run("openssl rand -out KeyMaterial.bin 32")
        shell.run("openssl enc -d -base64 -A -in PublicKey_base64.txt -out PublicKey.bin")
        if printed and has_rsautl:
            command, padding = "rsautl", printed
        else:
            command, padding = "pkeyutl", modern
        shell.run(
            f"openssl {command} -encrypt -in KeyMaterial.bin {padding} -inkey PublicKey.bin -keyform DER -pubin "
            "-out EncryptedKeyMaterial.bin"
        )
        shell.run("openssl enc -e -base64 -A -in EncryptedKeyMaterial.bin -out EncryptedKeyMaterial_base64.txt")
        material = shell.run("cat EncryptedKeyMaterial_base64.txt")
        shell.run(
            f"aliyun kms ImportKeyMaterial --KeyId {key} --EncryptedKeyMaterial {material} "
            f"--ImportToken {parameters['ImportToken']}"
        )
        metadata = shell.json(f"aliyun kms DescribeKey --KeyId {key}")["KeyMetadata"]
        assert metadata["KeyState"] == "Enabled" and metadata["Origin"] == "EXTERNAL", metadata
        shell.run(f"aliyun kms DeleteKeyMaterial --KeyId {key}")
        metadata = shell.json(f"aliyun kms DescribeKey --KeyId {key}")["KeyMetadata"]
        assert metadata["KeyState"] == "PendingImport", metadata


def encrypt_and_decrypt(shell):
    """Manual 5.2."""
    key, version = shell.new_key("--KeySpec=RSA_2048 --KeyUsage=ENCRYPT/DECRYPT --ProtectionLevel=HSM")
    shell.public_key(key, version, "rsa_publickey.pub")
    shell.run('echo "this is plaintext" > plaintext-file.txt')
    shell.run(
        r"""openssl pkeyutl -encrypt -in plaintext-file.txt \
-inkey rsa_publickey.pub -pubin \
-pkeyopt rsa_padding_mode:oaep \
-pkeyopt rsa_oaep_md:sha256 \
-pkeyopt rsa_mgf1_md:sha256 \
-out plaintext-file.enc"""
    )
    ciphertext = shell.run("openssl base64 -in plaintext-file.enc").replace("\n", "")
    answer = shell.json(
        rf"""aliyun kms AsymmetricDecrypt \
--KeyId {key} \
--KeyVersionId {version} \
--Algorithm RSAES_OAEP_SHA_256 \
--CiphertextBlob {ciphertext}"""
    )
    plaintext = shell.run(f"echo {answer['Plaintext']} | openssl base64 -d")
    assert plaintext == "this is plaintext\n", plaintext


# key type, algorithm, stem of the public key's file, of the signature's file, options of `openssl dgst`
SIGNATURES = (
    ("RSA_2048", "RSA_PSS_SHA_256", "rsa", "rsa_pss", "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:-1"),
    ("RSA_2048", "RSA_PKCS1_SHA_256", "rsa", "rsa_pkcs1", ""),
    ("EC_P256", "ECDSA_SHA_256", "ec_p256", "ec_p256", ""),
    ("EC_P256K", "ECDSA_SHA_256", "ec_p256k", "ec_p256k", ""),
)


def sign_and_verify(shell):
    """Manual 5.3."""
    keys = {
        spec: shell.new_key(f"--KeySpec={spec} --KeyUsage=SIGN/VERIFY --ProtectionLevel=HSM")
        for spec in ("RSA_2048", "EC_P256", "EC_P256K")
    }
    shell.run('echo "this is message" > message-file.txt')
    shell.run("openssl dgst -sha256 -binary -out message-sha256.bin message-file.txt")
    digest = shell.run("openssl base64 -in message-sha256.bin").strip()
    for spec, algorithm, public_key, signature, options in SIGNATURES:
        key, version = keys[spec]
        answer = shell.json(
            f"aliyun kms AsymmetricSign --KeyId={key} --KeyVersionId={version} \\\n"
            f"  --Algorithm={algorithm} --Digest={digest}"
        )
        shell.run(f"echo {answer['Value']} | openssl base64 -d -out {signature}_signature.bin")
        shell.public_key(key, version, f"{public_key}_publickey.pub")
        verdict = shell.run(
            f"openssl dgst -verify {public_key}_publickey.pub -sha256 {options} "
            f"-signature {signature}_signature.bin message-file.txt"
        )
        assert verdict == "Verified OK\n", (spec, algorithm, verdict)


# What 6.2 prints of a described key, and what of it does not change from key to key.
DESCRIBED = {
    "Description": "Key1 in Managed HSM",
    "KeyState": "Enabled",
    "KeyUsage": "ENCRYPT/DECRYPT",
    "DeleteDate": "",
    "Origin": "Aliyun_KMS",
    "MaterialExpireTime": "",
    "ProtectionLevel": "HSM",
}


def use_managed_hsm(shell):
    """Manual 6.2."""
    created = shell.json('aliyun kms CreateKey --ProtectionLevel HSM --Description "Key1 in Managed HSM"')
    metadata = shell.json(f"aliyun kms DescribeKey --KeyId {created['KeyMetadata']['KeyId']}")["KeyMetadata"]
    assert DESCRIBED.items() <= metadata.items(), metadata
    assert {"CreationDate", "KeyId", "Creator", "Arn"} <= set(metadata), metadata
    import_key_material(shell, " --ProtectionLevel HSM")


CHAPTERS = (import_key_material, encrypt_and_decrypt, sign_and_verify, use_managed_hsm)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default=built_program(), help="the keyhold-server program (%(default)s)")
    arguments = parser.parse_args()
    program = pathlib.Path(arguments.server).resolve().with_name("keyhold")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="keyhold-manual-"))
    (folder / "data").mkdir(mode=0o700)
    failed = 0
    with (folder / "server.log").open("wb") as log:
        server = Server(arguments.server, folder / "data", log)
        try:
            shell = Shell(folder, server.start(), program)
            for chapter in CHAPTERS:
                try:
                    chapter(shell)
                    print(f"pass {chapter.__doc__}")
                except AssertionError as error:
                    failed += 1
                    print(f"FAIL {chapter.__doc__} {error}")
        finally:
            server.kill()
    if failed:
        print(f"the server's log and data are in {folder}")
    else:
        shutil.rmtree(folder)
    print(f"{len(CHAPTERS) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
