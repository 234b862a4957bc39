"""Tokens in software (SoftHSM2), each in a folder of its own."""

import os
import pathlib
import subprocess

MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
)
PIN = "271828"


def module():
    """The module's path; None where it is not installed."""
    return next((path for path in MODULES if pathlib.Path(path).exists()), None)


class Token:
    """A token of that label in `folder`, with its PIN in a file there."""

    def __init__(self, folder, label):
        self.label, self.pin = label, folder / "pin"
        (folder / "tokens").mkdir()
        configuration = folder / "softhsm2.conf"
        configuration.write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
        self.pin.write_text(PIN + "\n")
        self.pin.chmod(0o600)
        self.environment = {"SOFTHSM2_CONF": str(configuration)}

    def make(self):
        command = ["softhsm2-util", "--init-token", "--free", "--label", self.label, "--pin", PIN, "--so-pin", "314159"]
        environment = {**os.environ, **self.environment}
        process = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
        assert process.returncode == 0, process.stdout + process.stderr

    def settings(self, prefix, pin=None):
        """The variables that name the token to keyhold-server, under a prefix such as `HSM`."""
        values = {"MODULE": module(), "LABEL": self.label, "PIN_FILE": str(pin or self.pin)}
        return {f"KEYHOLD_{prefix}_PKCS11_{name}": value for name, value in values.items()}
