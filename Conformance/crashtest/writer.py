"""A client that changes things and remembers what it was told."""

import http.client
import json
import random
import threading
import time
import uuid

from harness import Refusal
from wire import Wire

BROKEN = (OSError, http.client.HTTPException)


class Belief:
    """What a value may be: the one acknowledged last, or those asked for since without an answer."""

    def __init__(self, value):
        self.possible = {value}

    def asked(self, value):
        self.possible.add(value)

    def acknowledged(self, value):
        self.possible = {value}

    def settle(self, value, what):
        assert value in self.possible, f"{what} is {value!r}, not one of {self.possible!r}"


class Writer(threading.Thread):
    """Works alone on its own keys and aliases, so that it knows what their state must be."""

    def __init__(self, number, seed, endpoint):
        super().__init__(daemon=True)
        self.number = number
        self.random = random.Random(f"{seed}/{number}")
        self.endpoint = endpoint
        self.keys = {}  # id → {field: Belief}
        self.aliases = {}  # name → Belief of a key id or None
        self.asked_descriptions = set()  # of keys whose creation was never answered
        self.blobs = []  # (blob, plaintext, context, key)
        self.acknowledged = []  # (request id, action)
        self.refusals = []
        self.stopping = False
        self.count = 0

    def run(self):
        client = None
        while not self.stopping:
            target = self.endpoint()
            if target is None:
                time.sleep(0.005)
                continue
            if client is None or client.target is not target:
                client = Wire(target, "http", self.random.choice(("v1-query", "v1-form", "v3")))
            try:
                self.step(client)
            except BROKEN:
                client = None
                time.sleep(0.005)
            except Refusal as refusal:
                self.refusals.append(str(refusal))
            except Exception as error:
                self.refusals.append(repr(error))

    def call(self, client, action, **parameters):
        answer = client.call(action, **parameters)
        self.acknowledged.append((answer["RequestId"].lower(), action))
        self.count += 1
        return answer

    def step(self, client):
        work = [self.create] * 4
        if self.keys:
            work += [self.alias] * 4 + [self.encrypt] * 6 + [self.describe] * 2 + [self.tag, self.toggle]
        if self.aliases:
            work += [self.move, self.drop]
        self.random.choice(work)(client)

    def pick(self):
        return self.random.choice(list(self.keys))

    def create(self, client):
        mark = f"writer {self.number} {uuid.uuid4()}"
        self.asked_descriptions.add(mark)
        key = self.call(client, "CreateKey", Description=mark)["KeyMetadata"]["KeyId"]
        self.asked_descriptions.discard(mark)
        self.keys[key] = {"Description": Belief(mark), "KeyState": Belief("Enabled"), "tag": Belief(None)}

    def change(self, client, belief, value, action, **parameters):
        belief.asked(value)
        self.call(client, action, **parameters)
        belief.acknowledged(value)

    def describe(self, client):
        key, text = self.pick(), f"changed {uuid.uuid4()}"
        self.change(
            client, self.keys[key]["Description"], text, "UpdateKeyDescription", KeyId=key, Description=text
        )

    def tag(self, client):
        key, value = self.pick(), uuid.uuid4().hex
        tags = json.dumps([{"TagKey": "crash", "TagValue": value}])
        self.change(client, self.keys[key]["tag"], value, "TagResource", KeyId=key, Tags=tags)

    def toggle(self, client):
        key = self.pick()
        state = self.keys[key]["KeyState"]
        wanted = "Enabled" if "Disabled" in state.possible else "Disabled"
        self.change(client, state, wanted, "EnableKey" if wanted == "Enabled" else "DisableKey", KeyId=key)

    def alias(self, client):
        key, name = self.pick(), f"alias/crash/{self.number}/{uuid.uuid4().hex}"
        self.aliases[name] = Belief(None)
        self.change(client, self.aliases[name], key, "CreateAlias", KeyId=key, AliasName=name)

    def sure(self):
        """An alias that surely exists."""
        names = [n for n, belief in self.aliases.items() if len(belief.possible) == 1 and None not in belief.possible]
        return self.random.choice(names) if names else None

    def move(self, client):
        key, name = self.pick(), self.sure()
        if name:
            self.change(client, self.aliases[name], key, "UpdateAlias", KeyId=key, AliasName=name)

    def drop(self, client):
        name = self.sure()
        if name and self.random.random() < 0.3:
            self.change(client, self.aliases[name], None, "DeleteAlias", AliasName=name)

    def encrypt(self, client):
        key = self.pick()
        if self.keys[key]["KeyState"].possible != {"Enabled"}:
            return
        plaintext, context = uuid.uuid4().hex, {"writer": str(self.number)}
        answer = self.call(client, "Encrypt", KeyId=key, Plaintext=plaintext, EncryptionContext=context)
        self.blobs.append((answer["CiphertextBlob"], plaintext, context, key))
