#!/usr/bin/env python3
"""Starts a program that leaks sockets beside some that do not, and holds them there: what a page of the tables is opened for.

    unshare -n python3 test/live/leak.py [odd]

Run it as root inside a fresh network namespace. With `odd` the program that
leaks, another one, a socket path and an interface go by names that would do
harm on a page that takes them for markup. Once everything has settled it
prints one line of JSON on stdout:

    {"ready": true, "leaker": {"pid": 4711, "descriptors": 200, "unread": 2, "read": 4}, "missing": []}

"descriptors" is how many the program that leaks may have.

It reads commands from stdin, one a line: `leak` has the program leak one more
socket. Such a line, as all is then, is printed when that is done. It exits
when stdin closes, after 180 seconds at the latest, and all that it started
with it. On failure: a message on stderr, exit status 1.
"""

import json
import os
import resource
import select
import signal
import socket
import sys
import time

sys.dont_write_bytecode = True  # beside this file there is no place for more

from owners import hold_read, keep, line_from, reports, run_scene, set_up_namespace, start  # noqa: E402
from sockets import HOLD_SECONDS, V4, Failure, run, tcp, wait_state  # noqa: E402

HOST = "10.20.0.5"
PORT_LEAKY = 8080
PORT_HEALTHY = 8081
PORT_DATAGRAMS = 5353
WWW_DATA = 33
HEALTHY_CONNECTIONS = 12
LEAKS_AT_FIRST = 6
DESCRIPTORS = 200

PLAIN = {
    "leaker": b"leaky-svc",
    "script": b"sync-orders.py",
    "path": [b"leaky", b"control.sock"],
    "interface": b"eth1",
}
# Markup, what a terminal obeys, a mark that turns the direction of writing, and no UTF-8. The kernel keeps 15 bytes of a name.
ODD = {
    "leaker": b"<script>x\x1b\xe2\x80\xae",
    "script": b"<img src=x onerror=alert(1)>\x1b\xff.py",
    "path": [b"<script>alert(1)<", b"script>\x1b[31m\xe2\x80\xae\"'&amp;"],
    "interface": b"<b>&\"'\\\xff",
}

HOLD_IN_PYTHON = f"""
import select
print('ready', flush=True)
select.select([0], [], [], {HOLD_SECONDS})
"""

missing = []
leaked = {"unread": 0, "read": 0}


def listening(port):
    sock = tcp(V4)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((HOST, port))
    sock.listen(64)
    return sock


def control(path):
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.bind(path)
    sock.listen(8)
    return sock


def connected(number, port):
    """From an address of its own, as customers come."""
    peer = tcp(V4)
    peer.bind((f"10.20.{3 + number % 5}.{17 + number * 7 % 200}", 0))
    peer.connect((HOST, port))
    return peer


def is_unread(number):
    """Of three leaks one is of a reader that is stuck."""
    return number % 3 == 0


def leaks(path):
    def open_sockets(told):
        resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
        server = listening(PORT_LEAKY)
        keep(server, *map(control, (path, path + b"\xff")))
        numbers = iter(range(1000))

        def leak_one():
            number = next(numbers)
            with connected(number, PORT_LEAKY) as peer:
                peer.sendall(b"x" * 20)
            accepted, _ = server.accept()
            accepted.settimeout(3)
            wait_state(accepted, "CLOSE_WAIT")
            while not is_unread(number) and accepted.recv(64):
                pass
            keep(accepted)

        def on_signal(*_):
            leak_one()
            os.write(told, b"leaked\n")

        for _ in range(LEAKS_AT_FIRST):
            leak_one()
        signal.signal(signal.SIGUSR1, on_signal)

    return open_sockets


def serves(_):
    """Holds what comes for as long as the other end does."""
    server = listening(PORT_HEALTHY)
    connections = []

    def serve():
        while True:
            ready = select.select([hold_read, server], [], [], HOLD_SECONDS)[0]
            if hold_read in ready or not ready:
                return
            connections.append(server.accept()[0])

    return serve


def visits(_):
    for number in range(HEALTHY_CONNECTIONS):
        keep(connected(number, PORT_HEALTHY))


def answers(_):
    bound = socket.socket(V4, socket.SOCK_DGRAM)
    bound.bind((HOST, PORT_DATAGRAMS))
    keep(bound)


def queries(_):
    """One leak of a program that another one runs."""
    server = listening(PORT_LEAKY + 2)
    connected(9, PORT_LEAKY + 2).close()
    accepted, _ = server.accept()
    wait_state(accepted, "CLOSE_WAIT")
    keep(server, accepted)


def add_interface(name):
    """With addresses, and so with routes and multicast groups."""
    try:
        run("ip", "link", "add", name, "type", "dummy")
    except Failure:
        run("ip", "link", "add", name, "type", "veth", "peer", "name", "far-end")
    run("ip", "address", "add", "10.77.0.1/24", "dev", name)
    run("ip", "link", "set", name, "up")


def start_all(names, folder):
    set_up_namespace()
    run("ip", "address", "add", HOST + "/16", "dev", "lo")
    try:
        add_interface(os.fsdecode(names["interface"]))
    except Failure as failure:
        missing.append(str(failure))
    path = os.path.join(folder, *names["path"])
    os.mkdir(os.path.dirname(path))
    os.chmod(folder, 0o755)
    os.chmod(os.path.dirname(path), 0o777)
    leaker = start(names["leaker"], leaks(path), role="leaker", user=WWW_DATA)
    for number in range(LEAKS_AT_FIRST):
        count(number)
    start(b"shop-api", serves, user=WWW_DATA)
    start(b"checkout", visits)
    start(b"dns-cache", answers)
    script = os.path.join(folder, names["script"])
    with open(script, "w") as file:
        file.write(HOLD_IN_PYTHON)
    start(names["script"], queries, role="script", command=[os.fsencode(sys.executable), script])
    return leaker


def count(number):
    leaked["unread" if is_unread(number) else "read"] += 1


def leak_more(leaker):
    count(sum(leaked.values()))
    os.kill(leaker, signal.SIGUSR1)
    line_from(reports[leaker], "leaker")


def tell(leaker, **more):
    print(json.dumps({"leaker": {"pid": leaker, "descriptors": DESCRIPTORS, **leaked}, "missing": missing, **more}), flush=True)


def obey_stdin(leaker):
    deadline = time.monotonic() + HOLD_SECONDS
    commands = b""
    while (left := deadline - time.monotonic()) > 0:
        if not select.select([0], [], [], left)[0]:
            return
        read = os.read(0, 4096)
        if not read:
            return
        *lines, commands = (commands + read).split(b"\n")
        for command in lines:
            if command != b"leak":
                raise Failure(f"no command {command.decode(errors='replace')}")
            leak_more(leaker)
            tell(leaker, done="leak")


def play(folder):
    leaker = start_all(ODD if sys.argv[1:] == ["odd"] else PLAIN, folder)
    tell(leaker, ready=True)
    obey_stdin(leaker)


if __name__ == "__main__":
    sys.exit(run_scene("leak", play))
