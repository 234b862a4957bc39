"""The OSS SDK's client-side encryption: its key provider makes data keys and encrypts the counter's start."""

import pathlib
import sys
import unittest.mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import oss2
from aliyunsdkkms.request.v20160120 import GenerateDataKeyRequest
from oss2.exceptions import OpenApiServerError

from core import Core
from harness import main
from scenarios import Scenario


class Oss(Core):
    """Makes its keys through the core SDK that it brings along."""

    def __init__(self, target, scheme):
        super().__init__(target, scheme, "typed")
        self.label = "oss"

    def like_this(self, target):
        return Oss(target, self.scheme)

    def provider(self, key, passphrase=None):
        provider = oss2.crypto.AliKMSProvider(
            self.target.access_key_id,
            self.target.access_key_secret,
            self.target.region,
            key,
            passphrase=passphrase,
        )
        client = provider.kms_client
        client.add_endpoint(self.target.region, "kms", self.address)
        client.set_verify(self.target.ca if self.scheme == "https" else None)
        if self.scheme == "http":
            # The provider gives no way to choose http; its requests are changed on their way out.
            send = client.do_action_with_exception

            def plain(request):
                request.set_protocol_type(self.protocol)
                return send(request)

            client.do_action_with_exception = plain
        return provider


def round_trip(passphrase):
    def run(w):
        provider = w.client.provider(w.key, passphrase)
        sent = []
        add = GenerateDataKeyRequest.GenerateDataKeyRequest.add_query_param

        def seen(request, name, value):
            sent.append((name, value))
            return add(request, name, value)

        with unittest.mock.patch.object(GenerateDataKeyRequest.GenerateDataKeyRequest, "add_query_param", seen):
            material = provider.create_content_material()
        assert ("KeySpec", "AES_256") in sent and ("NumberOfBytes", 32) in sent, sent
        assert passphrase or ("EncryptionContext", "") in sent, sent
        key = provider.decrypt_encrypted_key(material.encrypted_key)
        start = provider.decrypt_encrypted_iv(material.encrypted_iv)
        assert len(key) == 32, f"the data key has {len(key)} bytes"
        data = b"an object's content" * 100
        cipher = oss2.utils.AESCTRCipher()
        cipher.initialize(key, start)
        assert cipher.decrypt(material.cipher.encrypt(data)) == data, "the object does not come back"

    return run


def wrong_passphrase(w):
    material = w.client.provider(w.key, "right").create_content_material()
    for other in ("wrong", None):
        try:
            w.client.provider(w.key, other).decrypt_encrypted_key(material.encrypted_key)
        except OpenApiServerError as error:
            assert (error.status, error.code) == (400, "InvalidParameter"), (error.status, error.code, error.message)
        else:
            raise AssertionError(f"decrypted with the passphrase {other}")


OWN = (
    Scenario("an object's key and counter come back without a passphrase", round_trip(None)),
    Scenario("an object's key and counter come back with a passphrase", round_trip("open sesame")),
    Scenario("another passphrase opens nothing", wrong_passphrase),
)

if __name__ == "__main__":
    main(lambda target, scheme: [Oss(target, scheme)], OWN)
