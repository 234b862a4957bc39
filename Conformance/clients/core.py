"""The Python core SDK (V1): typed requests, and its generic request by form and by GET."""

import contextlib
import importlib
import json
import pathlib
import sys
import unittest.mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth.credentials import StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.http import protocol_type
from aliyunsdkcore.request import CommonRequest

from harness import VERSIONS, Adapter, Refusal, main, numbered, shifted
from scenarios import Scenario


class Core(Adapter):
    """`way` is typed, form or get."""

    wrong_secret_code = "InvalidAccessKeySecret"

    def __init__(self, target, scheme, way):
        super().__init__(target, scheme)
        self.way = way
        self.label = f"core/{way}"
        # This client compares protocols by identity: an equal string that is not its own constant means http.
        self.protocol = protocol_type.HTTPS if scheme == "https" else protocol_type.HTTP
        if way != "typed":
            # It keeps no string to sign for generic requests, and so cannot tell whose fault the signature is.
            self.wrong_secret_code = "SignatureDoesNotMatch"
        key, token = (target.access_key_id, target.access_key_secret), target.security_token
        self.client = AcsClient(
            *((None, None) if token else key),
            target.region,
            credential=StsTokenCredential(*key, token) if token else None,
            verify=target.ca if scheme == "https" else None,
        )

    def like_this(self, target):
        return Core(target, self.scheme, self.way)

    def call(self, action, **parameters):
        request = self.typed_request(action, parameters) if self.way == "typed" else None
        return self.answered(request or self.common_request(action, parameters))

    def generic(self, action, parameters, version="2016-01-20"):
        return self.answered(self.common_request(action, parameters, version))

    def product(self, product, action, parameters):
        request = self.typed_request(action, parameters, product) if self.way == "typed" else None
        return self.answered(request or self.common_request(action, parameters, VERSIONS[product]))

    def typed_request(self, action, parameters, product="kms"):
        version = VERSIONS[product].replace("-", "")
        try:
            module = importlib.import_module(f"aliyunsdk{product}.request.v{version}.{action}Request")
        except ImportError:
            return None
        request = getattr(module, f"{action}Request")()
        request.set_endpoint(self.address)
        request.set_protocol_type(self.protocol)
        for name, value in parameters.items():
            if isinstance(value, dict):
                value = json.dumps(value, ensure_ascii=False)
            # Repeated parameters have a setter in the plural; RegionId is the client's own.
            setter = getattr(request, f"set_{name}s" if isinstance(value, list) else f"set_{name}", None)
            if setter:
                setter(value)
            elif name != "RegionId":
                for flat, text in numbered({name: value}).items():
                    request.add_query_param(flat, text)
        return request

    def common_request(self, action, parameters, version="2016-01-20"):
        request = CommonRequest(domain=self.address, version=version, action_name=action)
        request.set_protocol_type(self.protocol)
        if self.way == "form":
            request.set_method("POST")
            for name, value in numbered(parameters).items():
                # The client puts its own RegionId into the query of every request.
                if name != "RegionId":
                    request.add_body_params(name, value)
        else:
            request.set_method("GET")
            for name, value in numbered(parameters).items():
                request.add_query_param(name, value)
        return request

    def answered(self, request):
        try:
            return json.loads(self.client.do_action_with_exception(request))
        except ServerException as error:
            raise Refusal(
                error.get_error_code(), error.get_http_status(), error.get_error_msg(), error.get_request_id()
            )

    @contextlib.contextmanager
    def clock(self, offset):
        with unittest.mock.patch("aliyunsdkcore.utils.parameter_helper.get_iso_8061_date", shifted(offset)):
            yield

    @contextlib.contextmanager
    def nonce(self, text):
        with unittest.mock.patch("aliyunsdkcore.utils.parameter_helper.get_uuid", lambda: text):
            yield


def endpoint_by_region(w):
    """`add_endpoint` leaves sample code untouched but for one line."""
    request = importlib.import_module("aliyunsdkkms.request.v20160120.DescribeRegionsRequest").DescribeRegionsRequest()
    request.set_protocol_type(w.client.protocol)
    w.client.client.add_endpoint(w.target.region, "kms", w.client.address)
    answer = w.client.answered(request)
    assert {"RegionId": w.target.region} in answer["Regions"]["Region"], answer


def xml(w):
    """The core SDK hands out XML if asked for it."""
    request = w.client.common_request("DescribeKey", {"KeyId": w.key})
    request.set_accept_format("XML")
    status, headers, body = w.client.client.get_response(request)
    assert status == 200, (status, body)
    assert body.startswith(b'<?xml version="1.0" encoding="UTF-8"?>'), body[:80]
    assert b"<DescribeKeyResponse>" in body and f"<KeyId>{w.key}</KeyId>".encode() in body, body
    assert headers["Content-Type"].partition(";")[0] in ("application/xml", "text/xml"), headers


OWN = (
    Scenario("an endpoint added for the region is enough", endpoint_by_region, lambda c: c.way == "typed"),
    Scenario("XML is answered where XML is asked for", xml, lambda c: c.way == "typed"),
)

if __name__ == "__main__":
    main(lambda target, scheme: (Core(target, scheme, way) for way in ("typed", "form", "get")), OWN)
