"""A pooler in transaction mode, as small as one can be: all clients share one session of the server.

Each client is answered as if it had logged in; what it sends goes to the one session, which is its own until the
transaction ends. https://www.postgresql.org/docs/current/protocol-flow.html
"""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from typing import Self

_SSL, _GSS = 80877103, 80877104
_PARAMETERS = {"server_version": "18.0", "client_encoding": "UTF8", "standard_conforming_strings": "on"}


class Pooler:
    """Listens on loopback. ``server``: path of the server's socket."""

    def __init__(self, server: str, database: str, user: str) -> None:
        self._session = socket.socket(socket.AF_UNIX)
        self._session.connect(server)
        parameters = b"".join(f"{key}\0{value}\0".encode() for key, value in (("user", user), ("database", database)))
        body = struct.pack("!i", 3 << 16) + parameters + b"\0"
        self._session.sendall(struct.pack("!i", len(body) + 4) + body)
        while _message(self._session)[0] != b"Z":
            pass
        self._turn = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self._session.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError, ConnectionError):
            _greet(client)
            while True:
                first = _message(client)
                with self._turn:
                    self._transaction(client, first)

    def _transaction(self, client: socket.socket, message: tuple[bytes, bytes]) -> None:
        """Until the server is idle again. Raises ConnectionError where the client has gone."""
        while True:
            kind, whole = message
            if kind == b"X":
                raise ConnectionError("the client says goodbye")
            self._session.sendall(whole)
            if kind in (b"Q", b"S") and self._answer(client) == b"I":
                return
            message = _message(client)

    def _answer(self, client: socket.socket) -> bytes:
        while True:
            kind, whole = _message(self._session)
            client.sendall(whole)
            if kind == b"Z":
                return whole[-1:]


def _greet(client: socket.socket) -> None:
    while struct.unpack("!i", _exactly(client, int.from_bytes(_exactly(client, 4), "big") - 4)[:4])[0] in (_SSL, _GSS):
        client.sendall(b"N")
    answer = b"R" + struct.pack("!ii", 8, 0)
    for key, value in _PARAMETERS.items():
        pair = f"{key}\0{value}\0".encode()
        answer += b"S" + struct.pack("!i", len(pair) + 4) + pair
    answer += b"K" + struct.pack("!iii", 12, 1, 1) + b"Z" + struct.pack("!i", 5) + b"I"
    client.sendall(answer)


def _message(connection: socket.socket) -> tuple[bytes, bytes]:
    """(kind, the whole message)."""
    head = _exactly(connection, 5)
    return head[:1], head + _exactly(connection, int.from_bytes(head[1:], "big") - 4)


def _exactly(connection: socket.socket, length: int) -> bytes:
    got = b""
    while len(got) < length:
        more = connection.recv(length - len(got))
        if not more:
            raise ConnectionError("the other side has gone")
        got += more
    return got
