#!/usr/bin/env python3
"""Has everything that the exporter reads come and go as fast as the machine can, for bench/soak.ts.

    python3 bench/churn.py LIVES

Run it as root in network, mount and process namespaces of its own. Prints
"ready" when all of it goes on. Ends when stdin closes, and every process that
it started with it; then prints one line of JSON, how often each came and went:

    {"sockets": 1200, "processes": 900, ...}

Appends to the file LIVES one line when a network namespace has begun, and one
before it ends, by what the exporter calls it:

    began 4026532290
    ends 4026532290

Names of interfaces are given twice only in the namespace in which it starts.
On failure: a message on stderr, exit status 1.
"""

import contextlib
import ctypes
import fcntl
import json
import mmap
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time

CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15
PR_SET_CHILD_SUBREAPER = 36
SIOCSIFFLAGS = 0x8914
IFF_UP_RUNNING = 0x41
IPPROTO_UDPLITE = 136
IPPROTO_SCTP = 132
IP_ADD_MEMBERSHIP = 35
IPV6_JOIN_GROUP = 20
ETH_P_ALL = 3

"""Beside the scrapes, and not before them."""
NICE = 10
"""Namespaces that come and go at the same time."""
SHORT_LIVES = 4
"""Namespaces that stay, though none of their processes does."""
RELAYS = 2
RELAY_SECONDS = 0.3
"""Names of programs: more than keep a name of their own."""
PROGRAMS = 200

KINDS = ["sockets", "processes", "interfaces", "routes", "groups", "namespaces", "named", "turns"]

libc = ctypes.CDLL(None, use_errno=True)
counts = mmap.mmap(-1, 8 * len(KINDS))


def count(kind, number=1):
    place = 8 * KINDS.index(kind)
    (before,) = struct.unpack_from("q", counts, place)
    struct.pack_into("q", counts, place, before + number)


def tell(lives, word, name):
    os.write(lives, f"{word} {name}\n".encode())


def sockets_of_all_kinds():
    """Opens, uses and closes sockets of every family that this kernel has."""
    held = []
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        listener = socket.create_server((host, 0), family=family)
        held.append(listener)
        for number in range(12):
            client = socket.create_connection(listener.getsockname()[:2])
            server, _ = listener.accept()
            client.send(b"x" * 100)
            # Every other one ends with a reset, so that TIME_WAIT is not all that there is.
            if number % 2:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            held += [client, server]
        # Some are left in CLOSE_WAIT for a moment.
        for client in held[1::4]:
            client.close()
        reader = socket.socket(family, socket.SOCK_DGRAM)
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        reader.bind((host, 0))
        with socket.socket(family, socket.SOCK_DGRAM) as sender:
            for _ in range(12):
                sender.sendto(b"x" * 500, reader.getsockname())
        held += [reader, socket.socket(family, socket.SOCK_RAW, 89)]
        ping = socket.IPPROTO_ICMP if family == socket.AF_INET else socket.IPPROTO_ICMPV6
        held += some(family, socket.SOCK_DGRAM, ping)
        held += some(family, socket.SOCK_DGRAM, IPPROTO_UDPLITE)
        held += some(family, socket.SOCK_STREAM, IPPROTO_SCTP)
    held += [each for _ in range(8) for each in socket.socketpair()]
    named = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    named.bind(f"\0churn {os.getpid()}\n")
    named.listen()
    held.append(named)
    held += some(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    for protocol in (0, 4, 15):
        held += some(socket.AF_NETLINK, socket.SOCK_RAW, protocol)
    for each in held:
        each.close()
    return len(held)


def some(family, kind, protocol):
    try:
        return [socket.socket(family, kind, protocol)]
    except OSError:
        return []


def churn_sockets():
    while True:
        count("sockets", sockets_of_all_kinds())


def churn_processes():
    for number in range(sys.maxsize):
        children = []
        for each in range(4):
            pid = os.fork()
            if pid == 0:
                name = f"churn {(4 * number + each) % PROGRAMS}\n"
                libc.prctl(PR_SET_NAME, name.encode())
                held = socket.socketpair()
                with socket.create_server(("127.0.0.1", 0)) as listener:
                    held += (socket.create_connection(listener.getsockname()),)
                    time.sleep(0.02)
                os._exit(0)
            children.append(pid)
        for pid in children:
            os.waitpid(pid, 0)
        count("processes", len(children))


def ip(*lines):
    """Ends this process where a command fails: interfaces that are not deleted would pile up."""
    subprocess.run(["ip", "-batch", "-"], input="\n".join(lines).encode(), check=True)


def churn_interfaces():
    for number in range(sys.maxsize):
        name = f"once{number}" if number % 3 else "again"
        far = f"far{number}"
        network = f"10.{number // 250 % 250}.{number % 250}"
        ip(
            f"link add {name} type veth peer name {far}",
            f"link set {name} up",
            f"link set {far} up",
            f"address add {network}.1/24 dev {name}",
            f"address add 2001:db8:{number % 0xffff:x}::1/64 dev {name} nodad",
            f"route append 198.51.100.0/24 via {network}.254 dev {name}",
            f"neighbour add {network}.254 lladdr 02:00:00:00:00:01 dev {name}",
        )
        count("groups", join_groups(name))
        ip(f"link del {name}")
        count("interfaces")


def join_groups(name):
    index = socket.if_nametoindex(name)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as four, socket.socket(
        socket.AF_INET6, socket.SOCK_DGRAM
    ) as six:
        for last in range(8):
            group = socket.inet_aton(f"239.1.2.{last}")
            four.setsockopt(socket.IPPROTO_IP, IP_ADD_MEMBERSHIP, struct.pack("4s4si", group, bytes(4), index))
            group = socket.inet_pton(socket.AF_INET6, f"ff15::{last:x}")
            six.setsockopt(socket.IPPROTO_IPV6, IPV6_JOIN_GROUP, struct.pack("16si", group, index))
    return 16


def churn_routes():
    ip(
        "link add keep type veth peer name kept",
        "link set keep up",
        "link set kept up",
        "address add 192.0.2.1/24 dev keep",
        "address add 2001:db8:f::1/64 dev keep nodad",
    )
    routes = [f"203.0.113.{each} via 192.0.2.2" for each in range(40)] + [
        f"2001:db8:e::{each:x} via 2001:db8:f::2" for each in range(40)
    ]
    while True:
        ip(*(f"route add {each} dev keep" for each in routes))
        ip(*(f"route del {each} dev keep" for each in routes))
        count("routes", len(routes))


def own_namespace():
    if libc.unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    bring_loopback_up()
    return os.stat("/proc/self/ns/net").st_ino


def bring_loopback_up():
    with socket.socket() as control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh", b"lo", IFF_UP_RUNNING))


def churn_namespaces(lives):
    """Each process is in one for a moment; what it leaves is gone before the next one begins."""
    while True:
        pid = os.fork()
        if pid == 0:
            inode = own_namespace()
            tell(lives, "began", inode)
            for _ in range(8):
                sockets_of_all_kinds()
                time.sleep(0.03)
            tell(lives, "ends", inode)
            os._exit(0)
        os.waitpid(pid, 0)
        count("namespaces")


def churn_named(lives):
    """A namespace with a name may be without a process, and a process may enter it at any time."""
    for number in range(sys.maxsize):
        name = f"named-{number}"
        ip_netns("add", name)
        for turn in range(3):
            inside = 'ip link set lo up && echo in && exec sleep 0.2'
            with subprocess.Popen(["ip", "netns", "exec", name, "sh", "-c", inside], stdout=subprocess.PIPE) as process:
                process.stdout.readline()
                if turn == 0:
                    tell(lives, "began", name)
            count("named")
        tell(lives, "ends", name)
        ip_netns("del", name)


def ip_netns(*words):
    subprocess.run(["ip", "netns", *words], check=True)


def churn_turns(lives):
    """A namespace that stays while its processes follow one another: each ends once its successor is there."""
    tell(lives, "began", own_namespace())
    while True:
        heard, told = os.pipe()
        successor = os.fork()
        if successor != 0:
            os.close(told)
            if os.read(heard, 1) != b"x":
                os._exit(1)
            os._exit(0)
        os.close(heard)
        libc.prctl(PR_SET_NAME, b"turn")
        os.write(told, b"x")
        os.close(told)
        until = time.monotonic() + RELAY_SECONDS
        while time.monotonic() < until:
            sockets_of_all_kinds()
            time.sleep(0.05)
        count("turns")


def start(churn, *words):
    """In a process group with all that it starts in turn."""
    pid = os.fork()
    if pid != 0:
        return pid
    try:
        os.setpgid(0, 0)
        os.nice(NICE)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        churn(*words)
    except BaseException as error:
        with contextlib.suppress(BaseException):
            print(f"churn.py: {churn.__name__}: {error!r}", file=sys.stderr, flush=True)
    finally:
        os._exit(1)


def main():
    lives = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    # The processes of a relay become ours when their parents end.
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
    with open("/proc/sys/net/ipv4/tcp_max_tw_buckets", "w") as limit:
        limit.write("1000")
    children = [start(churn_sockets), start(churn_processes), start(churn_interfaces), start(churn_routes)]
    children += [start(churn_namespaces, lives) for _ in range(SHORT_LIVES)]
    children.append(start(churn_named, lives))
    relays = [start(churn_turns, lives) for _ in range(RELAYS)]
    print("ready", flush=True)
    while not select.select([sys.stdin], [], [], 0.2)[0]:
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG)) != (0, 0):
                if ended[0] in children:
                    sys.exit("a churner ended")
    for pid in children + relays:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
    numbers = struct.unpack(f"{len(KINDS)}q", counts[:])
    print(json.dumps(dict(zip(KINDS, numbers))), flush=True)


main()
