"""Sessions of roles (STS): AssumeRole, and each client's own way with temporary access keys."""

import contextlib
import json
import time
import uuid

from harness import Refusal
from shapes import check_date, check_request_id
from world import scenario

RAM, STS = "2015-05-01", "2015-04-01"


def policy(action):
    return json.dumps({"Version": "1", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})


def trust(account, condition=None):
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": [f"acs:ram::{account}:root"]}}
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "1", "Statement": [statement]})


class Stage:
    """A user who may assume every role, and a role that trusts the account and may use every key."""

    def __init__(self, w, condition=None):
        self.w, self.condition = w, condition
        self.user = self.role = f"conformance-{uuid.uuid4().hex[:16]}"
        self.undo = contextlib.ExitStack()

    def ram(self, action, **parameters):
        return self.w.client.generic(action, parameters, version=RAM)

    def __enter__(self):
        with contextlib.ExitStack() as undo:
            self.ram("CreateUser", UserName=self.user)
            undo.callback(self.ram, "DeleteUser", UserName=self.user)
            key = self.ram("CreateAccessKey", UserName=self.user)["AccessKey"]
            undo.callback(self.ram, "DeleteAccessKey", UserName=self.user, UserAccessKeyId=key["AccessKeyId"])
            may = {"PolicyType": "System", "PolicyName": "AliyunSTSAssumeRoleAccess", "UserName": self.user}
            self.ram("AttachPolicyToUser", **may)
            undo.callback(self.ram, "DetachPolicyFromUser", **may)
            trusting = trust(self.w.target.account, self.condition)
            self.ram("CreateRole", RoleName=self.role, AssumeRolePolicyDocument=trusting)
            undo.callback(self.ram, "DeleteRole", RoleName=self.role)
            self.full = {"PolicyType": "System", "PolicyName": "AliyunKMSFullAccess", "RoleName": self.role}
            self.ram("AttachPolicyToRole", **self.full)
            undo.callback(self.without_failing, "DetachPolicyFromRole", **self.full)
            self.undo = undo.pop_all()
        self.assumer = self.w.stranger(
            access_key_id=key["AccessKeyId"], access_key_secret=key["AccessKeySecret"]
        )
        return self

    def __exit__(self, *_):
        self.undo.close()

    def without_failing(self, action, **parameters):
        with contextlib.suppress(Refusal):
            self.ram(action, **parameters)

    @property
    def arn(self):
        return f"acs:ram::{self.w.target.account}:role/{self.role}"

    def assume(self, client=None, **parameters):
        given = {"RoleArn": self.arn, "RoleSessionName": "conformance", **parameters}
        answer = (client or self.assumer).generic("AssumeRole", given, version=STS)
        check_request_id(answer)
        return answer

    def session(self, **parameters):
        """A client of the same kind that signs in a new session."""
        return self.client(self.assume(**parameters)["Credentials"])

    def client(self, credentials, **changes):
        return self.w.stranger(
            **{
                "access_key_id": credentials["AccessKeyId"],
                "access_key_secret": credentials["AccessKeySecret"],
                "security_token": credentials["SecurityToken"],
                **changes,
            }
        )

    def refused(self, status, code, client=None, **parameters):
        try:
            answer = self.assume(client, **parameters)
        except Refusal as refusal:
            assert (refusal.status, refusal.code) == (status, code), f"not {status} {code} but {refusal}"
        else:
            raise AssertionError(f"AssumeRole {parameters} is answered: {list(answer)}")


@scenario("a role is assumed, and its session works with keys")
def assume(w):
    with Stage(w) as stage:
        before = int(time.time())
        answer = stage.assume(DurationSeconds=900)
        credentials, role = answer["Credentials"], answer["AssumedRoleUser"]
        assert set(credentials) == {"AccessKeyId", "AccessKeySecret", "SecurityToken", "Expiration"}, list(credentials)
        assert credentials["AccessKeyId"].startswith("STS."), credentials["AccessKeyId"]
        check_date(credentials["Expiration"])
        latest = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(before + 905))
        assert credentials["Expiration"] <= latest, credentials["Expiration"]
        assert role["Arn"] == f"{stage.arn}/conformance", role
        role_id, _, name = role["AssumedRoleId"].partition(":")
        assert role_id.isdigit() and name == "conformance", role

        session = stage.client(credentials)
        context = {"purpose": "会话 & more"}
        sealed = session.call("Encrypt", KeyId=w.key, Plaintext="in a session", EncryptionContext=context)
        opened = session.call("Decrypt", CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext=context)
        assert opened["Plaintext"] == "in a session", opened
        assert session.call("DescribeKey", KeyId=w.key)["KeyMetadata"]["KeyId"] == w.key
        identity = session.generic("GetCallerIdentity", {}, version=STS)
        assert identity["IdentityType"] == "AssumedRoleUser", identity
        assert identity["AccountId"] == w.target.account and identity["RoleId"] == role_id, identity
        assert identity["PrincipalId"] == role["AssumedRoleId"], identity


@scenario("a session policy takes away and gives nothing")
def narrowing(w):
    with Stage(w) as stage:
        session = stage.session(Policy=policy(["kms:Encrypt", "ram:ListUsers"]))
        blob = session.call("Encrypt", KeyId=w.key, Plaintext="narrow")["CiphertextBlob"]
        w.refused(403, "Forbidden.NoPermission", "Decrypt", client=session, CiphertextBlob=blob)
        w.refused(403, "Forbidden.NoPermission", "CreateKey", client=session)
        try:
            session.generic("ListUsers", {}, version=RAM)
        except Refusal as refusal:
            assert (refusal.status, refusal.code) == (403, "NoPermission"), refusal
        else:
            raise AssertionError("a session policy has given what the role may not")


@scenario("what a role may counts from the next request on, and its end is the end of its sessions")
def endings(w):
    with Stage(w) as stage:
        session = stage.session()
        session.call("DescribeKey", KeyId=w.key)
        stage.ram("DetachPolicyFromRole", **stage.full)
        w.refused(403, "Forbidden.NoPermission", "DescribeKey", client=session, KeyId=w.key)
        stage.ram("AttachPolicyToRole", **stage.full)
        session.call("DescribeKey", KeyId=w.key)
        stage.ram("UpdateRole", RoleName=stage.role, NewDescription="changed")
        w.refused(400, "InvalidSecurityToken.Expired", "DescribeKey", client=session, KeyId=w.key)
        stage.session().call("DescribeKey", KeyId=w.key)


@scenario("a token that is missing, broken or another key's is told as such")
def tokens(w):
    with Stage(w) as stage:
        one, other = stage.assume()["Credentials"], stage.assume()["Credentials"]
        token = one["SecurityToken"]
        for changes, code in (
            ({"security_token": ""}, "MissingSecurityToken"),
            ({"security_token": "broken"}, "InvalidSecurityToken.Malformed"),
            ({"security_token": token[:40] + token[44:]}, "InvalidSecurityToken.Malformed"),
            ({"security_token": other["SecurityToken"]}, "InvalidSecurityToken.MismatchWithAccessKey"),
        ):
            w.refused(400, code, "DescribeKey", client=stage.client(one, **changes), KeyId=w.key)
        permanent = w.stranger(security_token=token)
        w.refused(400, "InvalidSecurityToken.MismatchWithAccessKey", "DescribeKey", client=permanent, KeyId=w.key)
        wrong = stage.client(one, access_key_secret=other["AccessKeySecret"])
        w.refused(400, w.client.wrong_secret_code, "DescribeKey", client=wrong, KeyId=w.key)


@scenario("who may not assume a role is refused")
def refusals(w):
    with Stage(w, {"StringEquals": {"sts:ExternalId": "customer-7"}}) as stage:
        stage.refused(403, "NoPermission")
        stage.refused(403, "NoPermission", ExternalId="customer-8")
        stage.assume(ExternalId="customer-7")
        stage.refused(403, "NoPermission", client=w.client, ExternalId="customer-7")
        stage.refused(404, "EntityNotExist.Role", RoleArn=f"{stage.arn}-none")
        stage.refused(403, "NoPermission", RoleArn="acs:ram::1234567890123456:role/none")
        for name, value in (
            ("RoleArn", "reader"),
            ("RoleSessionName", "a b"),
            ("DurationSeconds", 3601),
            ("DurationSeconds", 899),
            ("ExternalId", "?"),
        ):
            stage.refused(400, f"InvalidParameter.{name}", **{"ExternalId": "customer-7", name: value})
        stage.refused(400, "InvalidParameter.PolicyGrammar", Policy="{}")
        stage.refused(400, "InvalidParameter.PolicySize", Policy=" " * 2049)


@scenario("a chain of sessions neither outlives its first nor leads out of a session policy")
def chains(w):
    with Stage(w) as stage:
        may = {"PolicyType": "System", "PolicyName": "AliyunSTSAssumeRoleAccess", "RoleName": stage.role}
        stage.ram("AttachPolicyToRole", **may)
        try:
            first = stage.assume(DurationSeconds=900)["Credentials"]
            second = stage.assume(stage.client(first), DurationSeconds=3600)["Credentials"]
            assert second["Expiration"] == first["Expiration"], (second["Expiration"], first["Expiration"])
            stage.client(second).call("DescribeKey", KeyId=w.key)
            narrowed = stage.session(Policy=policy("*"))
            narrowed.call("DescribeKey", KeyId=w.key)
            stage.refused(403, "NoPermission", client=narrowed)
        finally:
            stage.ram("DetachPolicyFromRole", **may)
