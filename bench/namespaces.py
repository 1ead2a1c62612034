#!/usr/bin/env python3
"""Holds network namespaces with a few TCP sockets each, as containers have them, for bench/namespaces.ts.

    python3 bench/namespaces.py 300

Run it as root. Prints one line of JSON on stdout when all are there:

    {"ready": true, "namespaces": 300}

Ends when stdin closes, and after 900 seconds at the latest, and every process
that it started with it. On failure: a message on stderr, exit status 1.
"""

import ctypes
import fcntl
import json
import os
import select
import signal
import socket
import struct
import sys

CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
SIOCSIFFLAGS = 0x8914
IFF_UP_RUNNING = 0x41
HOLD_SECONDS = 900
NAMESPACES_LIMIT = 512
CONNECTIONS = 3

libc = ctypes.CDLL(None, use_errno=True)


def hold(told):
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if libc.unshare(CLONE_NEWNET) != 0:
        os._exit(1)
    with socket.socket() as control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh", b"lo", IFF_UP_RUNNING))
    listener = socket.create_server(("127.0.0.1", 8080))
    pairs = []
    for _ in range(CONNECTIONS):
        client = socket.create_connection(("127.0.0.1", 8080))
        pairs.append((client, listener.accept()[0]))
    # One whose peer has gone: CLOSE_WAIT.
    pairs[0][0].close()
    os.write(told, b"x")
    signal.pause()


def main():
    wanted = int(sys.argv[1])
    if not 1 <= wanted <= NAMESPACES_LIMIT:
        sys.exit(f"expected 1 to {NAMESPACES_LIMIT} namespaces")
    answers, told = os.pipe()
    children = []
    for _ in range(wanted):
        pid = os.fork()
        if pid == 0:
            try:
                hold(told)
            finally:
                os._exit(1)
        children.append(pid)
    os.close(told)
    ready = 0
    while ready < wanted:
        answer = os.read(answers, 1024)
        if not answer:
            sys.exit(f"only {ready} namespaces could be made")
        ready += len(answer)
    print(json.dumps({"ready": True, "namespaces": wanted}), flush=True)
    select.select([sys.stdin], [], [], HOLD_SECONDS)
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


main()
