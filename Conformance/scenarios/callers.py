"""Who may call, when, and what."""

import uuid

from harness import Refusal
from world import scenario


@scenario("a wrong secret is told as such")
def wrong_secret(w):
    stranger = w.stranger(access_key_secret="notTheSecretOfThisAccessKey00")
    refusal = w.refused(400, w.client.wrong_secret_code, "Encrypt", client=stranger, KeyId=w.key, Plaintext="a:b c")
    if refusal.code == "SignatureDoesNotMatch":
        assert "server string to sign is:" in refusal.message, refusal.message


@scenario("an unknown access key is told as such")
def unknown_access_key(w):
    stranger = w.stranger(access_key_id="LTAInobodyKnowsThis")
    w.refused(404, "InvalidAccessKeyId.NotFound", "DescribeKey", client=stranger, KeyId=w.key)


@scenario("a clock more than 15 minutes off is refused, one within is not")
def clock(w):
    for offset in (-960, 960, -86_400):
        with w.client.clock(offset):
            w.refused(400, "InvalidTimeStamp.Expired", "DescribeKey", KeyId=w.key)
    for offset in (-840, 840):
        with w.client.clock(offset):
            w.describe(w.key)


@scenario("a nonce serves once")
def nonce(w):
    with w.client.nonce(uuid.uuid4().hex):
        w.call("DescribeRegions")
        w.refused(400, "SignatureNonceUsed", "DescribeRegions")
        w.refused(400, "SignatureNonceUsed", "DescribeAccountKmsStatus")
    key = w.new_key(Description="before")
    with w.client.nonce(uuid.uuid4().hex):
        w.call("UpdateKeyDescription", KeyId=key, Description="once")
        w.refused(400, "SignatureNonceUsed", "UpdateKeyDescription", KeyId=key, Description="twice")
    w.describe(key, Description="once")


@scenario("an unknown action and a wrong version are refused")
def unknown_action(w):
    for action, version, status, codes in (
        ("InventKey", "2016-01-20", 404, ("InvalidAction.NotFound", "InvalidApi.NotFound")),
        ("describekey", "2016-01-20", 404, ("InvalidAction.NotFound", "InvalidApi.NotFound")),
        ("DescribeKey", "2016-01-21", 400, ("InvalidVersion", "NoSuchVersion")),
        ("DescribeKey", "2015-05-01", 404, ("InvalidAction.NotFound", "InvalidApi.NotFound")),
    ):
        try:
            answer = w.client.generic(action, {"KeyId": w.key}, version=version)
        except Refusal as refusal:
            assert refusal.status == status and refusal.code in codes, (action, version, refusal)
        else:
            raise AssertionError(f"{action} of {version} is answered: {answer}")
