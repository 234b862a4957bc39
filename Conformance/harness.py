"""Runs the table of scenarios through one client after another and counts."""

import argparse
import contextlib
import json
import os
import sys
import time
import traceback

from server import Target


class Refusal(Exception):
    """What a client made of an error answer."""

    def __init__(self, code, status, message, request_id):
        super().__init__(f"{status} {code}: {message}")
        self.code, self.status, self.message, self.request_id = code, status, message, request_id


def numbered(parameters):
    """Parameters as they stand on the wire: text alone, lists as Name.1, JSON for maps."""
    flat = {}
    for name, value in parameters.items():
        if isinstance(value, dict):
            flat[name] = json.dumps(value, ensure_ascii=False)
        elif isinstance(value, (list, tuple)):
            for index, item in enumerate(value, 1):
                if isinstance(item, dict):
                    flat.update({f"{name}.{index}.{part}": text for part, text in item.items()})
                else:
                    flat[f"{name}.{index}"] = item
        else:
            flat[name] = str(value)
    return flat


def contains(whole, part, where="answer"):
    """Fails unless everything that a client's typed model holds is what the server sent."""
    if isinstance(part, dict):
        assert isinstance(whole, dict), f"{where}: the model has {part!r}, the server sent {whole!r}"
        for name, value in part.items():
            if value is not None:
                contains(whole.get(name), value, f"{where}.{name}")
    elif isinstance(part, list):
        assert isinstance(whole, list) and len(whole) == len(part), f"{where}: {part!r} is not {whole!r}"
        for index, (one, other) in enumerate(zip(whole, part)):
            contains(one, other, f"{where}[{index}]")
    else:
        same = whole == part and type(whole) is type(part)
        assert same, f"{where}: the model has {part!r}, the server sent {whole!r}"


VERSIONS = {"kms": "2016-01-20", "ram": "2015-05-01", "sts": "2015-04-01"}


class Adapter:
    """What a scenario sees of a client.

    `call` takes wire names; lists and maps as Python has them, an EncryptionContext as a map or as ready JSON text.
    """

    label = "?"
    # What this client says of itself when the secret is wrong.
    wrong_secret_code = "SignatureDoesNotMatch"

    def __init__(self, target, scheme):
        self.target, self.scheme = target, scheme
        self.address = target.tls_endpoint if scheme == "https" else target.endpoint

    def call(self, action, **parameters):
        return self.generic(action, parameters)

    def generic(self, action, parameters, version="2016-01-20"):
        """The same by the client's untyped way of calling."""
        raise NotImplementedError

    def product(self, product, action, parameters):
        """An operation of another product, `ram` or `sts`, by a typed request where the client has one."""
        return self.generic(action, parameters, VERSIONS[product])

    def like_this(self, target):
        """A client of the same kind with other credentials."""
        raise NotImplementedError

    @contextlib.contextmanager
    def clock(self, offset):
        """The client believes that it is `offset` seconds later."""
        raise NotImplementedError
        yield

    @contextlib.contextmanager
    def nonce(self, text):
        """The client takes this for every nonce."""
        raise NotImplementedError
        yield


def shifted(offset):
    return lambda *_: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + offset))


def main(make_clients, own_scenarios=(), shared=True):
    """Runs the shared scenarios for each client that `make_clients(target, scheme)` yields, then the own ones."""
    import scenarios

    parser = argparse.ArgumentParser()
    parser.add_argument("--scheme", choices=("http", "https"), default="http")
    parser.add_argument("--match", help="only scenarios whose title contains this")
    arguments = parser.parse_args()
    target = Target.of(os.environ)
    passed = failed = 0
    for client in make_clients(target, arguments.scheme):
        world = scenarios.World(client)
        for scenario in [*(scenarios.TABLE if shared else ()), *own_scenarios]:
            if arguments.match and arguments.match not in scenario.title:
                continue
            if not scenario.applies(client):
                continue
            name = f"{client.label} {arguments.scheme}: {scenario.title}"
            try:
                scenario.run(world)
            except Exception as error:
                failed += 1
                print(f"FAIL {name}", flush=True)
                frames = [f for f in traceback.extract_tb(error.__traceback__) if "/Conformance/" in f.filename]
                for frame in frames[-4:]:
                    print(f"       {os.path.basename(frame.filename)}:{frame.lineno} {frame.line}")
                print(f"       {type(error).__name__}: {str(error)[:1500]}", flush=True)
            else:
                passed += 1
                if os.environ.get("KEYHOLD_CONFORMANCE_VERBOSE"):
                    print(f"pass {name}", flush=True)
    print(f"{passed} passed, {failed} failed", flush=True)
    sys.exit(1 if failed else 0)
