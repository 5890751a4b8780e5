"""Listen on ports of every address until stdin ends: run by tests inside a network namespace.

Arguments: JSON with `tcp` (accepted and kept), `udp_echo` (answer) and `udp_silent` (never answer).
"""

import json
import selectors
import socket
import sys


def _bound(kind: socket.SocketKind, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET6, kind)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.bind(("::", port))
    return sock


def main() -> None:
    wanted = json.loads(sys.argv[1])
    listeners = [_bound(socket.SOCK_STREAM, port) for port in wanted.get("tcp", ())]
    for listener in listeners:
        listener.listen(64)
    echoes = [_bound(socket.SOCK_DGRAM, port) for port in wanted.get("udp_echo", ())]
    silent = [_bound(socket.SOCK_DGRAM, port) for port in wanted.get("udp_silent", ())]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    with selectors.DefaultSelector() as selector:
        selector.register(sys.stdin, selectors.EVENT_READ)
        for sock in (*listeners, *echoes):
            selector.register(sock, selectors.EVENT_READ, sock)
        is_wanted = True
        while is_wanted:
            for key, _ in selector.select():
                if key.data is None:
                    is_wanted = False
                elif key.data in echoes:
                    data, sender = key.data.recvfrom(2048)
                    key.data.sendto(b"answer to " + data, sender)
                else:
                    key.data.accept()[0].close()
    for sock in (*listeners, *echoes, *silent):
        sock.close()


if __name__ == "__main__":
    main()
