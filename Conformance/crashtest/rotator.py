"""Rotates the root key again and again, at whatever moment the server is killed."""

import http.client
import json
import random
import socket
import threading
import time
import urllib.parse

BROKEN = (OSError, http.client.HTTPException, ValueError)


class SocketConnection(http.client.HTTPConnection):
    """HTTP through a Unix socket. The command would open the data folder itself where no server listens."""

    def __init__(self, path):
        super().__init__("administration", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


class Rotator(threading.Thread):
    def __init__(self, data, seed):
        super().__init__(daemon=True)
        self.path = data / "administration.sock"
        self.random = random.Random(f"{seed}/rotator")
        self.begun = self.resumed = 0
        self.refusals = []
        self.stopping = False

    def ask(self, action, **parameters):
        connection = SocketConnection(self.path)
        try:
            form = {"Action": action, "Version": "keyhold-1", "Format": "JSON"} | parameters
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", "/", urllib.parse.urlencode(form), headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def run(self):
        while not self.stopping:
            time.sleep(self.random.uniform(0, 0.5))
            try:
                status, state = self.ask("DescribeRootKey")
                if status == 200 and state["IsRotating"]:
                    self.resumed += 1
                    continue
                status, state = self.ask("RotateRootKey", AtOnce="true")
                if status == 200:
                    self.begun += 1
                elif status != 409:
                    self.refusals.append(f"{status} {state.get('Code')}")
            except BROKEN:
                pass

    def finish(self, patience=60):
        """Waits for the end of the last rotation; the state of the root key then."""
        deadline = time.monotonic() + patience
        while True:
            try:
                status, state = self.ask("DescribeRootKey")
                if status == 200 and not state["IsRotating"]:
                    return state
            except BROKEN:
                state = None
            if time.monotonic() > deadline:
                raise AssertionError(f"the last rotation of the root key does not end: {state}")
            time.sleep(0.1)
