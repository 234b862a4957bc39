#!/usr/bin/env python3
"""Administers a running server by its commands: accounts, users, access keys without downtime, cloud services and
their keys, explanations, the audit trail; then the same folder with no server; and the first start of a server."""

import argparse
import json
import os
import pathlib
import re
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time

from server import Server, built_program


class Operator:
    """Runs `keyhold-server` on the data folder, and `keyhold` with an access key."""

    def __init__(self, programs, data, target):
        self.programs, self.data, self.target = programs, data, target
        names = ("KEYHOLD", "ALIBABA", "ALIYUN")
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(names)}

    def run(self, command, environment=None, given=None):
        return subprocess.run(
            command, env=environment or self.environment, input=given, capture_output=True, text=True, timeout=60
        )

    def administer(self, *words, given=None, status=0):
        """What a command of the server prints."""
        group, rest = (words[0].split(), words[1:])
        command = [self.programs / "keyhold-server", *group, "--data", str(self.data), *rest]
        process = self.run(command, given=given)
        said = process.stdout + process.stderr
        assert process.returncode == status, f"{' '.join(map(str, command))} ended with {process.returncode}: {said}"
        return said

    def access_key(self, *words):
        """The access key that a command shows, once."""
        said = self.administer(*words)
        return tuple(re.search(rf"^{name} +(\S+)$", said, re.MULTILINE)[1] for name in ("AccessKeyId", "AccessKeySecret"))

    def call(self, access_key, product, action, **parameters):
        """The answer to an operation, or the code of its refusal."""
        environment = {
            **self.environment,
            **self.target.variables(),
            "KEYHOLD_ACCESS_KEY_ID": access_key[0],
            "KEYHOLD_ACCESS_KEY_SECRET": access_key[1],
            "HOME": str(self.data),
        }
        if len(access_key) > 2:
            environment["KEYHOLD_SECURITY_TOKEN"] = access_key[2]
        command = [self.programs / "keyhold", product, action]
        for name, value in parameters.items():
            command += [f"--{name}", value if isinstance(value, str) else json.dumps(value)]
        process = self.run(command, environment)
        if process.returncode == 0:
            return json.loads(process.stdout)
        code = re.search(r"[A-Z][A-Za-z]+(\.[A-Za-z.]+)?(?=\b)", process.stderr.split("Code", 1)[-1])
        return code[0] if code else process.stderr


ACCOUNT = "4200000000000042"


def accounts(o):
    """an account is made and listed, and its access key is replaced without downtime"""
    first = o.access_key("account create", "--account-id", ACCOUNT)
    assert f"{ACCOUNT}  {first[0]}" in o.administer("account list")
    o.administer("account create", "--account-id", ACCOUNT, status=1)
    assert "EntityNotExist.Account" in o.administer("user create", "--account-id", "9", "bob", status=1)
    second = o.access_key("access-key create", "--account-id", ACCOUNT)
    assert "LimitExceeded" in o.administer("access-key create", "--account-id", ACCOUNT, status=1)
    for key in (first, second):
        assert o.call(key, "sts", "GetCallerIdentity")["AccountId"] == ACCOUNT
    o.administer("access-key deactivate", "--account-id", ACCOUNT, first[0])
    assert o.call(first, "kms", "ListKeys") == "Forbidden.AccessKey"
    assert o.call(second, "kms", "ListKeys")["TotalCount"] == 0
    o.administer("access-key activate", "--account-id", ACCOUNT, first[0])
    assert o.call(first, "kms", "ListKeys")["TotalCount"] == 0
    o.administer("access-key delete", "--account-id", ACCOUNT, first[0])
    assert o.call(first, "kms", "ListKeys") == "InvalidAccessKeyId.NotFound"
    return second


def users(o, root):
    """a user may do what a policy allows, and the operator can ask why"""
    key = o.call(root, "kms", "CreateKey")["KeyMetadata"]
    o.administer("user create", "--account-id", ACCOUNT, "alice")
    alice = o.access_key("access-key create", "--account-id", ACCOUNT, "--user-name", "alice")
    encrypt = ("--account-id", ACCOUNT, "--principal", "user/alice", "--action", "kms:Encrypt", "--resource", key["Arn"])
    assert o.call(alice, "kms", "Encrypt", KeyId=key["KeyId"], Plaintext="x") == "Forbidden.NoPermission"
    assert "no policy is attached" in o.administer("explain", *encrypt, status=1)
    o.administer("user attach", "--account-id", ACCOUNT, "alice", "System/AliyunKMSCryptoUserAccess")
    assert "AliyunKMSCryptoUserAccess" in o.administer("user list", "--account-id", ACCOUNT)
    assert o.call(alice, "kms", "Encrypt", KeyId=key["KeyId"], Plaintext="x")["KeyId"] == key["KeyId"]
    assert o.call(alice, "kms", "DisableKey", KeyId=key["KeyId"]) == "Forbidden.NoPermission"
    assert "Allowed by statement" in o.administer("explain", *encrypt)
    o.administer("user detach", "--account-id", ACCOUNT, "alice", "System/AliyunKMSCryptoUserAccess")
    assert o.call(alice, "kms", "Encrypt", KeyId=key["KeyId"], Plaintext="x") == "Forbidden.NoPermission"
    o.administer("user password", "--account-id", ACCOUNT, "alice", given="a long enough password\n")
    o.administer("user password", "--account-id", ACCOUNT, "alice", given="short\n", status=64)
    o.administer("user delete", "--account-id", ACCOUNT, "alice", status=1)
    o.administer("access-key delete", "--account-id", ACCOUNT, "--user-name", "alice", alice[0])
    o.administer("user delete", "--account-id", ACCOUNT, "alice")
    assert o.call(alice, "kms", "ListKeys") == "InvalidAccessKeyId.NotFound"


def services(o, root):
    """a registered service keeps a key in an account whose role trusts it, and nobody changes that key"""
    oss = o.access_key("service register", "--code", "OSS", "--account-id", ACCOUNT)
    assert oss[0] in o.administer("service list")
    trust = {
        "Version": "1",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": ["oss.aliyuncs.com"]}}
        ],
    }
    o.call(root, "ram", "CreateRole", RoleName="for-oss", AssumeRolePolicyDocument=trust)
    policy = {"PolicyType": "System", "PolicyName": "AliyunKMSCryptoUserAccess", "RoleName": "for-oss"}
    o.call(root, "ram", "AttachPolicyToRole", **policy)
    assert o.call(oss, "kms", "ListKeys") == "Forbidden.NoPermission"
    role = f"acs:ram::{ACCOUNT}:role/for-oss"
    session = o.call(oss, "sts", "AssumeRole", RoleArn=role, RoleSessionName="oss")["Credentials"]
    keys = (session["AccessKeyId"], session["AccessKeySecret"], session["SecurityToken"])
    assert o.call(root, "kms", "DescribeKey", KeyId="alias/acs/oss") == "Forbidden.AliasNotFound"
    made = o.call(keys, "kms", "GenerateDataKey", KeyId="alias/acs/oss")
    assert o.call(keys, "kms", "Decrypt", CiphertextBlob=made["CiphertextBlob"])["KeyId"] == made["KeyId"]
    metadata = o.call(root, "kms", "DescribeKey", KeyId="alias/acs/oss")["KeyMetadata"]
    assert (metadata["Creator"], metadata["ProtectionLevel"]) == ("OSS", "SOFTWARE"), metadata
    only = [{"Key": "CreatorType", "Values": ["Service"]}]
    assert o.call(root, "kms", "ListKeys", Filters=only)["TotalCount"] == 1
    for action in ("DisableKey", "ScheduleKeyDeletion"):
        assert o.call(root, "kms", action, KeyId=made["KeyId"]) == "Rejected.UnsupportedOperation"
    assert o.call(root, "kms", "CreateAlias", KeyId=made["KeyId"], AliasName="alias/acs/mine") == "InvalidParameter"
    o.administer("service remove", "--code", "OSS")
    assert o.call(oss, "sts", "GetCallerIdentity") == "InvalidAccessKeyId.NotFound"


def rotations(o, root):
    """the root key is rotated while the server runs, by plan and at once, and access keys work on"""
    assert "Generation        1\n" == o.administer("root rotation")
    said = o.administer("root rotate")
    assert "Generation        2\n" in said and "Rotating from     1\n" in said and "until 20" in said, said
    assert "Rejected.RotationUnderWay" in o.administer("root rotate", status=1)
    key = o.call(root, "kms", "CreateKey")["KeyMetadata"]["KeyId"]
    assert "Tokens accepted   none" in o.administer("root rotate", "--at-once")
    deadline = time.monotonic() + 60
    while "Rotating" in (said := o.administer("root rotation")):
        assert time.monotonic() < deadline, said
        time.sleep(0.1)
    assert said == "Generation        2\n", said
    assert o.call(root, "kms", "Encrypt", KeyId=key, Plaintext="x")["KeyId"] == key


def trail(o):
    """the operator's work is in the trail, and the trail is whole"""
    found = [json.loads(line) for line in (o.data / "audit.jsonl").read_text().splitlines()]
    by_operator = {record.get("action") for record in found if record.get("principal") == f"operator/{os.getuid()}"}
    assert {"CreateAccount", "CreateUser", "RegisterService", "Explain", "RotateRootKey", "SetPasswordHash"} <= by_operator, by_operator
    assert "ServiceCreateKey" in {record.get("action") for record in found}
    o.administer("audit verify")


def ask(path):
    """What the socket answers to a request for all accounts; nothing where it closes the connection."""
    body = b"Action=ListAccounts&Version=keyhold-1"
    head = "POST / HTTP/1.1\r\nHost: administration\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        try:
            connection.connect(str(path))
            connection.sendall(head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            return connection.recv(65536).decode()
        except (BrokenPipeError, ConnectionResetError):
            return ""
        except PermissionError:
            return "permission denied"


def ask_as_nobody(path):
    """The same from a process of the user nobody. It is forked, since nobody may not be able to start this Python."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        status = 1
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            os.write(writing, ask(path).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        answer = pipe.read()
    assert os.waitpid(process, 0)[1] == 0
    return answer


def strangers(o):
    """another user of the machine is turned away, even where the folder and the socket are open to all"""
    path = o.data / "administration.sock"
    assert mode(path) == 0o600, oct(mode(path))
    assert ACCOUNT in ask(path)
    if os.geteuid() != 0:
        return "not tested: only root can ask as somebody else"
    assert ask_as_nobody(path) == "permission denied"
    opened = [(path, 0o666), (o.data, 0o755), (o.data.parent, 0o755)]
    before = [(place, mode(place)) for place, _ in opened]
    try:
        for place, bits in opened:
            place.chmod(bits)
        assert ask_as_nobody(path) == ""
        assert "a stranger asked to administer" in (o.data.parent / "server.log").read_text()
    finally:
        for place, bits in before:
            place.chmod(bits)
    assert ACCOUNT in ask(path)
    return None


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def first_start(program, folder):
    """the first start makes one account and shows its access key to the server's user alone; later ones make none"""
    data, journal = folder / "served", folder / "served.log"
    shown = data / "first-access-key"
    o = Operator(program.parent, data, None)
    command = [program, "serve", "--data-directory", str(data), "--http-port", "0", "--log-level", "info"]

    def accounts_served():
        with journal.open("wb") as log:
            process = subprocess.Popen(command, env=o.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + 60
            while "serving" not in journal.read_text():
                assert process.poll() is None and time.monotonic() < deadline, journal.read_text()
                time.sleep(0.01)
            return o.administer("account list").splitlines()
        finally:
            process.terminate()
            assert process.wait(15) == 0

    made = accounts_served()
    assert len(made) == 1 and mode(shown) == 0o600 and mode(data) == 0o700, made
    text = shown.read_text()
    form = r"AccountId +(\d+)\nAccessKeyId +(LTAI\w+)\nAccessKeySecret +(\w{30})\n+"
    account, key, secret = re.fullmatch(form, text).groups()
    assert made == [f"{account}  {key}"] and secret not in journal.read_text(), made
    assert accounts_served() == made and shown.read_text() == text
    shown.unlink()
    assert accounts_served() == made and not shown.exists()


def alone(o):
    """without a server the commands open the folder themselves"""
    assert ACCOUNT in o.administer("account list")
    assert not (o.data / "administration.sock").exists()
    o.access_key("account create", "--account-id", "43")
    assert "Rotating from     2\n" in o.administer("root rotate", "--at-once")
    assert ACCOUNT in o.administer("account list")
    assert "Rotating from     2\n" in o.administer("root rotation")
    o.administer("audit verify")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default=built_program(), help="the keyhold-server program (%(default)s)")
    arguments = parser.parse_args()
    program = pathlib.Path(arguments.server).resolve()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="keyhold-operator-"))
    data = folder / "data"
    data.mkdir(mode=0o700)
    with (folder / "server.log").open("wb") as log:
        server = Server(program, data, log)
        try:
            o = Operator(program.parent, data, server.start())
            root = accounts(o)
            for step in (users, services, rotations):
                step(o, root)
            untested = strangers(o)
            trail(o)
            assert server.stop(), "the server did not end by itself"
            alone(o)
            first_start(program, folder)
        except BaseException:
            print(f"the server's log and data are in {folder}")
            raise
        finally:
            server.kill()
    shutil.rmtree(folder)
    for step in (accounts, users, services, rotations, strangers, trail, alone, first_start):
        skipped = f" ({untested})" if step is strangers and untested else ""
        print(f"{'skip' if skipped else 'pass'} {step.__doc__}{skipped}")


if __name__ == "__main__":
    main()
