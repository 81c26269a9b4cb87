"""A backend for Reseal in Python's standard library: login, refresh, logout and one resource.

    python3 docs/examples/backend.py [port] [seconds that an access token lives]

Refresh tokens are rotated, and one that is shown twice ends its whole login, as a strict issuer does.
"""

import json
import secrets
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
LIVES_SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 60

PEOPLE = {"ada": ("lovelace", "Ada Lovelace")}
BOOKS = ["Sketch of the Analytical Engine"]

lock = Lock()
access_tokens = {}  # token -> (login, when it dies)
refresh_tokens = {}  # token -> login, used ones too
newest = {}  # login -> (person, its one good refresh token)


def tokens_for(login, person):
    """A token response as RFC 6749 section 5.1 has it."""
    access, refresh = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    access_tokens[access] = (login, time.monotonic() + LIVES_SECONDS)
    refresh_tokens[refresh] = login
    newest[login] = (person, refresh)
    return {"access_token": access, "refresh_token": refresh, "token_type": "Bearer", "expires_in": LIVES_SECONDS}


class Backend(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        body = json.loads(self.rfile.read(length) or "{}")
        answers = {"/auth/login": self.login, "/auth/refresh": self.refresh, "/auth/logout": self.logout}
        with lock:
            status, answer = answers.get(self.path, lambda _: (404, {}))(body)
        self.answer(status, answer)

    def login(self, body):
        person = body.get("username")
        password, name = PEOPLE.get(person, ("", ""))
        if not password or not secrets.compare_digest(password.encode(), str(body.get("password")).encode()):
            return 401, {"error": "invalid_grant"}
        return 200, {**tokens_for(secrets.token_urlsafe(8), person), "user": {"id": person, "name": name}}

    def refresh(self, body):
        token = body.get("refresh_token")
        login = refresh_tokens.get(token)
        person, good = newest.get(login, (None, None))
        if token is None or token != good:
            newest.pop(login, None)
            return 400, {"error": "invalid_grant"}
        return 200, tokens_for(login, person)

    def logout(self, body):
        newest.pop(refresh_tokens.get(body.get("refresh_token")), None)
        return 200, {}

    def do_GET(self):
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        with lock:
            login, dies = access_tokens.get(token, (None, 0))
            person, _ = newest.get(login, (None, None))
        if person is None or time.monotonic() > dies:
            return self.answer(401, {}, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
        if self.path != "/books":
            return self.answer(404, {})
        self.answer(200, {"reader": person, "books": BOOKS})

    def answer(self, status, body, headers={}):
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format, *args):
        print(self.command, self.path, args[1], flush=True)


server = ThreadingHTTPServer(("127.0.0.1", PORT), Backend)
print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
server.serve_forever()
