"""The first release of the newer SDK (V1, form body, plain http): it flattens EncryptionContext into name.key=value."""

import contextlib
import pathlib
import sys
import unittest.mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from alibabacloud_kms20160120 import models
from alibabacloud_kms20160120.client import Client
from alibabacloud_tea_rpc.models import Config
from alibabacloud_tea_util.models import RuntimeOptions
from Tea.core import TeaCore
from Tea.exceptions import TeaException

from harness import Refusal, contains, main, numbered, shifted
from scenarios import Scenario
from teamodels import ModelAdapter, snake


class RecordingClient(Client):
    """Keeps what the server sent beside what the models made of it."""

    last = None

    def do_request(self, *arguments):
        self.last = super().do_request(*arguments)
        return self.last


class Tea1(ModelAdapter):
    label = "tea1"
    models = models

    def __init__(self, target, scheme):
        super().__init__(target, scheme)
        self.client = RecordingClient(
            Config(
                access_key_id=target.access_key_id,
                access_key_secret=target.access_key_secret,
                security_token=target.security_token or None,
                endpoint=self.address,
                protocol=scheme,
                region_id=target.region,
            )
        )

    def like_this(self, target):
        return Tea1(target, self.scheme)

    def call(self, action, **parameters):
        request = self.typed_request(action, parameters)
        if request is None:
            return self.generic(action, parameters)
        with refusals():
            response = getattr(self.client, f"{snake(action)}_with_options")(*request, RuntimeOptions())
        contains(self.client.last, response.to_map())
        return self.client.last

    def generic(self, action, parameters, version="2016-01-20"):
        with refusals():
            return self.client.do_request(
                action, self.scheme, "POST", version, "AK", None, numbered(parameters), RuntimeOptions()
            )

    @contextlib.contextmanager
    def clock(self, offset):
        with unittest.mock.patch("alibabacloud_tea_rpc.client.RPCUtilClient.get_timestamp", shifted(offset)):
            yield

    @contextlib.contextmanager
    def nonce(self, text):
        with unittest.mock.patch("alibabacloud_tea_rpc.client.UtilClient.get_nonce", lambda: text):
            yield


@contextlib.contextmanager
def refusals():
    """This client forgets the HTTP status; it is caught on its way."""
    seen = []
    act = TeaCore.do_action

    def watched(*arguments, **named):
        response = act(*arguments, **named)
        seen.append(response.status_code)
        return response

    with unittest.mock.patch("alibabacloud_tea_rpc.client.TeaCore.do_action", watched):
        try:
            yield
        except TeaException as error:
            if not seen:
                raise
            raise Refusal(error.code, seen[-1], error.message, (error.data or {}).get("RequestId"))


def flattened(w):
    """The flattened context is the same context as the JSON text, and the two together are refused."""
    context = {"a": "b c", "n": "1"}
    blob = w.call("Encrypt", KeyId=w.key, Plaintext="flattened", EncryptionContext=context)["CiphertextBlob"]
    text = '{"n":"1", "a":"b c"}'
    answer = w.client.generic("Decrypt", {"CiphertextBlob": blob, "EncryptionContext": text})
    assert answer["Plaintext"] == "flattened", answer
    both = {"CiphertextBlob": blob, "EncryptionContext": text, "EncryptionContext.a": "b c", "EncryptionContext.n": "1"}
    try:
        w.client.generic("Decrypt", both)
    except Refusal as refusal:
        assert (refusal.status, refusal.code) == (400, "InvalidParameter"), refusal
    else:
        raise AssertionError("both forms of EncryptionContext in one request are accepted")


OWN = (Scenario("a flattened encryption context is the JSON one", flattened),)

if __name__ == "__main__":
    main(lambda target, scheme: [Tea1(target, scheme)], OWN)
