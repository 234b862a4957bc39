"""Rotation and versions."""

import uuid

from shapes import seconds_between
from world import scenario


@scenario("a rotation policy is kept to the second, suspended and switched off")
def rotation_policy(w):
    key = w.new_key()
    for interval, seconds in (("7d", 604_800), ("168h", 604_800), ("605800s", 605_800), ("730d", 63_072_000)):
        w.call("UpdateRotationPolicy", KeyId=key, EnableAutomaticRotation=True, RotationInterval=interval)
        metadata = w.describe(key, AutomaticRotation="Enabled", RotationInterval=f"{seconds}s")
        ahead = seconds_between(metadata["LastRotationDate"], metadata["NextRotationDate"])
        assert ahead == seconds, f"the next rotation lies {ahead} s after the last, not {seconds}"
    for interval in ("6d", "731d", "604799s", "63072001s", "7", "d", "7w", "-7d", "7.5d", "0d"):
        w.refused(
            400,
            "InvalidParameter",
            "UpdateRotationPolicy",
            KeyId=key,
            EnableAutomaticRotation=True,
            RotationInterval=interval,
        )
    w.call("DisableKey", KeyId=key)
    w.describe(key, AutomaticRotation="Suspended", RotationInterval="63072000s")
    w.call("EnableKey", KeyId=key)
    w.describe(key, AutomaticRotation="Enabled", RotationInterval="63072000s")
    w.call("UpdateRotationPolicy", KeyId=key, EnableAutomaticRotation=False)
    w.describe(key, AutomaticRotation="Disabled")


@scenario("a new key has one version, which is its primary one")
def key_versions(w):
    key = w.new_key()
    alias = w.new_alias(key)
    metadata = w.describe(key)
    rows, total = w.pages("ListKeyVersions", "KeyVersions", "KeyVersion", 10, KeyId=alias)
    expected = {"KeyId": key, "KeyVersionId": metadata["PrimaryKeyVersion"], "CreationDate": metadata["CreationDate"]}
    assert (total, rows) == (1, [expected]), (total, rows)
    for name in (key, alias):
        answer = w.call("DescribeKeyVersion", KeyId=name, KeyVersionId=metadata["PrimaryKeyVersion"])
        assert answer["KeyVersion"] == expected, answer
    for version in (str(uuid.uuid4()), w.describe(w.key)["PrimaryKeyVersion"]):
        w.refused(404, "Forbidden.KeyVersionNotFound", "DescribeKeyVersion", KeyId=key, KeyVersionId=version)
