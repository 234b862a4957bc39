"""Compares what writers were told with what a restarted server knows."""

import collections
import json
import subprocess

from harness import Refusal

REPLAYED = "sent again after the last kill"


def pages(client, action, wrapper, item):
    rows, number = [], 1
    while True:
        answer = client.call(action, PageNumber=number, PageSize=100)
        rows += answer[wrapper][item]
        if len(rows) >= answer["TotalCount"] or not answer[wrapper][item]:
            assert len(rows) == answer["TotalCount"], f"{action} lists {len(rows)} of {answer['TotalCount']}"
            return rows
        number += 1


class Findings(list):
    def check(self, what, function, *arguments):
        try:
            return function(*arguments)
        except (AssertionError, Refusal, KeyError) as error:
            self.append(f"{what}: {type(error).__name__} {error}")
            return None


def check_keys(client, writers, findings):
    rows = findings.check("listing the keys", pages, client, "ListKeys", "Keys", "Key") or []
    listed = {row["KeyId"] for row in rows}
    known = {key: fields for writer in writers for key, fields in writer.keys.items()}
    unanswered = set().union(*(writer.asked_descriptions for writer in writers))
    for key in known.keys() - listed:
        findings.append(f"key {key} was acknowledged and is missing from ListKeys")
    for key in listed | known.keys():
        findings.check(f"key {key}", check_key, client, key, known.get(key), unanswered)
    return listed


def check_key(client, key, fields, unanswered):
    metadata = client.call("DescribeKey", KeyId=key)["KeyMetadata"]
    tags = client.call("ListResourceTags", KeyId=key)["Tags"]["Tag"]
    if fields is None:
        assert metadata["Description"] in unanswered | {REPLAYED}, f"nobody asked for it: {metadata}"
    else:
        for name in ("Description", "KeyState"):
            fields[name].settle(metadata[name], name)
        fields["tag"].settle(tags[0]["TagValue"] if tags else None, "its tag")
    versions = client.call("ListKeyVersions", KeyId=key)
    assert versions["TotalCount"] == 1, f"it has {versions['TotalCount']} versions"
    version = versions["KeyVersions"]["KeyVersion"][0]["KeyVersionId"]
    assert version == metadata["PrimaryKeyVersion"], f"its version is {version}, its primary one {metadata}"
    if metadata["KeyState"] == "Disabled":
        client.call("EnableKey", KeyId=key)
    blob = client.call("Encrypt", KeyId=key, Plaintext="whole")["CiphertextBlob"]
    assert client.call("Decrypt", CiphertextBlob=blob)["Plaintext"] == "whole"


def check_aliases(client, writers, findings, keys):
    rows = findings.check("listing the aliases", pages, client, "ListAliases", "Aliases", "Alias") or []
    listed = {row["AliasName"]: row["KeyId"] for row in rows}
    known = {name: belief for writer in writers for name, belief in writer.aliases.items()}
    for name, belief in known.items():
        findings.check(f"alias {name}", belief.settle, listed.get(name), "its key")
    for name, key in listed.items():
        if name not in known:
            findings.append(f"alias {name} is listed and nobody asked for it")
        if key not in keys:
            findings.append(f"alias {name} points to {key}, which is not listed")


def check_blobs(client, writers, findings):
    for writer in writers:
        for blob, plaintext, context, key in writer.blobs:
            answer = findings.check(
                f"a ciphertext of {key}", lambda: client.call("Decrypt", CiphertextBlob=blob, EncryptionContext=context)
            )
            if answer and (answer["Plaintext"], answer["KeyId"]) != (plaintext, key):
                findings.append(f"a ciphertext of {key} decrypts to something else")


def check_trail(path, writers, findings):
    records, torn = collections.defaultdict(list), 0
    for line in path.read_bytes().split(b"\n"):
        if not line:
            continue
        try:
            # A line may follow a piece of one that could not be written whole.
            record = json.loads(line[max(line.rfind(b'{"v":2,"node":"'), 0) :])
        except ValueError:
            torn += 1
            continue
        if record["kind"] in ("request", "recovered"):
            records[record["requestId"].lower()].append(record)
    asked = 0
    for writer in writers:
        for request_id, action in writer.acknowledged:
            found = records.get(request_id, [])
            asked += 1
            if len(found) != 1:
                findings.append(f"{action} {request_id} was acknowledged and is {len(found)} times in the trail")
            elif (found[0]["action"], found[0]["outcome"]) != (action, "success"):
                findings.append(f"{action} {request_id} is in the trail as {found[0]}")
    return asked, torn


def check_chains(program, data, findings):
    """Verifies the trail's chains, MACs and signatures, and its ends by the database; returns what is said of it."""
    verify = subprocess.run(
        [program, "audit", "verify", "--data", str(data)], capture_output=True, text=True, timeout=300, check=False
    )
    if verify.returncode:
        findings.append(f"the trail is not whole: {verify.stdout[:2000]}{verify.stderr[:500]}")
    return verify.stdout.splitlines()[-1] if verify.stdout else ""


def prepare_replays(client, findings):
    """Requests that made a change and were acknowledged, as they stood on the wire."""
    key = client.call("CreateKey", Description=REPLAYED)["KeyMetadata"]["KeyId"]
    description = {"KeyId": key, "Description": REPLAYED}
    requests = {
        # Changes nothing now, but would if it were sent again after the request that follows it.
        "EnableKey of an enabled key": client.v1("POST", client.common("EnableKey"), {"KeyId": key}),
        "UpdateKeyDescription (V1)": client.v1("POST", client.common("UpdateKeyDescription"), description),
        "DisableKey (V1, no nonce)": client.v1("GET", client.common("DisableKey", SignatureNonce=None), {"KeyId": key}),
        "TagResource (ACS3)": client.v3("TagResource", {"KeyId": key, "Tags": '[{"TagKey":"a","TagValue":"b"}]'}),
    }
    for request in requests.values():
        findings.check("a change before the last kill", client.understood, client.send(*request))
    return requests


def check_replays(client, requests, findings):
    for what, request in requests.items():
        answer = client.send(*request)
        code = answer.json().get("Code")
        if (answer.status, code) != (400, "SignatureNonceUsed"):
            findings.append(f"{what}, sent again after a restart, is answered {answer.status} {code}")
