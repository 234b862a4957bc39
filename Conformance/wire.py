"""The protocol by hand, with the standard library alone: what no official client would send can be sent from here."""

import base64
import hashlib
import hmac
import http.client
import json
import ssl
import time
import urllib.parse
import uuid

from harness import Adapter, Refusal, numbered

VERSION = "2016-01-20"


def encoded(text):
    return urllib.parse.quote(text, safe="-_.~")


def canonical(parameters):
    return "&".join(f"{encoded(name)}={encoded(value)}" for name, value in sorted(parameters.items()))


def timestamp(offset=0):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + offset))


def v1_string_to_sign(method, parameters):
    return f"{method}&%2F&{encoded(canonical(parameters))}"


def v1_signature(method, parameters, secret):
    text = v1_string_to_sign(method, parameters)
    return base64.b64encode(hmac.digest(f"{secret}&".encode(), text.encode(), "sha1")).decode()


def v3_authorization(method, query, headers, body_hash, access_key_id, secret):
    names = sorted(headers)
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in names)
    request = f"{method}\n/\n{canonical(query)}\n{lines}\n{';'.join(names)}\n{body_hash}"
    text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.digest(secret.encode(), text.encode(), "sha256").hex()
    return f"ACS3-HMAC-SHA256 Credential={access_key_id},SignedHeaders={';'.join(names)},Signature={signature}"


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body.decode("utf-8"))


class Wire(Adapter):
    """One keep-alive connection. `form` is one of v1-get, v1-query, v1-form, v3."""

    typed = frozenset()

    def __init__(self, target, scheme, form="v1-query"):
        super().__init__(target, scheme)
        self.label = f"wire/{form}"
        self.form = form
        self.connection = None

    def like_this(self, target):
        return Wire(target, self.scheme, self.form)

    def send(self, method, path, headers=None, body=b""):
        """Sends one request as it stands; opens the connection anew if it was closed since the last one."""
        fresh = self.connection is None
        if fresh:
            if self.scheme == "https":
                context = ssl.create_default_context(cafile=self.target.ca)
                self.connection = http.client.HTTPSConnection(self.address, timeout=15, context=context)
            else:
                self.connection = http.client.HTTPConnection(self.address, timeout=15)
        try:
            self.connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in (headers or {}).items():
                self.connection.putheader(name, value)
            if method == "POST":
                self.connection.putheader("Content-Length", str(len(body)))
            self.connection.endheaders(body or None)
            response = self.connection.getresponse()
            answer = Answer(response.status, response.headers, response.read())
            if response.will_close:
                self.close()
            return answer
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def common(self, action, **changes):
        """The common parameters of V1; a change to None leaves one out."""
        parameters = {
            "Action": action,
            "Version": VERSION,
            "Format": "JSON",
            "AccessKeyId": self.target.access_key_id,
            "SignatureMethod": "HMAC-SHA1",
            "SignatureVersion": "1.0",
            "SignatureNonce": uuid.uuid4().hex,
            "SignatureType": "",
            "Timestamp": timestamp(),
            "SecurityToken": self.target.security_token or None,
        }
        parameters.update(changes)
        return {name: value for name, value in parameters.items() if value is not None}

    def v1(self, method, common, parameters, in_form=False, secret=None):
        """Signs query and form together; returns what `send` takes."""
        common = dict(common)
        common["Signature"] = v1_signature(method, {**common, **parameters}, secret or self.target.access_key_secret)
        if in_form:
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            return method, f"/?{urllib.parse.urlencode(common)}", headers, urllib.parse.urlencode(parameters).encode()
        return method, f"/?{urllib.parse.urlencode({**parameters, **common})}", {}, b""

    def v3(self, action, parameters, changes=None, access_key_id=None, secret=None, unsigned=()):
        """As the newer clients: nothing in the query but the operation's own parameters."""
        headers = {
            "host": self.address,
            "accept": "application/json",
            "x-acs-action": action,
            "x-acs-version": VERSION,
            "x-acs-date": timestamp(),
            "x-acs-signature-nonce": uuid.uuid4().hex,
            "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
        }
        if self.target.security_token:
            headers["x-acs-security-token"] = self.target.security_token
            headers["x-acs-accesskey-id"] = self.target.access_key_id
        headers.update(changes or {})
        signed = {name: value for name, value in headers.items() if name not in unsigned}
        authorization = v3_authorization(
            "POST",
            parameters,
            signed,
            headers["x-acs-content-sha256"],
            access_key_id or self.target.access_key_id,
            secret or self.target.access_key_secret,
        )
        sent = {name: value for name, value in headers.items() if name != "host"}
        path = f"/?{urllib.parse.urlencode(parameters)}" if parameters else "/"
        return "POST", path, {**sent, "Authorization": authorization}, b""

    def generic(self, action, parameters, version=VERSION):
        flat = numbered(parameters)
        if self.form == "v3":
            request = self.v3(action, flat, {"x-acs-version": version})
        else:
            method = "GET" if self.form == "v1-get" else "POST"
            request = self.v1(method, self.common(action, Version=version), flat, in_form=self.form == "v1-form")
        return self.understood(self.send(*request))

    def understood(self, answer):
        kind = answer.headers.get("Content-Type", "")
        assert kind.partition(";")[0] == "application/json", f"Content-Type is {kind!r}"
        assert b"\\u" not in answer.body, f"the answer escapes what it should write as UTF-8: {answer.body[:200]}"
        body = answer.json()
        assert isinstance(body, dict), f"the answer is no object: {answer.body[:200]}"
        if answer.status != 200:
            for name in ("Code", "Message", "RequestId", "HostId", "Recommend"):
                assert isinstance(body.get(name), str), f"{name} is missing or no string in {body}"
            raise Refusal(body["Code"], answer.status, body["Message"], body["RequestId"])
        return body
