#!/usr/bin/env python3
"""Guards the root key of a running server in every way, takes a backup of its database, and brings that to life on
another machine: with recovery shares, with a passphrase, a token or a TPM."""

import argparse
import base64
import contextlib
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time

from administration import Operator, mode
from server import Server, built_program
from softhsm import Token

PASSPHRASE = "a passphrase that nobody guesses"


class Machine:
    """What lies outside the database: files with secrets, a TPM and a token in software."""

    def __init__(self, folder):
        self.folder = folder
        self.passphrase = folder / "passphrase"
        self.passphrase.write_text(PASSPHRASE + "\n")
        self.passphrase.chmod(0o600)
        self.shares = folder / "shares"
        self.socket = folder / "tpm.socket"
        (folder / "tpm").mkdir()
        self.tpm = None
        self.token = Token(folder, "root")

    @property
    def tcti(self):
        return f"swtpm:path={self.socket}"

    def start_tpm(self):
        command = ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.folder / 'tpm'}"]
        command += ["--server", f"type=unixio,path={self.socket}", "--ctrl", f"type=unixio,path={self.socket}.ctrl"]
        self.tpm = subprocess.Popen(command + ["--flags", "not-need-init,startup-clear"], stderr=subprocess.DEVNULL)
        # Its sockets are there a moment before it listens to them.
        while not (listens(self.socket) and listens(f"{self.socket}.ctrl")):
            assert self.tpm.poll() is None, "swtpm does not run"
            time.sleep(0.01)

    def stop_tpm(self):
        if self.tpm:
            self.tpm.kill()
            self.tpm.wait()


def listens(path):
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


@contextlib.contextmanager
def settings(o, variables):
    o.environment.update(variables)
    try:
        yield
    finally:
        for name in variables:
            del o.environment[name]


def listed(o):
    """The kinds of the slots by their ids, and the root's fingerprint."""
    said = o.administer("root list")
    slots = re.findall(r"^([0-9a-f-]{36})  (\w+)$", said, re.MULTILINE)
    return dict(slots), re.search(r"fingerprint (\S+)$", said, re.MULTILINE)[1]


def guards(o, machine):
    """slots of every kind are added and tried while the server runs"""
    slots, _ = listed(o)
    assert list(slots.values()) == ["file"], slots
    o.administer("root add shares", "--threshold", "2", "--shares", "3", "--out", str(machine.shares))
    assert sorted(path.name for path in machine.shares.iterdir()) == [f"share-{i}.txt" for i in (1, 2, 3)]
    assert all(mode(path) == 0o600 for path in machine.shares.iterdir())
    o.administer("root add passphrase", "--passphrase-file", str(machine.passphrase))
    o.administer("root add tpm", "--tcti", machine.tcti, "--pcr", "7")
    assert "root.pkcs11.module" in o.administer("root add pkcs11", status=1)
    with settings(o, machine.token.settings("ROOT")):
        o.administer("root add pkcs11")
    o.administer("root add file", "--out", str(machine.folder / "second.key"))
    assert "exists already" in o.administer("root add file", "--out", str(machine.folder / "second.key"), status=1)
    slots, _ = listed(o)
    assert list(slots.values()) == ["file", "shares", "passphrase", "tpm", "pkcs11", "file"], slots
    return {kind: slot for slot, kind in reversed(slots.items())}, list(slots)[-1]


def trials(o, machine, slots, second):
    """each slot opens with its guard; with another one the command says why it does not"""
    share = lambda number: ("--share", str(machine.shares / f"share-{number}.txt"))
    o.administer("root test", slots["file"])
    o.administer("root test", second, "--key-file", str(machine.folder / "second.key"))
    assert "belongs to slot" in o.administer("root test", second, status=1)
    o.administer("root test", slots["shares"], *share(3), *share(1))
    assert "It takes 2 of its 3 shares" in o.administer("root test", slots["shares"], *share(2), status=1)
    damaged = machine.folder / "damaged.txt"
    text = (machine.shares / "share-1.txt").read_text()
    damaged.write_text(text[:-2] + ("0" if text[-2] != "0" else "1") + "\n")
    assert "checksum" in o.administer("root test", slots["shares"], "--share", str(damaged), *share(2), status=1)
    o.administer("root test", slots["passphrase"], "--passphrase-file", str(machine.passphrase))
    o.administer("root test", slots["passphrase"], "--passphrase-file", "-", given=PASSPHRASE + "\n")
    said = o.administer("root test", slots["passphrase"], "--passphrase-file", "-", given="not that one\n", status=1)
    assert "passphrase is wrong" in said, said
    machine.passphrase.chmod(0o644)
    said = o.administer("root test", slots["passphrase"], "--passphrase-file", str(machine.passphrase), status=1)
    assert "chmod 600" in said, said
    machine.passphrase.chmod(0o600)
    o.administer("root test", slots["tpm"], "--tcti", machine.tcti)
    with settings(o, machine.token.settings("ROOT")):
        o.administer("root test", slots["pkcs11"])
    wrong = machine.folder / "wrong-pin"
    wrong.write_text("161803\n")
    wrong.chmod(0o600)
    with settings(o, machine.token.settings("ROOT", wrong)):
        assert "CKR_PIN_INCORRECT" in o.administer("root test", slots["pkcs11"], status=1)
    assert "There is no slot" in o.administer("root test", "00000000-0000-0000-0000-000000000001", status=1)


def removal(o, second):
    """a slot is removed while the server runs, and an unknown one is not"""
    assert "must be rotated" in o.administer("root remove", second)
    assert "EntityNotExist.RootKeySlot" in o.administer("root remove", second, status=1)
    assert "InvalidParameter" in o.administer("root remove", "first", status=1)
    actions = re.findall(r'"action":"(\w*RootKeySlots?)"', (o.data / "audit.jsonl").read_text())
    assert {"ListRootKeySlots", "AddRootKeySlot", "RemoveRootKeySlot"} == set(actions), actions


def backup(o, machine, access_key):
    """a backup that is taken while keys are made is whole, and no file is overwritten"""
    key = o.call(access_key, "kms", "CreateKey")["KeyMetadata"]["KeyId"]
    text = base64.b64encode(b"before the flood").decode()
    ciphertext = o.call(access_key, "kms", "Encrypt", KeyId=key, Plaintext=text)["CiphertextBlob"]
    making = subprocess.Popen(
        [o.programs / "keyhold", "kms", "CreateKey"],
        env={**o.environment, **o.target.variables(), "HOME": str(o.data)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    copy = machine.folder / "backup.sqlite"
    o.administer("backup", str(copy))
    making.wait(60)
    assert mode(copy) == 0o600
    assert sorted(path.name for path in machine.folder.glob("backup*")) == ["backup.sqlite"]
    assert "exists already" in o.administer("backup", str(copy), status=1)
    return copy, ciphertext, text


def restored(machine, copy, name):
    folder = machine.folder / name
    folder.mkdir(mode=0o700)
    shutil.copy(copy, folder / "keyhold.sqlite")
    return folder


def recovery(o, machine, copy, access_key, ciphertext, text, fingerprint):
    """two shares and a backup make a server that decrypts what the lost one encrypted"""
    data = restored(machine, copy, "recovered")
    there = Operator(o.programs, data, None)
    share = lambda number: ("--share", str(machine.shares / f"share-{number}.txt"))
    assert "It takes 2 of its 3 shares" in there.administer("root recover", *share(1), status=1)
    assert not (data / "root.key").exists() and not (data / "root.pin").exists()
    said = there.administer("root recover", *share(3), *share(2))
    assert fingerprint in said, said
    assert mode(data / "root.key") == 0o600 and mode(data / "root.pin") == 0o600
    there.administer("root recover", *share(3), *share(2))
    assert list(listed(there)[0].values()).count("file") == 2
    with (machine.folder / "recovered.log").open("wb") as log:
        server = Server(o.programs / "keyhold-server", data, log)
        try:
            there.target = server.start()
            answer = there.call(access_key, "kms", "Decrypt", CiphertextBlob=ciphertext)
            assert answer["Plaintext"] == text, answer
            assert server.stop()
        finally:
            server.kill()


def unattended(o, machine, copy):
    """a server without a key file starts with a passphrase, a token or a TPM that its settings name, and not without"""
    data = restored(machine, copy, "unattended")
    command = [o.programs / "keyhold-server", "serve", "--data-directory", str(data), "--http-port", "0"]

    def start(*settings):
        journal = machine.folder / "unattended.log"
        with journal.open("wb") as log:
            process = subprocess.Popen([*command, *settings], env=o.environment, stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while "serving" not in journal.read_text():
            if process.poll() is not None or time.monotonic() > deadline:
                break
            time.sleep(0.01)
        running = process.poll() is None
        process.terminate()
        process.wait(15)
        return running, journal.read_text()

    running, said = start()
    assert not running and "No slot of the root key opens" in said and "root.passphrase.file is not set" in said, said
    assert start("--root-passphrase-file", str(machine.passphrase))[0]
    with settings(o, machine.token.settings("ROOT")):
        assert start()[0]
    assert start("--root-tpm-tcti", machine.tcti)[0]
    machine.stop_tpm()
    running, said = start("--root-tpm-tcti", machine.tcti)
    assert not running and "cannot be used" in said, said
    running, said = start("--root-tpm-tcti", machine.tcti, "--root-passphrase-file", str(machine.passphrase))
    assert running, said


def alone(o):
    """without a server the commands open the folder themselves, and the last slot stays"""
    slots, _ = listed(o)
    for slot in list(slots)[1:]:
        o.administer("root remove", slot)
    assert "the last slot" in o.administer("root remove", list(slots)[0], status=1)
    o.administer("backup", str(o.data.parent / "alone.sqlite"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default=built_program(), help="the keyhold-server program (%(default)s)")
    arguments = parser.parse_args()
    program = pathlib.Path(arguments.server).resolve()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="keyhold-root-"))
    data = folder / "data"
    data.mkdir(mode=0o700)
    machine = Machine(folder)
    with (folder / "server.log").open("wb") as log:
        server = Server(program, data, log)
        try:
            machine.start_tpm()
            o = Operator(program.parent, data, server.start())
            access_key = (o.target.access_key_id, o.target.access_key_secret)
            machine.token.make()
            o.environment.update(machine.token.environment)
            slots, second = guards(o, machine)
            trials(o, machine, slots, second)
            removal(o, second)
            copy, ciphertext, text = backup(o, machine, access_key)
            fingerprint = listed(o)[1]
            assert server.stop(), "the server did not end by itself"
            recovery(o, machine, copy, access_key, ciphertext, text, fingerprint)
            unattended(o, machine, copy)
            alone(o)
        except BaseException:
            print(f"the server's log and data are in {folder}")
            raise
        finally:
            server.kill()
            machine.stop_tpm()
    shutil.rmtree(folder)
    for step in (guards, trials, removal, backup, recovery, unattended, alone):
        print(f"pass {step.__doc__}")


if __name__ == "__main__":
    main()
