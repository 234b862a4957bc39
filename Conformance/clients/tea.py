"""The newer Python SDK (ACS3): typed requests, the asyncio form of the same, and the generic call."""

import asyncio
import contextlib
import pathlib
import sys
import unittest.mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from alibabacloud_kms20160120 import models
from alibabacloud_kms20160120.client import Client
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient
from alibabacloud_sts20150401 import models as sts_models
from alibabacloud_sts20150401.client import Client as StsClient
from alibabacloud_tea_openapi import utils_models
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from darabonba.exceptions import UnretryableException
from darabonba.runtime import RuntimeOptions

from harness import VERSIONS, Refusal, contains, main, numbered, shifted
from teamodels import ModelAdapter, snake


class Recording:
    """Keeps what the server sent beside what the models made of it."""

    last = None

    def call_api(self, params, request, runtime):
        self.last = super().call_api(params, request, runtime)
        return self.last

    async def call_api_async(self, params, request, runtime):
        self.last = await super().call_api_async(params, request, runtime)
        return self.last


class RecordingClient(Recording, Client):
    pass


class RecordingRamClient(Recording, RamClient):
    pass


class RecordingStsClient(Recording, StsClient):
    pass


class Tea(ModelAdapter):
    """`way` is typed, asyncio or generic."""

    models = models

    def __init__(self, target, scheme, way):
        super().__init__(target, scheme)
        self.way = way
        self.label = f"tea/{way}"
        config = utils_models.Config(
            access_key_id=target.access_key_id,
            access_key_secret=target.access_key_secret,
            security_token=target.security_token or None,
            endpoint=self.address,
            protocol=scheme,
            region_id=target.region,
            ca=target.ca if scheme == "https" else None,
        )
        self.client = RecordingClient(config)
        self.products = {
            "ram": (RecordingRamClient(config), ram_models),
            "sts": (RecordingStsClient(config), sts_models),
        }

    def like_this(self, target):
        return Tea(target, self.scheme, self.way)

    def call(self, action, **parameters):
        request = None if self.way == "generic" else self.typed_request(action, parameters)
        if request is None:
            return self.generic(action, parameters)
        return self.typed(self.client, action, request)

    def product(self, product, action, parameters):
        client, models = self.products[product]
        request = None if self.way == "generic" else self.typed_request(action, parameters, models, client)
        if request is None:
            return self.generic(action, parameters, VERSIONS[product])
        return self.typed(client, action, request)

    def typed(self, client, action, request):
        with refusals():
            if self.way == "asyncio":
                method = getattr(client, f"{snake(action)}_with_options_async")
                response = asyncio.run(method(*request, RuntimeOptions()))
            else:
                response = getattr(client, f"{snake(action)}_with_options")(*request, RuntimeOptions())
        assert response.status_code == 200, response.status_code
        body = client.last["body"]
        contains(body, response.body.to_map())
        return body

    def generic(self, action, parameters, version="2016-01-20"):
        params = utils_models.Params(
            action=action,
            version=version,
            protocol=self.scheme,
            pathname="/",
            method="POST",
            auth_type="AK",
            style="RPC",
            req_body_type="formData",
            body_type="json",
        )
        request = utils_models.OpenApiRequest(query=numbered(parameters))
        with refusals():
            if self.way == "asyncio":
                return asyncio.run(self.client.call_api_async(params, request, RuntimeOptions()))["body"]
            return self.client.call_api(params, request, RuntimeOptions())["body"]

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
    except UnretryableException as error:
        inner = error.inner_exception if getattr(error, "inner_exception", None) is not None else error
        if isinstance(inner, AlibabaCloudException):
            raise Refusal(inner.code, inner.status_code, inner.message, inner.request_id)
        raise
    except AlibabaCloudException as error:
        raise Refusal(error.code, error.status_code, error.message, error.request_id)


if __name__ == "__main__":
    main(lambda target, scheme: (Tea(target, scheme, way) for way in ("typed", "asyncio", "generic")))
