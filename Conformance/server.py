"""Starts, kills and finds the server under test."""

import dataclasses
import os
import pathlib
import shlex
import signal
import subprocess
import time
import typing


@dataclasses.dataclass(frozen=True)
class Target:
    """Where a server listens and who may call it: what `keyhold-server dev` writes to dev.env."""

    endpoint: str
    tls_endpoint: str
    ca: str
    access_key_id: str
    access_key_secret: str
    account: str
    region: str
    # Ports that stand for regions, where the server has them: one whose HSM is certified in mainland China, one whose
    # HSM is validated by FIPS, and one that has none.
    beijing_endpoint: str = ""
    hongkong_endpoint: str = ""
    frankfurt_endpoint: str = ""
    # Comes with a temporary access key, and is never in a file.
    security_token: str = ""

    NAMES: typing.ClassVar = {
        "endpoint": "KEYHOLD_ENDPOINT",
        "tls_endpoint": "KEYHOLD_TLS_ENDPOINT",
        "ca": "KEYHOLD_CA",
        "access_key_id": "KEYHOLD_ACCESS_KEY_ID",
        "access_key_secret": "KEYHOLD_ACCESS_KEY_SECRET",
        "account": "KEYHOLD_ACCOUNT_ID",
        "region": "KEYHOLD_REGION",
        "beijing_endpoint": "KEYHOLD_ENDPOINT_CN_BEIJING",
        "hongkong_endpoint": "KEYHOLD_ENDPOINT_CN_HONGKONG",
        "frankfurt_endpoint": "KEYHOLD_ENDPOINT_EU_CENTRAL_1",
    }
    REGIONS: typing.ClassVar = {
        "beijing_endpoint": "cn-beijing",
        "hongkong_endpoint": "cn-hongkong",
        "frankfurt_endpoint": "eu-central-1",
    }

    @classmethod
    def of(cls, variables):
        return cls(
            **{
                field: variables.get(name, "") if field in cls.REGIONS else variables[name]
                for field, name in cls.NAMES.items()
            }
        )

    def variables(self):
        return {name: getattr(self, field) for field, name in self.NAMES.items()}


def read_settings(path):
    """The variables of a file that a shell could source."""
    found = {}
    for line in pathlib.Path(path).read_text().splitlines():
        for word in shlex.split(line, comments=True):
            name, separator, value = word.partition("=")
            if separator:
                found[name] = value
    return found


def state_of(path):
    try:
        status = path.stat()
        return status.st_ino, status.st_mtime_ns, status.st_size
    except FileNotFoundError:
        return None


class Server:
    """One server process on one data folder. It can be killed and started again on the same folder."""

    def __init__(self, program, data, log):
        self.program, self.data, self.log = program, pathlib.Path(data), log
        self.process = None
        self.target = None

    def launch(self):
        """Starts the process and waits for nothing."""
        port, tls_port = "0", "0"
        region_ports = {region: "0" for region in Target.REGIONS.values()}
        if self.target:
            # The same ports again, so that clients of a restarted server need not be told.
            port = self.target.endpoint.rpartition(":")[2]
            tls_port = self.target.tls_endpoint.rpartition(":")[2]
            for field, region in Target.REGIONS.items():
                region_ports[region] = getattr(self.target, field).rpartition(":")[2]
        self.process = subprocess.Popen(
            [self.program, "dev", "--port", port, "--tls-port", tls_port]
            + [part for pair in region_ports.items() for part in ("--region-port", "=".join(pair))]
            + ["--data", str(self.data)],
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
        )

    def start(self, patience=60):
        """Starts the server and waits until it listens; returns where."""
        settings = self.data / "dev.env"
        # The server takes up its access key from the file of an earlier run, and writes it anew once it listens.
        before = state_of(settings)
        self.launch()
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with {self.process.returncode} instead of listening")
            if state_of(settings) != before:
                try:
                    self.target = Target.of(read_settings(settings))
                    return self.target
                except (FileNotFoundError, KeyError, ValueError):
                    pass
            time.sleep(0.01)
        self.kill()
        raise RuntimeError(f"the server wrote no {settings} within {patience} s")

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def stop(self, patience=15):
        """Asks the server to end; True if it did so by itself and in time."""
        if not self.process or self.process.poll() is not None:
            return False
        self.process.terminate()
        try:
            return self.process.wait(patience) == 0
        except subprocess.TimeoutExpired:
            self.kill()
            return False


def built_program():
    """The server of this repository's debug build."""
    return os.environ.get("KEYHOLD_SERVER") or str(
        pathlib.Path(__file__).resolve().parent.parent / ".build" / "debug" / "keyhold-server"
    )
