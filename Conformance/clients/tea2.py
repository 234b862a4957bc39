"""The second release of the newer SDK (V1, form body)."""

import contextlib
import pathlib
import sys
import unittest.mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from alibabacloud_kms20160120 import models
from alibabacloud_kms20160120.client import Client
from alibabacloud_tea_openapi import models as openapi_models
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from alibabacloud_tea_util.models import RuntimeOptions

from harness import Refusal, contains, main, numbered, shifted
from teamodels import ModelAdapter, snake


class RecordingClient(Client):
    """Keeps what the server sent beside what the models made of it."""

    last = None

    def do_rpcrequest(self, *arguments):
        self.last = super().do_rpcrequest(*arguments)
        return self.last


class Tea2(ModelAdapter):
    label = "tea2"
    models = models

    def __init__(self, target, scheme):
        super().__init__(target, scheme)
        self.client = RecordingClient(
            openapi_models.Config(
                access_key_id=target.access_key_id,
                access_key_secret=target.access_key_secret,
                security_token=target.security_token or None,
                endpoint=self.address,
                protocol=scheme,
                region_id=target.region,
                ca=target.ca if scheme == "https" else None,
            )
        )

    def like_this(self, target):
        return Tea2(target, self.scheme)

    def call(self, action, **parameters):
        request = self.typed_request(action, parameters)
        if request is None:
            return self.generic(action, parameters)
        with refusals():
            response = getattr(self.client, f"{snake(action)}_with_options")(*request, RuntimeOptions())
        body = self.client.last["body"]
        contains(body, response.body.to_map())
        return body

    def generic(self, action, parameters, version="2016-01-20"):
        request = openapi_models.OpenApiRequest(body=numbered(parameters))
        with refusals():
            answer = self.client.do_rpcrequest(
                action, version, self.scheme, "POST", "AK", "json", request, RuntimeOptions()
            )
        return answer["body"]

    @contextlib.contextmanager
    def clock(self, offset):
        with unittest.mock.patch("alibabacloud_tea_openapi.client.Utils.get_timestamp", shifted(offset)):
            yield

    @contextlib.contextmanager
    def nonce(self, text):
        with unittest.mock.patch("alibabacloud_tea_openapi.client.Utils.get_nonce", lambda: text):
            yield


@contextlib.contextmanager
def refusals():
    try:
        yield
    except AlibabaCloudException as error:
        raise Refusal(error.code, error.status_code, error.message, error.request_id)


if __name__ == "__main__":
    main(lambda target, scheme: [Tea2(target, scheme)])
