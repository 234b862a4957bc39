"""Keys: their states, descriptions and protection."""

import uuid

from shapes import seconds_between
from world import scenario


@scenario("a disabled key does no work until it is enabled")
def disable(w):
    key = w.new_key()
    blob = w.call("Encrypt", KeyId=key, Plaintext="work")["CiphertextBlob"]
    w.call("EnableKey", KeyId=key)
    w.call("DisableKey", KeyId=key)
    w.call("DisableKey", KeyId=key)
    w.describe(key, KeyState="Disabled", DeleteDate="")
    w.refused(409, "Rejected.Disabled", "Encrypt", KeyId=key, Plaintext="p")
    w.refused(409, "Rejected.Disabled", "Decrypt", CiphertextBlob=blob)
    w.refused(409, "Rejected.Disabled", "GenerateDataKey", KeyId=key)
    w.refused(409, "Rejected.Disabled", "GenerateDataKeyWithoutPlaintext", KeyId=key)
    w.refused(409, "Rejected.Disabled", "ReEncrypt", CiphertextBlob=blob, DestinationKeyId=w.key)
    other = w.call("Encrypt", KeyId=w.key, Plaintext="other")["CiphertextBlob"]
    w.refused(409, "Rejected.Disabled", "ReEncrypt", CiphertextBlob=other, DestinationKeyId=key)
    w.refused(409, "Rejected.Disabled", "UpdateRotationPolicy", KeyId=key, EnableAutomaticRotation=False)
    w.refused(409, "Rejected.StateModifiedFailed", "CancelKeyDeletion", KeyId=key)
    w.call("UpdateKeyDescription", KeyId=key, Description="may be described")
    w.call("DeleteAlias", AliasName=w.new_alias(key))
    w.call("ListKeyVersions", KeyId=key)
    w.call("EnableKey", KeyId=key)
    assert w.call("Decrypt", CiphertextBlob=blob)["Plaintext"] == "work"


@scenario("a key pending deletion tells its date, does no work, and comes back")
def schedule_deletion(w):
    key = w.new_key()
    alias = w.new_alias(key)
    blob = w.call("Encrypt", KeyId=key, Plaintext="work")["CiphertextBlob"]
    w.refused(409, "Rejected.StateModifiedFailed", "CancelKeyDeletion", KeyId=key)
    for days in (6, 31, 0, -7):
        w.refused(400, "InvalidParameter", "ScheduleKeyDeletion", KeyId=key, PendingWindowInDays=days)
    w.call("ScheduleKeyDeletion", KeyId=key, PendingWindowInDays=7)
    metadata = w.describe(key, KeyState="PendingDeletion")
    days = seconds_between(metadata["CreationDate"], metadata["DeleteDate"]) / 86_400
    assert 7 <= days < 7.01, f"DeleteDate lies {days} days ahead"
    w.refused(409, "Rejected.PendingDeletion", "Encrypt", KeyId=key, Plaintext="p")
    w.refused(409, "Rejected.PendingDeletion", "Encrypt", KeyId=alias, Plaintext="p")
    w.refused(409, "Rejected.PendingDeletion", "Decrypt", CiphertextBlob=blob)
    w.refused(409, "Rejected.PendingDeletion", "GenerateDataKey", KeyId=key)
    w.refused(409, "Rejected.PendingDeletion", "GenerateDataKeyWithoutPlaintext", KeyId=key)
    w.refused(409, "Rejected.PendingDeletion", "UpdateKeyDescription", KeyId=key, Description="d")
    w.refused(409, "Rejected.PendingDeletion", "UpdateRotationPolicy", KeyId=key, EnableAutomaticRotation=False)
    w.refused(409, "Rejected.PendingDeletion", "TagResource", KeyId=key, Tags='[{"TagKey":"a","TagValue":"b"}]')
    w.refused(409, "Rejected.PendingDeletion", "UntagResource", KeyId=key, TagKeys='["a"]')
    w.refused(
        409,
        "Rejected.PendingDeletion",
        "SetDeletionProtection",
        ProtectedResourceArn=w.arn(key),
        EnableDeletionProtection=True,
    )
    w.refused(409, "Rejected.PendingDeletion", "UpdateAlias", KeyId=key, AliasName=w.alias)
    for action in ("EnableKey", "DisableKey", "ScheduleKeyDeletion"):
        w.refused(409, "Rejected.StateModifiedFailed", action, KeyId=key)
    w.refused(409, "Rejected.StateModifiedFailed", "CreateAlias", KeyId=key, AliasName=f"alias/{uuid.uuid4()}")
    w.call("ListKeyVersions", KeyId=key)
    w.call("ListResourceTags", KeyId=key)
    w.call("CancelKeyDeletion", KeyId=key)
    w.describe(key, KeyState="Enabled", DeleteDate="")
    assert w.call("Decrypt", CiphertextBlob=blob)["Plaintext"] == "work"
    w.call("ScheduleKeyDeletion", KeyId=key)
    metadata = w.describe(key, KeyState="PendingDeletion")
    days = seconds_between(metadata["CreationDate"], metadata["DeleteDate"]) / 86_400
    assert 30 <= days < 30.01, f"without a window, DeleteDate lies {days} days ahead"


@scenario("a description can be changed, emptied and written in any script")
def update_description(w):
    key = w.new_key(Description="first")
    for description in ("第二 \"two\" & =+%2B\n", "x" * 8_192):
        w.call("UpdateKeyDescription", KeyId=key, Description=description)
        w.describe(key, Description=description)
    w.refused(400, "InvalidParameter", "UpdateKeyDescription", KeyId=key, Description="x" * 8_193)
    w.call("UpdateKeyDescription", KeyId=w.arn(key), Description="")
    w.describe(key, Description="")


@scenario("a protected key cannot be scheduled for deletion")
def deletion_protection(w):
    key = w.new_key()
    w.call(
        "SetDeletionProtection",
        ProtectedResourceArn=w.arn(key),
        EnableDeletionProtection=True,
        DeletionProtectionDescription="in production",
    )
    w.describe(key, DeletionProtection="Enabled", DeletionProtectionDescription="in production")
    w.refused(400, "Rejected.UnsupportedOperation", "ScheduleKeyDeletion", KeyId=key, PendingWindowInDays=7)
    w.describe(key, KeyState="Enabled")
    w.call("SetDeletionProtection", ProtectedResourceArn=w.arn(key), EnableDeletionProtection=False)
    metadata = w.describe(key, DeletionProtection="Disabled")
    assert "DeletionProtectionDescription" not in metadata, metadata
    w.call("ScheduleKeyDeletion", KeyId=key, PendingWindowInDays=7)
