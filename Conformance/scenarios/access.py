"""Users, access keys, policies and roles (RAM), and who a caller is (STS)."""

import contextlib
import json
import uuid

from harness import Refusal
from shapes import check_date, check_request_id
from world import scenario

KMS_FULL = {"PolicyType": "System", "PolicyName": "AliyunKMSFullAccess"}


def ram(w, action, client=None, **parameters):
    answer = (client or w.client).product("ram", action, parameters)
    check_request_id(answer)
    return answer


def refused(w, status, code, action, client=None, **parameters):
    try:
        answer = ram(w, action, client, **parameters)
    except Refusal as refusal:
        assert (refusal.status, refusal.code) == (status, code), f"not {status} {code} but {refusal}"
        assert refusal.message, "the refusal has no message"
        return refusal
    raise AssertionError(f"{action} {parameters} is answered: {answer}")


def fresh(prefix="conformance"):
    return f"{prefix}-{uuid.uuid4().hex}"


def document(action, resource="*", effect="Allow"):
    return json.dumps({"Version": "1", "Statement": [{"Effect": effect, "Action": action, "Resource": resource}]})


def trust(account):
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": [f"acs:ram::{account}:root"]}}
    return json.dumps({"Version": "1", "Statement": [statement]})


@contextlib.contextmanager
def user(w):
    """A user's name; the user goes at the end, with its keys and policies."""
    name = fresh()
    ram(w, "CreateUser", UserName=name, DisplayName="conformance 测试")
    try:
        yield name
    finally:
        for key in ram(w, "ListAccessKeys", UserName=name)["AccessKeys"]["AccessKey"]:
            ram(w, "DeleteAccessKey", UserName=name, UserAccessKeyId=key["AccessKeyId"])
        for policy in ram(w, "ListPoliciesForUser", UserName=name)["Policies"]["Policy"]:
            attached = {"PolicyType": policy["PolicyType"], "PolicyName": policy["PolicyName"]}
            ram(w, "DetachPolicyFromUser", UserName=name, **attached)
        ram(w, "DeleteUser", UserName=name)


def key_of(w, name):
    """A new access key of the user, and a client that signs with it."""
    key = ram(w, "CreateAccessKey", UserName=name)["AccessKey"]
    assert key["Status"] == "Active" and len(key["AccessKeySecret"]) == 30, key["AccessKeyId"]
    assert key["AccessKeyId"].startswith("LTAI") and 16 <= len(key["AccessKeyId"]) <= 24, key["AccessKeyId"]
    check_date(key["CreateDate"])
    stranger = w.stranger(access_key_id=key["AccessKeyId"], access_key_secret=key["AccessKeySecret"])
    return key["AccessKeyId"], stranger


@scenario("a user is made, found, changed, listed and deleted")
def users(w):
    name = fresh()
    made = ram(w, "CreateUser", UserName=name, Email="a@example.com", Comments="one")["User"]
    assert made["UserName"] == name and made["UserId"].isdigit() and made["Email"] == "a@example.com", made
    check_date(made["CreateDate"])
    refused(w, 409, "EntityAlreadyExists.User", "CreateUser", UserName=name)
    assert ram(w, "GetUser", UserName=name)["User"]["UserId"] == made["UserId"]
    renamed = fresh()
    changed = ram(w, "UpdateUser", UserName=name, NewUserName=renamed, NewComments="two")["User"]
    assert (changed["UserId"], changed["UserName"], changed["Comments"]) == (made["UserId"], renamed, "two"), changed
    refused(w, 404, "EntityNotExist.User", "GetUser", UserName=name)
    found, marker = [], {}
    while True:
        answer = ram(w, "ListUsers", MaxItems=1, **marker)
        found += [row["UserName"] for row in answer["Users"]["User"]]
        if not answer["IsTruncated"]:
            break
        marker = {"Marker": answer["Marker"]}
    assert renamed in found and len(found) == len(set(found)), found
    ram(w, "DeleteUser", UserName=renamed)
    refused(w, 404, "EntityNotExist.User", "DeleteUser", UserName=renamed)
    refused(w, 400, "InvalidParameter.UserName.InvalidChars", "CreateUser", UserName="a b")
    refused(w, 400, "InvalidParameter.UserName.Length", "CreateUser", UserName="x" * 65)


@scenario("a user may do what a policy allows, from the moment it is attached to the moment it is not")
def permission(w):
    with user(w) as name:
        _, caller = key_of(w, name)
        w.refused(403, "Forbidden.NoPermission", "DescribeKey", client=caller, KeyId=w.key)
        refused(w, 403, "NoPermission", "ListUsers", client=caller)
        ram(w, "AttachPolicyToUser", UserName=name, **KMS_FULL)
        refused(w, 409, "EntityAlreadyExists.User.Policy", "AttachPolicyToUser", UserName=name, **KMS_FULL)
        assert caller.call("DescribeKey", KeyId=w.key)["KeyMetadata"]["KeyId"] == w.key
        blob = caller.call("Encrypt", KeyId=w.key, Plaintext="by a user")["CiphertextBlob"]
        assert w.call("Decrypt", CiphertextBlob=blob)["Plaintext"] == "by a user"
        refused(w, 403, "NoPermission", "ListUsers", client=caller)
        ram(w, "DetachPolicyFromUser", UserName=name, **KMS_FULL)
        w.refused(403, "Forbidden.NoPermission", "DescribeKey", client=caller, KeyId=w.key)
        refused(w, 404, "EntityNotExist.User.Policy", "DetachPolicyFromUser", UserName=name, **KMS_FULL)


@scenario("a policy of the account's own allows this key and no other, and its versions count when they are chosen")
def own_policy(w):
    policy, other = fresh("P"), w.new_key()
    narrow, wide = document("kms:DescribeKey", w.arn(w.key)), document(["kms:DescribeKey", "kms:ListKeys"])
    ram(w, "CreatePolicy", PolicyName=policy, PolicyDocument=narrow, Description="one key")
    named = {"PolicyType": "Custom", "PolicyName": policy}
    try:
        with user(w) as name:
            _, caller = key_of(w, name)
            ram(w, "AttachPolicyToUser", UserName=name, **named)
            assert caller.call("DescribeKey", KeyId=w.key)["KeyMetadata"]["KeyId"] == w.key
            w.refused(403, "Forbidden.NoPermission", "DescribeKey", client=caller, KeyId=other)
            made = ram(w, "CreatePolicyVersion", PolicyName=policy, PolicyDocument=wide)["PolicyVersion"]
            assert (made["VersionId"], made["IsDefaultVersion"]) == ("v2", False), made
            w.refused(403, "Forbidden.NoPermission", "DescribeKey", client=caller, KeyId=other)
            ram(w, "SetDefaultPolicyVersion", PolicyName=policy, VersionId="v2")
            assert caller.call("DescribeKey", KeyId=other)["KeyMetadata"]["KeyId"] == other
            whole = ram(w, "GetPolicy", **named)
            assert whole["DefaultPolicyVersion"]["PolicyDocument"] == wide, whole
            assert whole["Policy"]["AttachmentCount"] == 1 and whole["Policy"]["DefaultVersion"] == "v2", whole
            refused(w, 409, "DeleteConflict.Policy.User", "DeletePolicy", PolicyName=policy)
        refused(w, 409, "DeleteConflict.Policy.Version", "DeletePolicy", PolicyName=policy)
        version = {"PolicyName": policy, "VersionId": "v2"}
        refused(w, 409, "DeleteConflict.Policy.Version.Default", "DeletePolicyVersion", **version)
        ram(w, "DeletePolicyVersion", PolicyName=policy, VersionId="v1")
    finally:
        ram(w, "DeletePolicy", PolicyName=policy)
    refused(w, 404, "EntityNotExist.Policy", "GetPolicy", **named)
    refused(w, 400, "MalformedPolicyDocument", "CreatePolicy", PolicyName=policy, PolicyDocument='{"Version":"1"}')


@scenario("one access key takes the other's place without a moment in which none serves")
def rotation(w):
    with user(w) as name:
        ram(w, "AttachPolicyToUser", UserName=name, **KMS_FULL)
        old, before = key_of(w, name)
        before.call("DescribeKey", KeyId=w.key)
        new, after = key_of(w, name)
        refused(w, 409, "LimitExceeded.User.AccessKey", "CreateAccessKey", UserName=name)
        after.call("DescribeKey", KeyId=w.key)
        before.call("DescribeKey", KeyId=w.key)
        ram(w, "UpdateAccessKey", UserName=name, UserAccessKeyId=old, Status="Inactive")
        w.refused(403, "Forbidden.AccessKey", "DescribeKey", client=before, KeyId=w.key)
        after.call("DescribeKey", KeyId=w.key)
        rows = ram(w, "ListAccessKeys", UserName=name)["AccessKeys"]["AccessKey"]
        assert [(row["AccessKeyId"], row["Status"]) for row in rows] == [(old, "Inactive"), (new, "Active")], rows
        assert all("AccessKeySecret" not in row for row in rows), "a secret is shown again"
        ram(w, "DeleteAccessKey", UserName=name, UserAccessKeyId=old)
        w.refused(404, "InvalidAccessKeyId.NotFound", "DescribeKey", client=before, KeyId=w.key)
        after.call("DescribeKey", KeyId=w.key)


@scenario("a user with keys or policies is not deleted")
def conflicts(w):
    with user(w) as name:
        key, _ = key_of(w, name)
        ram(w, "AttachPolicyToUser", UserName=name, **KMS_FULL)
        refused(w, 409, "DeleteConflict.User.AccessKey", "DeleteUser", UserName=name)
        ram(w, "DeleteAccessKey", UserName=name, UserAccessKeyId=key)
        refused(w, 409, "DeleteConflict.User.Policy", "DeleteUser", UserName=name)


@scenario("a role is made, changed, given a policy, and deleted")
def roles(w):
    name, text = fresh(), trust(w.target.account)
    made = ram(w, "CreateRole", RoleName=name, AssumeRolePolicyDocument=text, MaxSessionDuration=7200)["Role"]
    assert made["Arn"] == f"acs:ram::{w.target.account}:role/{name}" and made["MaxSessionDuration"] == 7200, made
    assert ram(w, "GetRole", RoleName=name)["Role"]["AssumeRolePolicyDocument"] == text
    ram(w, "UpdateRole", RoleName=name, NewMaxSessionDuration=3600)
    ram(w, "AttachPolicyToRole", RoleName=name, **KMS_FULL)
    rows = ram(w, "ListPoliciesForRole", RoleName=name)["Policies"]["Policy"]
    assert [row["PolicyName"] for row in rows] == ["AliyunKMSFullAccess"], rows
    refused(w, 409, "DeleteConflict.Role.Policy", "DeleteRole", RoleName=name)
    ram(w, "DetachPolicyFromRole", RoleName=name, **KMS_FULL)
    ram(w, "DeleteRole", RoleName=name)
    refused(w, 404, "EntityNotExist.Role", "GetRole", RoleName=name)


@scenario("a caller is told who it is")
def identity(w):
    own = w.client.product("sts", "GetCallerIdentity", {})
    assert own["AccountId"] == w.target.account and own["IdentityType"] == "Account", own
    with user(w) as name:
        _, caller = key_of(w, name)
        told = caller.product("sts", "GetCallerIdentity", {})
        assert told["Arn"] == f"acs:ram::{w.target.account}:user/{name}", told
        assert (told["IdentityType"], told["AccountId"]) == ("RAMUser", w.target.account), told
        assert told["UserId"] == ram(w, "GetUser", UserName=name)["User"]["UserId"], told
