"""Aliases."""

import uuid

from world import scenario


@scenario("aliases are made, listed, moved and deleted")
def aliases(w):
    one, two = w.new_key(), w.new_key()
    names = sorted(f"alias/conformance-{i}/{uuid.uuid4().hex}_A" for i in range(3))
    for name in names:
        w.call("CreateAlias", KeyId=one, AliasName=name)
    rows, total = w.pages("ListAliasesByKeyId", "Aliases", "Alias", 2, KeyId=one)
    assert total == 3 and sorted(row["AliasName"] for row in rows) == names, (total, rows)
    for row in rows:
        arn = f"acs:kms:{w.target.region}:{w.target.account}:{row['AliasName']}"
        assert row == {"KeyId": one, "AliasName": row["AliasName"], "AliasArn": arn}, row
    rows, total = w.pages("ListAliases", "Aliases", "Alias", 100)
    assert len(rows) == total and {row["AliasName"] for row in rows} >= set(names), (total, rows)
    w.refused(400, "AliasAlreadyExists", "CreateAlias", KeyId=one, AliasName=names[0])
    w.refused(400, "AliasAlreadyExists", "CreateAlias", KeyId=two, AliasName=names[0])
    w.call("UpdateAlias", KeyId=two, AliasName=names[0])
    assert w.call("DescribeKey", KeyId=names[0])["KeyMetadata"]["KeyId"] == two
    assert w.call("ListAliasesByKeyId", KeyId=one)["TotalCount"] == 2
    w.call("DeleteAlias", AliasName=names[0])
    w.refused(404, "Forbidden.AliasNotFound", "DescribeKey", KeyId=names[0])
    w.refused(404, "Forbidden.AliasNotFound", "Encrypt", KeyId=names[0], Plaintext="p")
    assert w.call("ListAliasesByKeyId", KeyId=two)["Aliases"] == {"Alias": []}
    w.call("CreateAlias", KeyId=two, AliasName=names[0])


@scenario("alias names outside the rules are refused")
def alias_refusals(w):
    for name in ("conformance", "alias/", "alias/a b", "alias/ä", "alias/a.b", "alias/" + "x" * 256, "ALIAS/x"):
        w.refused(400, "InvalidParameter", "CreateAlias", KeyId=w.key, AliasName=name)
    # Kept for the keys of cloud services.
    w.refused(400, "InvalidParameter", "CreateAlias", KeyId=w.key, AliasName="alias/acs/oss")
    longest = f"alias/{uuid.uuid4().hex}".ljust(len("alias/") + 255, "x")
    w.call("CreateAlias", KeyId=w.key, AliasName=longest)
    w.call("DeleteAlias", AliasName=longest)
