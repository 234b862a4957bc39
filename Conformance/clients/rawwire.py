"""No client at all: both signatures in every form they take, and what no client would send."""

import contextlib
import pathlib
import sys
import unittest.mock
import urllib.parse
import uuid
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import wire
from harness import Refusal, main
from scenarios import Scenario


class Raw(wire.Wire):
    def like_this(self, target):
        return Raw(target, self.scheme, self.form)

    @contextlib.contextmanager
    def clock(self, offset):
        shifted = wire.timestamp
        with unittest.mock.patch("wire.timestamp", lambda: shifted(offset)):
            yield

    @contextlib.contextmanager
    def nonce(self, text):
        with unittest.mock.patch("wire.uuid.uuid4", lambda: Fixed(text)):
            yield


class Fixed:
    def __init__(self, text):
        self.hex = text


def refused(w, status, codes, request):
    """Sends a request as it stands; it must be refused like this, with a complete error body."""
    answer = w.client.send(*request)
    try:
        body = w.client.understood(answer)
    except Refusal as refusal:
        codes = codes if isinstance(codes, tuple) else (codes,)
        assert refusal.status == status and refusal.code in codes, f"not {status} {codes} but {refusal}"
        return refusal
    raise AssertionError(f"answered: {body}")


def signed(w, action="DescribeRegions", parameters=None, method="POST", **changes):
    return w.client.v1(method, w.client.common(action, **changes), parameters or {})


def replay(w):
    """The same bytes again are refused, also on a connection of their own and also without a nonce."""
    for request in (signed(w), signed(w, method="GET"), w.client.v3("DescribeRegions", {})):
        w.client.understood(w.client.send(*request))
        refused(w, 400, "SignatureNonceUsed", request)
        w.client.close()
        refused(w, 400, "SignatureNonceUsed", request)
    bare = signed(w, SignatureNonce=None)
    w.client.understood(w.client.send(*bare))
    refused(w, 400, "SignatureNonceUsed", bare)


def common_parameters(w):
    refused(w, 400, "MissingAction", signed(w, Action=None))
    refused(w, 400, "MissingVersion", signed(w, Version=None))
    refused(w, 400, "MissingAccessKeyId", signed(w, AccessKeyId=None))
    refused(w, 400, ("IllegalTimestamp", "MissingTimestamp"), signed(w, Timestamp=None))
    refused(w, 400, "InvalidTimeStamp.Format", signed(w, Timestamp="2026-11-24 02:58:38"))
    refused(w, 400, "InvalidTimeStamp.Format", signed(w, Timestamp="yesterday"))
    refused(w, 400, "InvalidSignatureMethod", signed(w, SignatureMethod="HMAC-MD5"))
    refused(w, 400, "InvalidParameter.Format", signed(w, Format="YAML"))
    method, path, headers, body = signed(w)
    unsigned = path[: path.index("&Signature=")]
    refused(w, 400, ("MissingSignature", "IncompleteSignature"), (method, unsigned, headers, body))


def tampering(w):
    method, path, headers, body = signed(w, "DescribeKey", {"KeyId": w.key})
    other = path.replace(w.key, str(uuid.uuid4()))
    refusal = refused(w, 400, "SignatureDoesNotMatch", (method, other, headers, body))
    head, marker, theirs = refusal.message.partition("server string to sign is:")
    assert head == "Specified signature is not matched with our calculation. ", refusal.message
    decoded = dict(urllib.parse.parse_qsl(path[2:], keep_blank_values=True))
    decoded.pop("Signature")
    decoded["KeyId"] = dict(urllib.parse.parse_qsl(other[2:]))["KeyId"]
    assert theirs == wire.v1_string_to_sign("POST", decoded), "the server signs another string"
    w.client.close()
    # The refused requests used up no nonce: the true one is still good.
    w.client.understood(w.client.send(method, path, headers, body))
    refused(w, 400, "SignatureDoesNotMatch", ("GET", path, headers, body))


def v3_headers(w):
    call = w.client.v3
    refused(w, 400, "SignatureDoesNotMatch", call("DescribeRegions", {}, secret="another"))
    for name in ("x-acs-action", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256", "x-acs-version"):
        request = call("DescribeRegions", {}, unsigned=(name,))
        refused(w, 400, ("IncompleteSignature", "SignatureDoesNotMatch"), request)
    wrong_hash = {"x-acs-content-sha256": "0" * 64}
    answer = w.client.send(*call("DescribeRegions", {}, wrong_hash))
    assert 400 <= answer.status < 500, (answer.status, answer.body)
    w.client.close()
    both = call("DescribeRegions", {"Action": "DescribeAccountKmsStatus"})
    answer = w.client.send(*both)
    assert 400 <= answer.status < 500, (answer.status, answer.body)


def action_header(w):
    """Several V1 clients send x-acs-action as well; it selects nothing."""
    method, path, headers, body = signed(w)
    headers = {**headers, "x-acs-action": "DescribeRegions", "x-acs-version": wire.VERSION, "x-sdk-client": "x"}
    w.client.understood(w.client.send(method, path, headers, body))


def xml(w):
    answer = w.client.send(*signed(w, "ListKeys", {"PageSize": "2"}, Format="XML"))
    assert answer.status == 200, (answer.status, answer.body)
    assert answer.headers["Content-Type"].partition(";")[0] in ("text/xml", "application/xml"), answer.headers
    assert answer.body.startswith(b'<?xml version="1.0" encoding="UTF-8"?>'), answer.body[:80]
    root = ElementTree.fromstring(answer.body)
    assert root.tag == "ListKeysResponse", root.tag
    keys = root.find("Keys").findall("Key")
    assert keys and all(len(key) == 2 and key.find("KeyArn") is not None for key in keys), answer.body
    assert root.findtext("PageSize") == "2" and root.findtext("RequestId"), answer.body
    answer = w.client.send(*signed(w, "DescribeKey", {"KeyId": "alias/<&>"}, Format="xml"))
    assert answer.status in (400, 404), (answer.status, answer.body)
    root = ElementTree.fromstring(answer.body)
    assert root.tag == "Error" and root.findtext("Code") and root.findtext("Message"), answer.body
    text = 'a<b>&"c]]>\n'
    key = w.new_key(Description=text)
    answer = w.client.send(*signed(w, "DescribeKey", {"KeyId": key}, Format="XML"))
    root = ElementTree.fromstring(answer.body)
    assert root.findtext("KeyMetadata/Description") == text, answer.body


def doubled(w):
    """A repeated parameter is refused, whichever of the two was meant."""
    method, path, headers, body = signed(w, "DescribeKey", {"KeyId": w.key})
    answer = w.client.send(method, f"{path}&KeyId={w.key}", headers, body)
    assert 400 <= answer.status < 500, (answer.status, answer.body)


def long_line(w):
    """A request line of 9 KiB passes; one of 300 KiB gets a complete answer."""
    plaintext = "+" * 6_144
    sealed = w.client.understood(w.client.send(*signed(w, "Encrypt", {"KeyId": w.key, "Plaintext": plaintext})))
    opened = w.client.understood(
        w.client.send(*signed(w, "Decrypt", {"CiphertextBlob": sealed["CiphertextBlob"]}))
    )
    assert opened["Plaintext"] == plaintext
    w.client.close()
    answer = w.client.send(*signed(w, "Encrypt", {"KeyId": w.key, "Plaintext": "x" * 300_000}))
    assert 400 <= answer.status < 500, (answer.status, answer.body[:200])
    assert answer.json()["Code"], answer.body[:200]
    w.client.close()


def other_methods(w):
    for method in ("PUT", "DELETE", "PATCH"):
        answer = w.client.send(method, "/?Action=DescribeRegions&Version=2016-01-20")
        assert answer.status == 403 and answer.json()["Code"] == "UnsupportedHTTPMethod", (answer.status, answer.body)
        w.client.close()
    answer = w.client.send("GET", "/keys?Action=DescribeRegions&Version=2016-01-20")
    assert answer.status == 404 and answer.json()["Code"].startswith("Invalid"), (answer.status, answer.body)
    w.client.close()


def unlike_forms(w):
    """Unusual but permitted: no Content-Length on a POST, parameters in both places, another order and case."""
    import socket
    import ssl

    method, path, _, _ = signed(w)
    host, _, port = w.client.address.rpartition(":")
    with contextlib.ExitStack() as stack:
        connection = stack.enter_context(socket.create_connection((host, int(port)), timeout=10))
        if w.client.scheme == "https":
            context = ssl.create_default_context(cafile=w.target.ca)
            connection = stack.enter_context(context.wrap_socket(connection, server_hostname=host))
        connection.sendall(f"{method} {path} HTTP/1.1\r\nHost: {w.client.address}\r\n\r\n".encode())
        head = connection.recv(65_536)
        assert head.startswith(b"HTTP/1.1 200"), head
    common = w.client.common("DescribeKey", Format="json")
    common["Signature"] = wire.v1_signature("POST", {**common, "KeyId": w.key}, w.target.access_key_secret)
    moved = {"AccessKeyId": common.pop("AccessKeyId"), "KeyId": w.key, "Signature": common.pop("Signature")}
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    body = urllib.parse.urlencode(moved).encode()
    answer = w.client.understood(w.client.send("POST", f"/?{urllib.parse.urlencode(common)}", headers, body))
    assert answer["KeyMetadata"]["KeyId"] == w.key


def once(client):
    return client.form == "v1-query"


OWN = (
    Scenario("the same bytes again are refused", replay, once),
    Scenario("a missing or senseless common parameter is named", common_parameters, once),
    Scenario("a request changed on its way is refused", tampering, once),
    Scenario("ACS3 wants its headers signed and true", v3_headers, once),
    Scenario("x-acs-action beside a V1 signature changes nothing", action_header, once),
    Scenario("XML has its roots, wrappers and escapes", xml, once),
    Scenario("a repeated parameter is refused", doubled, once),
    Scenario("long request lines are answered", long_line, once),
    Scenario("other methods and paths are refused", other_methods, once),
    Scenario("unusual forms of a request are accepted", unlike_forms, once),
)

if __name__ == "__main__":
    main(lambda target, scheme: (Raw(target, scheme, f) for f in ("v1-query", "v1-form", "v1-get", "v3")), OWN)
