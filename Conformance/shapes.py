"""What the documents say answers look like: names, types and formats of fields."""

import datetime
import re
import uuid

DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")
INTERVAL = re.compile(r"[1-9]\d*s\Z")

ALWAYS = {
    "KeyId",
    "Arn",
    "CreationDate",
    "Creator",
    "Description",
    "KeySpec",
    "KeyUsage",
    "KeyState",
    "Origin",
    "ProtectionLevel",
    "DeleteDate",
    "MaterialExpireTime",
    "PrimaryKeyVersion",
    "AutomaticRotation",
    "LastRotationDate",
}
ROTATING = {"RotationInterval", "NextRotationDate"}


def uuid_text(text):
    assert isinstance(text, str) and str(uuid.UUID(text)) == text, f"{text!r} is no lower-case UUID"
    return True


def check_date(text):
    assert isinstance(text, str) and DATE.match(text), f"{text!r} is no date of the form yyyy-MM-ddTHH:mm:ssZ"


def check_request_id(answer):
    assert isinstance(answer, dict), answer
    uuid_text(answer.get("RequestId"))


def seconds_between(one, other):
    form = "%Y-%m-%dT%H:%M:%SZ"
    return (datetime.datetime.strptime(other, form) - datetime.datetime.strptime(one, form)).total_seconds()


def text_fields(fields):
    for name, value in fields.items():
        assert isinstance(value, str), f"{name} is {value!r}, not a string"


def check_key(metadata, target, described=False, **expected):
    """KeyMetadata of a symmetric key: exactly the documented fields, each of its type, and what is expected of some."""
    text_fields(metadata)
    wanted = set(ALWAYS)
    if metadata.get("AutomaticRotation") in ("Enabled", "Suspended"):
        wanted |= ROTATING
    if described:
        wanted.add("DeletionProtection")
    got = set(metadata)
    if metadata.get("Origin") == "EXTERNAL" and metadata.get("KeyState") == "PendingImport":
        # A key that never had material has no version.
        wanted -= {"PrimaryKeyVersion"} - got
    if described and metadata.get("DeletionProtection") == "Enabled":
        got.discard("DeletionProtectionDescription")
    assert got == wanted, f"missing {wanted - got}, not documented here {got - wanted}"
    uuid_text(metadata["KeyId"])
    if "PrimaryKeyVersion" in metadata:
        uuid_text(metadata["PrimaryKeyVersion"])
    assert metadata["Arn"] == f"acs:kms:{target.region}:{target.account}:key/{metadata['KeyId']}", metadata["Arn"]
    assert metadata["Creator"] == target.account, metadata["Creator"]
    for name in ("CreationDate", "LastRotationDate", *(ROTATING & got - {"RotationInterval"})):
        check_date(metadata[name])
    if metadata["KeyState"] == "PendingDeletion":
        check_date(metadata["DeleteDate"])
    else:
        assert metadata["DeleteDate"] == "", metadata["DeleteDate"]
    if "RotationInterval" in metadata:
        assert INTERVAL.match(metadata["RotationInterval"]), metadata["RotationInterval"]
    fixed = {
        "KeySpec": "Aliyun_AES_256",
        "KeyUsage": "ENCRYPT/DECRYPT",
        "Origin": "Aliyun_KMS",
        "ProtectionLevel": "SOFTWARE",
        "MaterialExpireTime": "",
    }
    for name, value in {**fixed, **expected}.items():
        assert metadata[name] == value, f"{name} is {metadata[name]!r}, not {value!r}"


def check_page(answer, wrapper, item, number, size):
    """The items of one page, after a look at its numbers."""
    assert set(answer) == {wrapper, "TotalCount", "PageNumber", "PageSize", "RequestId"}, set(answer)
    for name in ("TotalCount", "PageNumber", "PageSize"):
        assert type(answer[name]) is int, f"{name} is {answer[name]!r}, not a number"
    assert (answer["PageNumber"], answer["PageSize"]) == (number, size), answer
    items = answer[wrapper][item]
    assert isinstance(items, list) and len(items) <= size, answer
    return items
