"""Keys: made, found, listed."""

import json
import random
import uuid

from shapes import check_key
from world import scenario


@scenario("a new key has every documented field")
def create_key(w):
    metadata = w.call("CreateKey")["KeyMetadata"]
    check_key(metadata, w.target, Description="", KeyState="Enabled", KeySpec="Aliyun_AES_256")
    assert metadata["LastRotationDate"] == metadata["CreationDate"], metadata
    described = w.describe(metadata["KeyId"], DeletionProtection="Disabled")
    described.pop("DeletionProtection")
    assert described == metadata, f"DescribeKey says {described}, CreateKey said {metadata}"


@scenario("every parameter of CreateKey is kept")
def create_key_fully(w):
    description = 'Schlüssel "für" 密钥管理 \\ & <b> 𝒦 100 %+ ~*\'()'
    metadata = w.call(
        "CreateKey",
        Description=description,
        KeySpec="Aliyun_AES_256",
        KeyUsage="ENCRYPT/DECRYPT",
        Origin="Aliyun_KMS",
        ProtectionLevel="SOFTWARE",
        EnableAutomaticRotation=True,
        RotationInterval="365d",
    )["KeyMetadata"]
    check_key(
        metadata, w.target, Description=description, AutomaticRotation="Enabled", RotationInterval="31536000s"
    )
    w.describe(metadata["KeyId"], Description=description, AutomaticRotation="Enabled")


@scenario("CreateKey refuses what it cannot make")
def create_key_refusals(w):
    w.refused(400, "InvalidParameter", "CreateKey", KeySpec="Aliyun_AES_257")
    w.refused(400, "InvalidParameter", "CreateKey", KeyUsage="SIGN/VERIFY", KeySpec="Aliyun_AES_256")
    w.refused(400, "InvalidParameter", "CreateKey", Origin="aliyun_kms")
    w.refused(400, "InvalidParameter", "CreateKey", ProtectionLevel="Software")
    w.refused(400, "InvalidParameter", "CreateKey", EnableAutomaticRotation=True, RotationInterval="6d")
    w.refused(400, "InvalidParameter", "CreateKey", EnableAutomaticRotation=True, RotationInterval="731d")
    w.refused(
        400, ("MissingParameter", "InvalidParameter"), "CreateKey", EnableAutomaticRotation=True
    )
    w.refused(400, "InvalidParameter", "CreateKey", Description="d" * 8_193)


@scenario("a key is found by id, ARN and alias, and told by its id")
def describe_key(w):
    for name in (w.key, w.arn(w.key), w.alias):
        metadata = w.call("DescribeKey", KeyId=name)["KeyMetadata"]
        assert metadata["KeyId"] == w.key, (name, metadata)


@scenario("what does not exist is not found")
def not_found(w):
    absent = str(uuid.UUID(int=random.getrandbits(128), version=4))
    for action in ("DescribeKey", "EnableKey", "DisableKey", "ScheduleKeyDeletion", "CancelKeyDeletion"):
        w.refused(404, "Forbidden.KeyNotFound", action, KeyId=absent)
    w.refused(404, "Forbidden.KeyNotFound", "UpdateKeyDescription", KeyId=absent, Description="d")
    w.refused(404, "Forbidden.KeyNotFound", "Encrypt", KeyId=absent, Plaintext="p")
    w.refused(404, "Forbidden.KeyNotFound", "GenerateDataKey", KeyId=absent)
    w.refused(404, "Forbidden.KeyNotFound", "CreateAlias", KeyId=absent, AliasName=f"alias/{absent}")
    w.refused(404, "Forbidden.KeyNotFound", "ListKeyVersions", KeyId=absent)
    w.refused(404, "Forbidden.KeyNotFound", "ListAliasesByKeyId", KeyId=absent)
    w.refused(404, "Forbidden.KeyNotFound", "ListResourceTags", KeyId=absent)
    w.refused(404, "Forbidden.KeyNotFound", "UpdateRotationPolicy", KeyId=absent, EnableAutomaticRotation=False)
    for action in ("DescribeKey", "ListKeyVersions", "GenerateDataKey"):
        w.refused(404, "Forbidden.AliasNotFound", action, KeyId=f"alias/{absent}")
    w.refused(404, "Forbidden.AliasNotFound", "DeleteAlias", AliasName=f"alias/{absent}")
    w.refused(404, "Forbidden.AliasNotFound", "UpdateAlias", KeyId=w.key, AliasName=f"alias/{absent}")
    # Another account's key or another region's is nobody's here.
    foreign = w.arn(w.key).replace(w.target.account, "1" + w.target.account[1:] + "1")
    w.refused(404, "Forbidden.KeyNotFound", "DescribeKey", KeyId=foreign)
    w.refused(404, "Forbidden.KeyNotFound", "DescribeKey", KeyId=w.arn(w.key).replace(w.target.region, "eu-west-1"))


@scenario("an alias is refused where only an id will do")
def alias_not_accepted(w):
    for action in ("EnableKey", "DisableKey", "ScheduleKeyDeletion", "CancelKeyDeletion", "ListAliasesByKeyId"):
        w.refused(400, "Unsupported.Alias", action, KeyId=w.alias)
    w.refused(400, "Unsupported.Alias", "UpdateKeyDescription", KeyId=w.alias, Description="d")
    w.refused(400, "Unsupported.Alias", "CreateAlias", KeyId=w.alias, AliasName=f"alias/{uuid.uuid4()}")
    w.refused(400, "Unsupported.Alias", "UpdateRotationPolicy", KeyId=w.alias, EnableAutomaticRotation=False)
    w.refused(400, "Unsupported.Alias", "ListResourceTags", KeyId=w.alias)
    w.refused(400, "Unsupported.Alias", "TagResource", KeyId=w.alias, Tags='[{"TagKey":"a","TagValue":"b"}]')


@scenario("a missing parameter is named")
def missing(w):
    for action, name in (
        ("DescribeKey", "KeyId"),
        ("EnableKey", "KeyId"),
        ("ScheduleKeyDeletion", "KeyId"),
        ("GenerateDataKey", "KeyId"),
        ("Decrypt", "CiphertextBlob"),
        ("DeleteAlias", "AliasName"),
        ("SetDeletionProtection", "ProtectedResourceArn"),
    ):
        refusal = w.refused(400, "MissingParameter", action)
        assert f'"{name}"' in refusal.message, (action, refusal.message)
    refusal = w.refused(400, "MissingParameter", "Encrypt", KeyId=w.key)
    assert '"Plaintext"' in refusal.message, refusal.message


@scenario("ListKeys pages through everything, in the order of creation")
def list_keys(w):
    mine = [w.new_key() for _ in range(3)]
    rows, total = w.pages("ListKeys", "Keys", "Key", 100)
    ids = [row["KeyId"] for row in rows]
    for row in rows:
        assert row == {"KeyId": row["KeyId"], "KeyArn": w.arn(row["KeyId"])}, row
    assert len(ids) == len(set(ids)) == total, (len(ids), total)
    assert [key for key in ids if key in mine] == mine, "the order is not that of creation"
    small, _ = w.pages("ListKeys", "Keys", "Key", 7)
    assert [row["KeyId"] for row in small] == ids, "small pages list something else"
    first = w.call("ListKeys")
    assert (first["PageNumber"], first["PageSize"], first["TotalCount"]) == (1, 10, total), first
    past = w.call("ListKeys", PageNumber=1_000, PageSize=100)
    assert past["Keys"] == {"Key": []} and past["TotalCount"] == total, past


@scenario("ListKeys filters by state, spec, usage, level and creator")
def list_keys_filtered(w):
    enabled, disabled, doomed = w.new_key(), w.new_key(), w.new_key()
    w.call("DisableKey", KeyId=disabled)
    w.call("ScheduleKeyDeletion", KeyId=doomed, PendingWindowInDays=7)

    def ids(*filters):
        pairs = json.dumps([{"Key": key, "Values": values} for key, values in filters])
        rows, total = w.pages("ListKeys", "Keys", "Key", 100, Filters=pairs)
        assert len(rows) == total, (len(rows), total)
        return {row["KeyId"] for row in rows}

    mine = {enabled, disabled, doomed}
    assert ids(("KeyState", ["Enabled"])) & mine == {enabled}
    assert ids(("KeyState", ["Disabled"])) & mine == {disabled}
    assert ids(("KeyState", ["Disabled", "PendingDeletion"])) & mine == {disabled, doomed}
    assert ids(("KeyState", ["Disabled"]), ("KeyState", ["PendingDeletion"])) & mine == {disabled, doomed}
    assert ids(("KeyState", ["Disabled"]), ("KeySpec", ["Aliyun_AES_256", "RSA_2048"])) & mine == {disabled}
    assert ids(("KeyState", ["PendingImport"])) & mine == set()
    assert ids(("KeyUsage", ["ENCRYPT/DECRYPT"]), ("ProtectionLevel", ["SOFTWARE"])) >= mine
    assert ids(("CreatorType", ["User"])) >= mine
    assert ids(("CreatorType", ["Service"])) & mine == set()
    assert ids(("KeySpec", ["RSA_2048"])) & mine == set()


@scenario("ListKeys refuses pages and filters that make no sense")
def list_keys_refusals(w):
    for changes in (
        {"PageSize": 101},
        {"PageSize": 0},
        {"PageNumber": 0},
        {"PageNumber": -1},
        {"Filters": '[{"Key":"Colour","Values":["red"]}]'},
        {"Filters": '[{"Key":"KeyState","Values":["Sleeping"]}]'},
        {"Filters": '[{"Key":"KeyState","Values":["Enabled"]}'},
        {"Filters": '{"Key":"KeyState","Values":["Enabled"]}'},
        {"Filters": json.dumps([{"Key": "KeyState", "Values": ["Enabled"]}] * 11)},
    ):
        w.refused(400, "InvalidParameter", "ListKeys", **changes)
