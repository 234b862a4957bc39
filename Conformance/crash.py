#!/usr/bin/env python3
"""Kills the server (SIGKILL) at random moments under writing clients, and looks for what was acknowledged.

Several writers create, describe, tag, disable and enable keys, make and move aliases, and encrypt. Each remembers what
was acknowledged and what was under way when the connection broke. Meanwhile the root key is rotated again and again. After
the last restart:

- everything acknowledged is there, and nothing else than what was at least asked for;
- what was under way is there as a whole or not at all;
- every ciphertext ever acknowledged decrypts, whatever the root key was, and the last rotation has come to its end;
- every acknowledged request is in the audit trail exactly once, and the trail's chains are whole;
- no change can be made again by sending its request again, though the server has forgotten all but its database.
"""

import argparse
import collections
import pathlib
import random
import shutil
import sys
import tempfile
import time

from crashtest.checks import (
    Findings,
    check_aliases,
    check_blobs,
    check_chains,
    check_keys,
    check_replays,
    check_trail,
    prepare_replays,
)
from crashtest.rotator import Rotator
from crashtest.writer import Writer
from server import Server, built_program
from wire import Wire

MUTATIONS = (
    "CreateKey",
    "CreateAlias",
    "UpdateAlias",
    "DeleteAlias",
    "UpdateKeyDescription",
    "TagResource",
    "DisableKey",
    "EnableKey",
)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default=built_program(), help="the keyhold-server program (%(default)s)")
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument("--seed", type=int, default=20160120)
    parser.add_argument("--longest", type=float, default=1.5, help="seconds between start and kill, at most")
    parser.add_argument("--limit", type=float, default=240, help="seconds until no further kill is made")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}, {arguments.kills} kills, {arguments.writers} writers", flush=True)

    folder = pathlib.Path(tempfile.mkdtemp(prefix="keyhold-crash-"))
    findings = Findings()
    with (folder / "server.log").open("wb") as log:
        server = Server(arguments.server, folder / "data", log)
        (folder / "data").mkdir(mode=0o700)
        try:
            survive(server, arguments, findings)
        except RuntimeError as error:
            findings.append(f"the server: {error}")
        finally:
            server.kill()
    for finding in findings[:50]:
        print(f"FAIL {finding}")
    if findings:
        print(f"the server's log and data are in {folder}")
    else:
        shutil.rmtree(folder)
    print(f"{0 if findings else 1} passed, {len(findings)} failed")
    sys.exit(1 if findings else 0)


def survive(server, arguments, findings):
    chance = random.Random(arguments.seed)
    current = [server.start()]
    first = current[0]
    writers = [Writer(number, arguments.seed, lambda: current[0]) for number in range(arguments.writers)]
    rotator = Rotator(server.data, arguments.seed)
    for thread in [*writers, rotator]:
        thread.start()
    began, kills, starts = time.monotonic(), 0, []
    while kills < arguments.kills and time.monotonic() - began < arguments.limit:
        time.sleep(chance.uniform(0.02, arguments.longest))
        server.kill()
        kills += 1
        # A server killed while it starts must come up all the same.
        if kills % 5 == 0:
            current[0] = None
            server.launch()
            time.sleep(chance.uniform(0, 0.2))
            server.kill()
            kills += 1
        current[0] = None
        started = time.monotonic()
        current[0] = server.start()
        starts.append(time.monotonic() - started)
        if current[0].access_key_secret != first.access_key_secret or current[0].access_key_id != first.access_key_id:
            findings.append("the access key changed over a restart")
    if kills < 20:
        findings.append(f"only {kills} kills within {arguments.limit} s")
    for thread in [*writers, rotator]:
        thread.stopping = True
    for thread in [*writers, rotator]:
        thread.join(30)
    for writer in writers:
        for refusal in collections.Counter(writer.refusals).items():
            findings.append(f"a writer was refused: {refusal}")
    # What is in the caches is not to answer for the database.
    replays = prepare_replays(Wire(current[0], "http", "v1-query"), findings)
    server.kill()
    client = Wire(server.start(), "http", "v1-query")
    check_replays(client, replays, findings)
    check_rotations(rotator, findings)
    keys = check_keys(client, writers, findings)
    check_aliases(client, writers, findings, keys)
    check_blobs(client, writers, findings)
    asked, torn = check_trail(server.data / "audit.jsonl", writers, findings)
    verdict = check_chains(arguments.server, server.data, findings)
    counts = collections.Counter(action for writer in writers for _, action in writer.acknowledged)
    print(f"{kills} kills in {time.monotonic() - began:.0f} s, restarts took {max(starts):.2f} s at most")
    print(f"{asked} acknowledged and looked for in the trail ({torn} torn lines): {dict(counts)}")
    print(f"the trail: {verdict}", flush=True)
    for action in MUTATIONS:
        if not counts[action]:
            findings.append(f"no {action} was ever acknowledged: the test tests nothing")


def check_rotations(rotator, findings):
    state = findings.check("the root key", rotator.finish)
    for refusal in collections.Counter(rotator.refusals).items():
        findings.append(f"a rotation was refused: {refusal}")
    if rotator.begun < 3 or not state or state["Generation"] <= rotator.begun:
        findings.append(f"the root key was rotated {rotator.begun} times, and is {state}")
    print(f"{rotator.begun} rotations of the root key, found under way {rotator.resumed} times: {state}")


if __name__ == "__main__":
    main()
