"""The `openssl` command as a second opinion: an implementation that the server's answers must satisfy."""

import pathlib
import subprocess
import tempfile


def openssl(*arguments, check=True, **files):
    """Runs the command in a folder of its own that holds `files`; returns the process and the folder's files after it.

    A file's name is its keyword; `signature=b"..."` is there as `signature`.
    """
    with tempfile.TemporaryDirectory(prefix="keyhold-openssl-") as folder:
        for name, content in files.items():
            (pathlib.Path(folder) / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        process = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, timeout=60)
        if check:
            assert process.returncode == 0, f"openssl {' '.join(arguments)}: {process.stderr.decode(errors='replace')}"
        left = {path.name: path.read_bytes() for path in pathlib.Path(folder).iterdir()}
    return process, left


def verifies(public_key, digest, signature, *options):
    """Whether openssl takes `signature` for one of `digest` (32 bytes of SHA-256)."""
    process, _ = openssl(
        *("pkeyutl", "-verify", "-pubin", "-inkey", "key", "-in", "digest", "-sigfile", "signature"),
        *("-pkeyopt", "digest:sha256"),
        *(part for option in options for part in ("-pkeyopt", option)),
        check=False,
        key=public_key,
        digest=digest,
        signature=signature,
    )
    return process.returncode == 0


def encrypted(public_key, plaintext, *options):
    """`plaintext` encrypted to the public key by openssl."""
    _, left = openssl(
        *("pkeyutl", "-encrypt", "-pubin", "-inkey", "key", "-in", "plaintext", "-out", "ciphertext"),
        *(part for option in options for part in ("-pkeyopt", option)),
        key=public_key,
        plaintext=plaintext,
    )
    return left["ciphertext"]


def describes(public_key):
    """What openssl says the public key is."""
    process, _ = openssl("pkey", "-pubin", "-in", "key", "-noout", "-text", key=public_key)
    return process.stdout.decode()
