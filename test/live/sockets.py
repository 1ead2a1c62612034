#!/usr/bin/env python3
"""Opens sockets in every state that the kernel lists, and holds them there.

    unshare -n python3 test/live/sockets.py

Run it as root inside a fresh network namespace. Once everything has settled
it prints one line of JSON on stdout:

    {"ready": true, "pid": ..., "expected": {"tcp": {...}, "tcp6": {...}},
     "other": {...}, "unix_names_hex": [...], "missing": [...]}

"expected" counts the TCP sockets by state and by the /proc/net file which
lists them, "other" counts the sockets of the other protocols, "missing" names
what this kernel does not offer. All counts come from what was opened, never
from /proc. The program then waits for stdin to close, at most 180 seconds,
and exits; the namespace and all that is in it go with it.

Packets are only ever sent over lo, or into an interface without a far end.
On failure: a message on stderr, exit status 1.
"""

import collections
import errno
import fcntl
import json
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

HOLD_SECONDS = 180
STEP_SECONDS = 3  # how long one step may take before it counts as failed
SETTLE_SECONDS = 6

V4 = socket.AF_INET
V6 = socket.AF_INET6
FAMILIES = (V4, V6)
LOOPBACK = {V4: "127.0.0.1", V6: "::1"}

# The kernel's state numbers, as in /proc/net/tcp and in tcp_info.
STATES = {
    1: "ESTABLISHED",
    2: "SYN_SENT",
    3: "SYN_RECV",
    4: "FIN_WAIT1",
    5: "FIN_WAIT2",
    6: "TIME_WAIT",
    7: "CLOSE",
    8: "CLOSE_WAIT",
    9: "LAST_ACK",
    10: "LISTEN",
    11: "CLOSING",
}
NUMBERS = {name: number for number, name in STATES.items()}

# One port for each state, below the range of ephemeral ports, so that packet
# filter rules can be told apart by port.
PORT_IDLE_LISTENER = 20001
PORT_FULL_LISTENER = 20002
PORT_IDLE = 20003
PORT_UNREAD = 20004
PORT_KEEPALIVE = 20005
PORT_ZERO_WINDOW = 20006
PORT_UNACKED = 20007
PORT_SYN_SENT = 20008
PORT_SYN_RECV = 20009
PORT_FIN_WAIT1 = 20010
PORT_FIN_WAIT1_ORPHAN = 20011
PORT_FIN_WAIT2 = 20012
PORT_FIN_WAIT2_ORPHAN = 20013
PORT_CLOSE_WAIT_EOF = 20014
PORT_CLOSE_WAIT_DATA = 20015
PORT_LAST_ACK = 20016
PORT_LAST_ACK_ORPHAN = 20017
PORT_CLOSING = 20018
PORT_MAPPED = 20019

IPPROTO_UDPLITE = 136
IPPROTO_OSPF = 89
ETHERTYPE_EXPERIMENT = 0x88B5  # for private use, so that nobody else sends it
RTMGRP_LINK = 1
ICMP6_FILTER = 1
SIOCGIFFLAGS = 0x8913
IFF_UP = 1

NFT_TABLE = "inet sockets_held"
PURE_ACK = "tcp flags & (fin | syn | rst | psh | ack) == ack"
SYN_ACK = "tcp flags & (syn | ack) == (syn | ack)"
SYN_ONLY = "tcp flags & (syn | ack) == syn"
FIN = "tcp flags & fin == fin"
PSH = "tcp flags & psh == psh"

held = []  # keeps sockets alive: Python closes a socket that nobody refers to
expected = {"tcp": collections.Counter(), "tcp6": collections.Counter()}
other = collections.defaultdict(collections.Counter)
unix_names = []
missing = []


class Failure(Exception):
    """Something that stops the whole program, with a message to print."""


# --- small helpers -----------------------------------------------------------


def run(*command):
    """Runs a command, which must succeed."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"{' '.join(command)}: {done.stderr.strip() or done.returncode}")


def sysctl(name, value):
    path = "/proc/sys/" + name.replace(".", "/")
    try:
        with open(path, "w") as file:
            file.write(str(value))
    except OSError as error:
        raise Failure(f"cannot set {name}: {error.strerror}")


def wait_until(what, condition, seconds=STEP_SECONDS):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Failure(f"timed out waiting for {what}")
        time.sleep(0.005)


def keep(*sockets):
    held.extend(sockets)


def count(family, state, number=1):
    expected["tcp" if family == V4 else "tcp6"][state] += number


def count_other(table, state, number=1):
    other[table][state] += number


def suffix(name, family):
    return name if family == V4 else name + "6"


def drop(family, rule):
    """Has every arriving packet of the family that matches the rule dropped.

    Dropping on input rather than on output looks to the sender like loss on
    the way: an output drop would be reported to it as an error.
    """
    protocol = "ipv4" if family == V4 else "ipv6"
    run("nft", f"add rule {NFT_TABLE} input meta nfproto {protocol} {rule} drop")


def info(sock, offset, fmt):
    data = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
    return struct.unpack_from(fmt, data, offset)[0]


def wait_state(sock, state):
    wait_until(
        f"{state} on port {sock.getsockname()[1]}",
        lambda: info(sock, 0, "B") == NUMBERS[state],
    )


def tcp(family):
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.settimeout(STEP_SECONDS)
    return sock


def listener(family, port, backlog=16, address=None):
    sock = tcp(family)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == V6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if address == "::" else 1)
    sock.bind((address or LOOPBACK[family], port))
    sock.listen(backlog)
    return sock


def start_connect(family, port):
    """Begins a connection without waiting for it to be made."""
    sock = tcp(family)
    sock.setblocking(False)
    result = sock.connect_ex((LOOPBACK[family], port))
    if result != errno.EINPROGRESS:
        raise Failure(f"connect to port {port}: {os.strerror(result)}")
    return sock


def pair(family, port, receive_buffer=None):
    """Makes a connection and returns both of its ends, counting neither.

    The listener is closed again, which leaves the accepted socket alone, so
    that LISTEN only counts the sockets that are there for their own sake.
    """
    listening = listener(family, port)
    if receive_buffer:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    client = tcp(family)
    client.connect((LOOPBACK[family], port))
    server, _ = listening.accept()
    server.settimeout(STEP_SECONDS)
    listening.close()
    keep(client, server)
    return client, server


def release(sock):
    """Closes a socket that was kept."""
    held.remove(sock)
    sock.close()


def proc_rows(table):
    """The rows of /proc/net/tcp or of a table with the same first columns."""
    with open(f"/proc/net/{table}") as file:
        return [line.split() for line in file.readlines()[1:]]


# --- the namespace -----------------------------------------------------------


def require_fresh_namespace():
    """Refuses to touch a namespace in which a real interface is in use."""
    if os.geteuid() != 0:
        raise Failure("must run as root")
    with socket.socket(V4, socket.SOCK_DGRAM) as sock:
        for _, name in socket.if_nameindex():
            request = struct.pack("16sH14x", name.encode(), 0)
            flags = struct.unpack_from("H", fcntl.ioctl(sock, SIOCGIFFLAGS, request), 16)[0]
            if name != "lo" and flags & IFF_UP:
                raise Failure(f"not a fresh network namespace: {name} is up (use unshare -n)")
    for table in ("tcp", "tcp6"):
        if proc_rows(table):
            raise Failure("not a fresh network namespace: it has TCP sockets (use unshare -n)")


def set_up_namespace():
    # Retries so numerous that nothing gives up while it is being looked at.
    sysctl("net.ipv4.tcp_syn_retries", 20)
    sysctl("net.ipv4.tcp_synack_retries", 20)
    sysctl("net.ipv4.tcp_retries2", 20)
    sysctl("net.ipv4.tcp_orphan_retries", 20)
    sysctl("net.ipv4.tcp_fin_timeout", 300)
    sysctl("net.ipv4.ping_group_range", "0 2147483647")
    sysctl("net.ipv6.conf.lo.disable_ipv6", 0)
    run("ip", "link", "set", "lo", "up")
    run("ip", "-6", "address", "replace", "::1/128", "dev", "lo")
    run(
        "nft",
        f"add table {NFT_TABLE}; "
        f"add chain {NFT_TABLE} input {{ type filter hook input priority 0; }}",
    )


def add_interface():
    """Adds dummy0, as a veth pair where the kernel has no dummy interfaces.

    No link-local addresses and no duplicate address detection, so that the
    addresses and routes do not change after they were set.
    """
    sysctl("net.ipv6.conf.default.disable_ipv6", 0)
    sysctl("net.ipv6.conf.default.accept_ra", 0)
    for kind in (["type", "dummy"], ["type", "veth", "peer", "name", "dummy0-far"]):
        try:
            run("ip", "link", "add", "dummy0", *kind)
            break
        except Failure:
            pass
    else:
        missing.append("dummy0")
        return False
    names = [name for _, name in socket.if_nameindex()]
    for name in ("dummy0", "dummy0-far"):
        if name in names:
            run("ip", "link", "set", name, "addrgenmode", "none")
            run("ip", "link", "set", name, "up")
    run("ip", "address", "add", "192.0.2.1/24", "dev", "dummy0")
    run("ip", "-6", "address", "add", "2001:db8::1/64", "dev", "dummy0", "nodad")
    return True


def add_routes(have_dummy):
    if have_dummy:
        run("ip", "route", "add", "default", "via", "192.0.2.254")
        run("ip", "route", "add", "198.51.100.0/24", "via", "192.0.2.2", "metric", "50")
        run("ip", "route", "add", "203.0.113.7/32", "via", "192.0.2.3")
        run("ip", "-6", "route", "add", "default", "via", "2001:db8::fe")
        run("ip", "-6", "route", "add", "2001:db8:1::/48", "via", "2001:db8::2", "metric", "50")
        run("ip", "-6", "route", "add", "2001:db8:2::7/128", "via", "2001:db8::3")
    run("ip", "route", "add", "blackhole", "192.0.2.128/26")
    run("ip", "route", "add", "unreachable", "198.51.100.128/25")
    run("ip", "-6", "route", "add", "blackhole", "2001:db8:3::/48")
    run("ip", "-6", "route", "add", "unreachable", "2001:db8:4::/48")


# --- TCP, one function for each state ----------------------------------------


def listen_idle(family):
    """Nobody connects: a listener stays a listener."""
    keep(listener(family, PORT_IDLE_LISTENER))
    count(family, "LISTEN")


def listen_full(family):
    """Nothing is ever accepted, so the queue stays full.

    A backlog of 3 admits 4 connections: the kernel asks whether the length is
    greater than the backlog. Both ends of those are ESTABLISHED, the queued
    ends without an inode. The next SYN finds the queue full and is thrown
    away by the kernel itself, so that its sender stays in SYN_SENT.
    """
    sock = listener(family, PORT_FULL_LISTENER, backlog=3)
    keep(sock)
    for _ in range(4):
        client = tcp(family)
        client.connect((LOOPBACK[family], PORT_FULL_LISTENER))
        keep(client)
    # For a listener tcpi_unacked is the length of its accept queue.
    wait_until("a full accept queue", lambda: info(sock, 24, "I") == 4)
    keep(start_connect(family, PORT_FULL_LISTENER))
    count(family, "LISTEN")
    count(family, "ESTABLISHED", 8)
    count(family, "SYN_SENT")


def established_idle(family):
    """Nothing is sent: without keepalive an idle connection lasts for ever."""
    pair(family, PORT_IDLE)
    count(family, "ESTABLISHED", 2)


def established_unread(family):
    """The server never reads, so that 1000 bytes stay in its receive queue."""
    client, _ = pair(family, PORT_UNREAD)
    client.sendall(b"x" * 1000)
    count(family, "ESTABLISHED", 2)


def established_keepalive(family):
    """The keepalive timer is set for two hours, the default; nothing is due before."""
    client, _ = pair(family, PORT_KEEPALIVE)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    count(family, "ESTABLISHED", 2)


def established_zero_window(family):
    """The server never reads and has a small receive buffer: its window closes.

    The client keeps the rest in its send queue and probes the window for as
    long as the probes are acknowledged, which is for ever.
    """
    client, _ = pair(family, PORT_ZERO_WINDOW, receive_buffer=4096)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16384)
    client.setblocking(False)
    full = 0
    while full < 3:
        try:
            client.send(b"z" * 512)
            full = 0
        except BlockingIOError:
            full += 1
            time.sleep(0.02)
    count(family, "ESTABLISHED", 2)


def established_unacked(family):
    """Segments with data are dropped, so the client's 700 bytes are retransmitted
    until tcp_retries2 is used up, which takes many minutes."""
    client, _ = pair(family, PORT_UNACKED)
    drop(family, f"tcp dport {PORT_UNACKED} {PSH}")
    client.sendall(b"u" * 700)
    count(family, "ESTABLISHED", 2)


def syn_sent(family):
    """The SYN is dropped, and tcp_syn_retries allows for many more of them."""
    drop(family, f"tcp dport {PORT_SYN_SENT} {SYN_ONLY}")
    keep(start_connect(family, PORT_SYN_SENT))
    count(family, "SYN_SENT")


def syn_recv(family):
    """The SYN arrives but the SYN-ACK is dropped on its way back.

    The listener's half-open connection is SYN_RECV until tcp_synack_retries is
    used up; the client, which has heard nothing, stays in SYN_SENT.
    """
    drop(family, f"tcp sport {PORT_SYN_RECV} {SYN_ACK}")
    keep(listener(family, PORT_SYN_RECV, backlog=128))
    keep(start_connect(family, PORT_SYN_RECV))
    count(family, "LISTEN")
    count(family, "SYN_RECV")
    count(family, "SYN_SENT")


def fin_wait1(family):
    """The client's FIN is dropped: it is retransmitted as tcp_retries2 says,
    and the server, which never sees it, stays ESTABLISHED."""
    client, _ = pair(family, PORT_FIN_WAIT1)
    drop(family, f"tcp dport {PORT_FIN_WAIT1} {FIN}")
    client.shutdown(socket.SHUT_WR)
    wait_state(client, "FIN_WAIT1")
    count(family, "FIN_WAIT1")
    count(family, "ESTABLISHED")


def fin_wait1_orphan(family):
    """As above, but closed, so that no process holds it; an orphan is
    retransmitted as tcp_orphan_retries says."""
    client, _ = pair(family, PORT_FIN_WAIT1_ORPHAN)
    drop(family, f"tcp dport {PORT_FIN_WAIT1_ORPHAN} {FIN}")
    release(client)
    count(family, "FIN_WAIT1")
    count(family, "ESTABLISHED")


def fin_wait2(family):
    """The client has shut down its side only and still holds the socket, so that
    tcp_fin_timeout, which is for orphans, does not apply.

    The server has read the end of file: CLOSE_WAIT with an empty queue. It may
    take as long as it likes to close.
    """
    client, server = pair(family, PORT_FIN_WAIT2)
    client.shutdown(socket.SHUT_WR)
    wait_state(client, "FIN_WAIT2")
    if server.recv(1) != b"":
        raise Failure("data where an end of file was expected")
    count(family, "FIN_WAIT2")
    count(family, "CLOSE_WAIT")


def fin_wait2_orphan(family):
    """Closed, so that no process holds it; tcp_fin_timeout was raised."""
    client, server = pair(family, PORT_FIN_WAIT2_ORPHAN)
    client.shutdown(socket.SHUT_WR)
    wait_state(client, "FIN_WAIT2")
    release(client)
    if server.recv(1) != b"":
        raise Failure("data where an end of file was expected")
    count(family, "FIN_WAIT2")
    count(family, "CLOSE_WAIT")


def close_wait_unread_eof(family):
    """The server has not read the end of file, which the kernel counts as one
    byte of its receive queue for as long as it is not read."""
    client, server = pair(family, PORT_CLOSE_WAIT_EOF)
    client.shutdown(socket.SHUT_WR)
    wait_state(client, "FIN_WAIT2")
    wait_state(server, "CLOSE_WAIT")
    count(family, "FIN_WAIT2")
    count(family, "CLOSE_WAIT")


def close_wait_unread_data(family):
    """The server has read neither the 300 bytes nor the end of file behind them."""
    client, server = pair(family, PORT_CLOSE_WAIT_DATA)
    client.sendall(b"d" * 300)
    client.shutdown(socket.SHUT_WR)
    wait_state(client, "FIN_WAIT2")
    wait_state(server, "CLOSE_WAIT")
    count(family, "FIN_WAIT2")
    count(family, "CLOSE_WAIT")


def last_ack_and_time_wait(family, port, orphan):
    """The server's FIN arrives, but the final ACK is dropped: the server stays
    in LAST_ACK and retransmits its FIN.

    The client is in TIME_WAIT, which by itself would last 60 seconds only. Each
    FIN that arrives again starts these anew. They come after 0.2, 0.4, 0.8 ...
    51.2, 102.4 seconds, so that TIME_WAIT lasts about 160 seconds.

    The server either has shut down both directions and still holds the socket,
    or has closed it.
    """
    client, server = pair(family, port)
    client.shutdown(socket.SHUT_WR)
    wait_state(client, "FIN_WAIT2")
    wait_state(server, "CLOSE_WAIT")
    drop(family, f"tcp dport {port} {PURE_ACK}")
    release(client)
    server.recv(1)
    if orphan:
        release(server)
    else:
        server.shutdown(socket.SHUT_WR)
        wait_state(server, "LAST_ACK")
    count(family, "LAST_ACK")
    count(family, "TIME_WAIT")


def last_ack_held(family):
    """LAST_ACK which the process still holds."""
    last_ack_and_time_wait(family, PORT_LAST_ACK, orphan=False)


def last_ack_orphan(family):
    """LAST_ACK after close, which is how it commonly comes about."""
    last_ack_and_time_wait(family, PORT_LAST_ACK_ORPHAN, orphan=True)


def closing(family):
    """Both ends have sent a FIN, and the server's never arrives.

    The server shuts down first, its FIN is dropped: FIN_WAIT1. Then the client's
    FIN arrives, which acknowledges nothing, as the client has seen none: CLOSING,
    until the acknowledgement which never comes. The server's ACK does arrive, so
    that the client, still held, stays in FIN_WAIT2.
    """
    client, server = pair(family, PORT_CLOSING)
    drop(family, f"tcp sport {PORT_CLOSING} {FIN}")
    server.shutdown(socket.SHUT_WR)
    wait_state(server, "FIN_WAIT1")
    client.shutdown(socket.SHUT_WR)
    wait_state(server, "CLOSING")
    wait_state(client, "FIN_WAIT2")
    count(family, "CLOSING")
    count(family, "FIN_WAIT2")


def v4_mapped():
    """IPv4 connections to a dual-stack listener: the kernel lists the accepted
    ends in tcp6, with ::ffff:127.0.0.1 as address, and a client in the file of
    the family its socket was made with."""
    listening = listener(V6, PORT_MAPPED, address="::")
    keep(listening)
    count(V6, "LISTEN")
    for family, address in ((V4, "127.0.0.1"), (V6, "::ffff:127.0.0.1")):
        client = tcp(family)
        client.connect((address, PORT_MAPPED))
        server, _ = listening.accept()
        keep(client, server)
        count(family, "ESTABLISHED")
        count(V6, "ESTABLISHED")


# LAST_ACK with its TIME_WAIT comes last, as it is the one with the shortest life.
TCP_STATES = (
    listen_idle,
    listen_full,
    established_idle,
    established_unread,
    established_keepalive,
    established_zero_window,
    established_unacked,
    syn_sent,
    syn_recv,
    fin_wait1,
    fin_wait1_orphan,
    fin_wait2,
    fin_wait2_orphan,
    close_wait_unread_eof,
    close_wait_unread_data,
    closing,
    last_ack_held,
    last_ack_orphan,
)


# --- the other protocols -----------------------------------------------------


def datagrams(family, name, protocol):
    """UDP or UDP-Lite: unread data, drops, and a connected socket.

    Nobody reads, so what is queued stays queued; the smallest receive buffer
    that the kernel allows takes a few of 50 datagrams, and the rest are drops.
    """
    table = suffix(name, family)

    def bound():
        sock = socket.socket(family, socket.SOCK_DGRAM, protocol)
        sock.bind((LOOPBACK[family], 0))
        keep(sock)
        count_other(table, "CLOSE")
        return sock

    try:
        unread = bound()
    except OSError as error:
        if error.errno not in (errno.EPROTONOSUPPORT, errno.ESOCKTNOSUPPORT):
            raise
        missing.append(table)
        return
    overflown = bound()
    overflown.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    connected = socket.socket(family, socket.SOCK_DGRAM, protocol)
    connected.connect(unread.getsockname())
    keep(connected)
    count_other(table, "ESTABLISHED")
    connected.send(b"u" * 400)
    for _ in range(50):
        unread.sendto(b"o" * 500, overflown.getsockname())


def raw(family):
    """Raw sockets stay until they are closed. The ICMPv6 one only takes echo
    messages, so that neighbour discovery does not fill its queue."""
    icmp = socket.IPPROTO_ICMP if family == V4 else socket.IPPROTO_ICMPV6
    for protocol in (icmp, IPPROTO_OSPF):
        sock = socket.socket(family, socket.SOCK_RAW, protocol)
        keep(sock)
        count_other(suffix("raw", family), "CLOSE")
        if protocol == socket.IPPROTO_ICMPV6:
            blocked = [0xFFFFFFFF] * 8
            blocked[128 // 32] &= ~0b11  # echo request is 128, echo reply 129
            sock.setsockopt(socket.IPPROTO_ICMPV6, ICMP6_FILTER, struct.pack("8I", *blocked))


def ping(family):
    """A ping socket is listed once it is bound. The echo it sends comes back and
    stays unread, in its queue and in that of the raw socket."""
    icmp = socket.IPPROTO_ICMP if family == V4 else socket.IPPROTO_ICMPV6
    sock = socket.socket(family, socket.SOCK_DGRAM, icmp)
    sock.bind((LOOPBACK[family], 0))
    keep(sock)
    count_other(suffix("icmp", family), "CLOSE")
    echo_request = 8 if family == V4 else 128
    sock.sendto(struct.pack("!BBHHH", echo_request, 0, 0, 0, 1) + b"echo", (LOOPBACK[family], 0))


def multicast(have_dummy):
    """A membership lasts as long as the socket that joined."""
    for name in ["lo"] + (["dummy0"] if have_dummy else []):
        index = socket.if_nametoindex(name)
        for family, group in ((V4, "239.192.0.7"), (V6, "ff05::db8:7")):
            sock = socket.socket(family, socket.SOCK_DGRAM)
            packed = socket.inet_pton(family, group)
            if family == V4:
                request = packed + struct.pack("4xi", index)
                sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
            else:
                request = packed + struct.pack("I", index)
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, request)
            sock.bind((group, 20100 + index, 0, index) if family == V6 else (group, 20100 + index))
            keep(sock)
            count_other(suffix("udp", family), "CLOSE")


def packet():
    """One that takes nothing at all, and two with the same unread frame: with
    its header, and without."""
    keep(socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0))
    count_other("packet", "dgram")
    for kind, name in ((socket.SOCK_RAW, "raw"), (socket.SOCK_DGRAM, "dgram")):
        sock = socket.socket(socket.AF_PACKET, kind, 0)
        sock.bind(("lo", ETHERTYPE_EXPERIMENT))
        keep(sock)
        count_other("packet", name)
    frame = bytes(12) + struct.pack("!H", ETHERTYPE_EXPERIMENT) + b"p" * 300
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sender:
        sender.sendto(frame, ("lo", 0))


def netlink():
    """One of each protocol that this kernel has, listed once they are bound; the
    kernel's own are not counted here."""
    for protocol in (0, 2, 4, 6, 9, 11, 12, 15, 16):
        try:
            sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol)
        except OSError as error:
            if error.errno != errno.EPROTONOSUPPORT:
                raise
            missing.append(f"netlink {protocol}")
            continue
        sock.bind((0, 0))
        keep(sock)
        count_other("netlink", str(protocol))


def netlink_drops():
    """Nobody reads what is told of each change of lo, and the smallest receive
    buffer that the kernel allows takes one or two messages."""
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    sock.bind((0, RTMGRP_LINK))
    keep(sock)
    count_other("netlink", str(socket.NETLINK_ROUTE))
    for change in range(10):
        run("ip", "link", "set", "lo", "alias", f"change {change}")


def unix(kind, name=None, listen=None):
    sock = socket.socket(socket.AF_UNIX, kind)
    sock.settimeout(STEP_SECONDS)
    if name is not None:
        sock.bind(name)
        unix_names.append(sock.getsockname())
        if isinstance(unix_names[-1], str):
            unix_names[-1] = os.fsencode(unix_names[-1])
    if listen is not None:
        sock.listen(listen)
    keep(sock)
    count_other("unix", "LISTEN" if listen is not None else "open")
    return sock


def unix_stream(folder):
    """Listening, accepted, waiting to be accepted, bound only, and not bound."""
    unix(socket.SOCK_STREAM, folder + b"/idle.sock", listen=8)
    path = folder + b"/busy.sock"
    listening = unix(socket.SOCK_STREAM, path, listen=8)
    unix(socket.SOCK_STREAM).connect(path)
    accepted, _ = listening.accept()
    keep(accepted)
    unix(socket.SOCK_STREAM).connect(path)  # never accepted, stays in the queue
    count_other("unix", "open", 2)  # the accepted one and the queued one
    unix(socket.SOCK_STREAM, folder + b"/bound-only.sock")
    unix(socket.SOCK_STREAM)
    keep(*socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM))
    count_other("unix", "open", 2)


def unix_dgram(folder):
    """Bound with an unread message, connected, and not bound."""
    path = folder + b"/datagram.sock"
    unix(socket.SOCK_DGRAM, path)
    sender = unix(socket.SOCK_DGRAM)
    sender.connect(path)
    sender.send(b"unread")
    unix(socket.SOCK_DGRAM)


def unix_seqpacket(folder):
    """Listening, and an accepted connection."""
    path = folder + b"/seqpacket.sock"
    listening = unix(socket.SOCK_SEQPACKET, path, listen=8)
    unix(socket.SOCK_SEQPACKET).connect(path)
    accepted, _ = listening.accept()
    keep(accepted)
    count_other("unix", "open")


def unix_odd_names(folder):
    """Names that a parser may trip over, abstract ones and paths."""
    mark = str(os.getpid()).encode()
    for name in (
        b"\0netstat-exporter-" + mark,
        b"\0abstract with blanks " + mark,
        b"\0abstract\0nul \xff\n" + mark,
        b"",  # the kernel chooses an abstract name
        folder + b"/with blank.sock",
        folder + b"/two  blanks and one behind ",
        folder + b"/new\nline.sock",
        folder + b"/not-utf8-\xff\xfe\xc3.sock",
        folder + b"/utf8-\xc3\xbc.sock",
        folder + b"/control-\x01\x07\t\r\x1b[31m\x7f.sock",
        folder + b'/quote"back\\slash.sock',
        b"@looks-abstract",  # a path: the working directory is the folder
    ):
        unix(socket.SOCK_STREAM, name, listen=1)


# --- all of it ---------------------------------------------------------------


def open_all(folder):
    set_up_namespace()
    have_dummy = add_interface()
    add_routes(have_dummy)
    for family in FAMILIES:
        datagrams(family, "udp", socket.IPPROTO_UDP)
        datagrams(family, "udplite", IPPROTO_UDPLITE)
        raw(family)
        ping(family)
    multicast(have_dummy)
    packet()
    netlink()
    netlink_drops()
    os.chdir(folder)
    unix_stream(folder)
    unix_dgram(folder)
    unix_seqpacket(folder)
    unix_odd_names(folder)
    v4_mapped()
    for state in TCP_STATES:
        for family in FAMILIES:
            try:
                state(family)
            except OSError as error:
                raise Failure(f"{state.__name__}, {family.name}: {error}")


def differences():
    """What /proc does not yet show as it should be."""
    found = []
    for table, states in expected.items():
        rows = proc_rows(table)
        seen = collections.Counter(STATES.get(int(row[3], 16), row[3]) for row in rows)
        for state in sorted(set(seen) | set(states)):
            if seen[state] != states[state]:
                found.append(f"{table} {state}: {seen[state]} instead of {states[state]}")
        zero_window = f":{PORT_ZERO_WINDOW:04X}"
        if not any(row[2].endswith(zero_window) and row[5].startswith("04:") for row in rows):
            found.append(f"{table}: no zero-window probe timer")
    for table, states in other.items():
        if table not in ("unix", "netlink") and len(proc_rows(table)) != sum(states.values()):
            found.append(f"{table}: {len(proc_rows(table))} instead of {sum(states.values())}")
    return found


def settle():
    """Waits until /proc agrees with the bookkeeping twice, a tenth of a second apart."""
    deadline = time.monotonic() + SETTLE_SECONDS
    agreed = 0
    while agreed < 2:
        found = differences()
        agreed = 0 if found else agreed + 1
        if found and time.monotonic() > deadline:
            raise Failure("did not settle: " + "; ".join(found))
        time.sleep(0.1)


def wait_for_stdin():
    deadline = time.monotonic() + HOLD_SECONDS
    while (left := deadline - time.monotonic()) > 0:
        if select.select([0], [], [], left)[0] and not os.read(0, 4096):
            return


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(1))
    folder = None
    try:
        require_fresh_namespace()
        folder = os.fsencode(tempfile.mkdtemp(prefix="sockets-"))
        open_all(folder)
        settle()
        ready = {
            "ready": True,
            "pid": os.getpid(),
            "expected": {table: dict(sorted(states.items())) for table, states in expected.items()},
            "other": {table: dict(sorted(states.items())) for table, states in sorted(other.items())},
            "unix_names_hex": [name.hex() for name in unix_names],
            "missing": missing,
        }
        print(json.dumps(ready), flush=True)
        wait_for_stdin()
        return 0
    except (Failure, OSError) as error:
        print(f"sockets.py: {error}", file=sys.stderr)
        return 1
    finally:
        if folder:
            os.chdir("/")
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
