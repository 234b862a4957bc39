"""Regions of one server: namespaces of their own."""

from world import scenario


def has_second_region(client):
    # The port of a region speaks plain HTTP.
    return client.scheme == "http" and bool(client.target.beijing_endpoint)


@scenario("what is in one region is unknown in another of the same server", has_second_region)
def separate(w):
    there = w.stranger(endpoint=w.target.beijing_endpoint, region="cn-beijing")
    metadata = there.call("CreateKey")["KeyMetadata"]
    key, name = metadata["KeyId"], "alias/conformance/two-regions"
    arn = f"acs:kms:cn-beijing:{w.target.account}:key/{key}"
    assert metadata["Arn"] == arn, metadata
    for identifier in (key, arn):
        w.refused(404, "Forbidden.KeyNotFound", "DescribeKey", KeyId=identifier)
    w.refused(404, "Forbidden.KeyNotFound", "DescribeKey", client=there, KeyId=w.key)
    w.refused(404, "Forbidden.KeyNotFound", "DescribeKey", client=there, KeyId=w.arn(w.key))
    for client, target in ((w.client, w.key), (there, key)):
        client.call("CreateAlias", KeyId=target, AliasName=name)
    try:
        sealed = there.call("Encrypt", KeyId=name, Plaintext="aGk=")
        assert sealed["KeyId"] == key, sealed
        assert w.call("Encrypt", KeyId=name, Plaintext="aGk=")["KeyId"] == w.key
        w.refused(404, "Forbidden.KeyNotFound", "Decrypt", CiphertextBlob=sealed["CiphertextBlob"])
        assert there.call("Decrypt", CiphertextBlob=sealed["CiphertextBlob"])["Plaintext"] == "aGk="
    finally:
        for client in (w.client, there):
            client.call("DeleteAlias", AliasName=name)


@scenario("every region of a server tells of all of them", has_second_region)
def listed(w):
    there = w.stranger(endpoint=w.target.beijing_endpoint, region="cn-beijing")
    answers = [client.call("DescribeRegions")["Regions"]["Region"] for client in (w.client, there)]
    assert answers[0] == answers[1], answers
    assert "cn-beijing" in [row["RegionId"] for row in answers[0]], answers[0]
