"""What scenarios are made of: the table, and the world that each of them is given."""

import dataclasses
import uuid
from typing import Callable, NamedTuple

from harness import Refusal
from shapes import check_key, check_page, check_request_id, uuid_text


class Scenario(NamedTuple):
    title: str
    run: Callable
    applies: Callable = lambda client: True


TABLE = []


def scenario(title, applies=lambda client: True):
    def add(function):
        TABLE.append(Scenario(title, function, applies))
        return function

    return add


class World:
    """A client, what it calls, and the keys that scenarios share."""

    def __init__(self, client):
        self.client, self.target = client, client.target
        self._key = self._alias = None

    def call(self, action, **parameters):
        answer = self.client.call(action, **parameters)
        check_request_id(answer)
        return answer

    def refused(self, status, code, action, client=None, **parameters):
        """Fails unless the call is refused like this; `code` may be a tuple where the documents leave a choice."""
        try:
            answer = (client or self.client).call(action, **parameters)
        except Refusal as refusal:
            codes = code if isinstance(code, tuple) else (code,)
            assert (refusal.status, refusal.code in codes) == (status, True), f"not {status} {code} but {refusal}"
            assert refusal.message, "the refusal has no message"
            uuid_text(refusal.request_id)
            return refusal
        raise AssertionError(f"{action} {parameters} is answered: {answer}")

    def new_key(self, **parameters):
        return self.call("CreateKey", **parameters)["KeyMetadata"]["KeyId"]

    def new_alias(self, key):
        name = f"alias/conformance/{uuid.uuid4().hex}"
        self.call("CreateAlias", KeyId=key, AliasName=name)
        return name

    def describe(self, key, **expected):
        metadata = self.call("DescribeKey", KeyId=key)["KeyMetadata"]
        check_key(metadata, self.target, described=True, **expected)
        return metadata

    @property
    def key(self):
        """A key that stays enabled."""
        if not self._key:
            self._key = self.new_key(Description="shared by the scenarios")
        return self._key

    @property
    def alias(self):
        """An alias of `key`."""
        if not self._alias:
            self._alias = self.new_alias(self.key)
        return self._alias

    def stranger(self, **changes):
        """A client of the same kind with other credentials."""
        return self.client.like_this(dataclasses.replace(self.target, **changes))

    def arn(self, key):
        return f"acs:kms:{self.target.region}:{self.target.account}:key/{key}"

    def pages(self, action, wrapper, item, size, **parameters):
        """All the items of a list, page after page, and the last TotalCount."""
        found, number = [], 1
        while True:
            answer = self.call(action, PageNumber=number, PageSize=size, **parameters)
            items = check_page(answer, wrapper, item, number, size)
            found += items
            if not items or len(found) >= answer["TotalCount"]:
                return found, answer["TotalCount"]
            number += 1
