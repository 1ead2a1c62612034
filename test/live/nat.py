#!/usr/bin/env python3
"""Opens connections through a router that translates addresses, and holds them there.

    unshare -n python3 test/live/nat.py

Run it as root inside a fresh network namespace, which becomes the router. It
makes two more, a client and a server, joined to it by veth pairs, and opens
sockets in there. Once everything has settled it prints one line of JSON on
stdout:

    {"ready": true, "entries": {"inet tcp ESTABLISHED": 5, ...},
     "sessions": {"inet tcp source": 1, ...}}

All counts come from what was opened, never from the kernel's table. The
program then waits for stdin to close, at most 180 seconds, and exits; the
namespaces and all that is in them go with it. No packet leaves them.
On failure: a message on stderr, exit status 1.
"""

import collections
import ctypes
import json
import os
import select
import socket
import struct
import subprocess
import sys
import time

HOLD_SECONDS = 180
STEP_SECONDS = 5
SETTLE_SECONDS = 0.5
CLONE_NEWNET = 0x40000000

V4, V6 = socket.AF_INET, socket.AF_INET6
STREAM, DATAGRAM = socket.SOCK_STREAM, socket.SOCK_DGRAM
NAMES = {V4: "inet", V6: "inet6"}
CLIENT = {V4: "192.0.2.2", V6: "2001:db8:1::2"}
INSIDE = {V4: "192.0.2.1", V6: "2001:db8:1::1"}
OUTSIDE = {V4: "198.51.100.1", V6: "2001:db8:2::1"}
SERVER = {V4: "198.51.100.2", V6: "2001:db8:2::2"}
# Nobody has it, and the router is told a neighbour for it, so that it does not complain.
SILENT = {V4: "198.51.100.99", V6: "2001:db8:2::99"}
SILENT_NEIGHBOUR = "02:00:00:00:00:99"

# What the router does, by the port that is asked for.
PLAIN, MASQUERADED, LED, BOTH = 80, 81, 82, 83
NAT = {PLAIN: None, MASQUERADED: "source", LED: "destination", BOTH: "both"}

RULES = """
table inet nat {
  chain prerouting {
    type nat hook prerouting priority dstnat
    ip daddr 192.0.2.1 meta l4proto { tcp, udp } th dport { 82, 83 } dnat ip to 198.51.100.2
    ip6 daddr 2001:db8:1::1 meta l4proto { tcp, udp } th dport { 82, 83 } dnat ip6 to 2001:db8:2::2
  }
  chain postrouting {
    type nat hook postrouting priority srcnat
    oifname outside meta l4proto { tcp, udp } th dport { 81, 83 } masquerade
    oifname outside icmp type echo-request masquerade
  }
}
"""

SYSCTLS = [
    "net.ipv4.ip_forward=1",
    "net.ipv6.conf.all.forwarding=1",
    # Nothing is to change while it is looked at.
    *(
        f"net.netfilter.nf_conntrack_{name}_timeout=300"
        for name in ("icmp", "icmpv6", "udp")
    ),
    *(
        f"net.netfilter.nf_conntrack_tcp_timeout_{name}=300"
        for name in ("syn_sent", "close_wait", "time_wait")
    ),
    "net.netfilter.nf_conntrack_udp_timeout_stream=300",
]

libc = ctypes.CDLL(None, use_errno=True)
router = os.open("/proc/self/ns/net", os.O_RDONLY)
entries, sessions = collections.Counter(), collections.Counter()
held = []


def enter(namespace):
    if libc.setns(namespace, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def run(*command, stdin=""):
    subprocess.run(
        command, input=stdin, text=True, check=True, timeout=STEP_SECONDS, stdout=subprocess.DEVNULL
    )


def inside(holder):
    return ["nsenter", "-t", str(holder.pid), "-n"]


def namespace():
    """A process in a network namespace of its own."""
    command = ["unshare", "-n", "sh", "-c", "ip link set lo up && echo && exec cat"]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    holder.stdout.readline()
    return holder


def join(device, holder, near, far):
    """A veth pair from the router to a namespace, which sends everything that way."""
    run("ip", "link", "add", device, "type", "veth", "peer", "name", "eth0", "netns", str(holder.pid))
    for prefix, name, addresses in ([], device, near), (inside(holder), "eth0", far):
        # Without duplicate address detection an address serves at once.
        run(*prefix, "ip", "address", "add", addresses[V4] + "/24", "dev", name)
        run(*prefix, "ip", "address", "add", addresses[V6] + "/64", "dev", name, "nodad")
        run(*prefix, "ip", "link", "set", name, "up")
    for family, flag in (V4, "-4"), (V6, "-6"):
        run(*inside(holder), "ip", flag, "route", "add", "default", "via", near[family])


def opened(where, family, kind, protocol=0):
    """A socket stays in the namespace where it was opened."""
    enter(where)
    try:
        new = socket.socket(family, kind, protocol)
    finally:
        enter(router)
    new.settimeout(STEP_SECONDS)
    held.append(new)
    return new


def count(family, protocol, state, nat):
    entries[f"{NAMES[family]} {protocol} {state}"] += 1
    if nat is not None:
        sessions[f"{NAMES[family]} {protocol} {nat}"] += 1


def destination(family, port):
    return (INSIDE if port in (LED, BOTH) else SERVER)[family]


def open_tcp(client, server, family):
    for port in NAT:
        listener = opened(server, family, STREAM)
        listener.bind((SERVER[family], port))
        listener.listen()

        def connect():
            near = opened(client, family, STREAM)
            near.connect((destination(family, port), port))
            far, _ = listener.accept()
            held.append(far)
            near.sendall(b"x")
            far.recv(1)
            return near, far

        connect()
        count(family, "tcp", "ESTABLISHED", NAT[port])
        near, far = connect()
        near.shutdown(socket.SHUT_WR)
        far.recv(1)
        count(family, "tcp", "CLOSE_WAIT", NAT[port])
        near, far = connect()
        near.close()
        far.recv(1)
        far.close()
        count(family, "tcp", "TIME_WAIT", NAT[port])

    for port in PLAIN, MASQUERADED:
        near = opened(client, family, STREAM)
        near.setblocking(False)
        near.connect_ex((SILENT[family], port))
        count(family, "tcp", "SYN_SENT", NAT[port])


def open_udp(client, server, family):
    for port in NAT:
        far = opened(server, family, DATAGRAM)
        far.bind((SERVER[family], port))
        for is_answered in True, False:
            near = opened(client, family, DATAGRAM)
            near.sendto(b"x", (destination(family, port), port))
            _, sender = far.recvfrom(1)
            if is_answered:
                far.sendto(b"y", sender)
                near.recv(1)
            count(family, "udp", "REPLIED" if is_answered else "UNREPLIED", NAT[port])


def echo(family, number):
    """An echo request with this id; of ICMPv6 the kernel computes the checksum."""
    kind = 8 if family == V4 else 128
    checksum = 0xFFFF - (kind << 8) - number if family == V4 else 0
    return struct.pack("!BBHHH", kind, 0, checksum, number, 0)


def open_icmp(client, family):
    nat = "source" if family == V4 else None
    kind = socket.IPPROTO_ICMP if family == V4 else socket.IPPROTO_ICMPV6
    near = opened(client, family, socket.SOCK_RAW, kind)
    for number, address, state in (1, SERVER, "REPLIED"), (2, SILENT, "UNREPLIED"):
        near.sendto(echo(family, number), (address[family], 0))
        count(family, "icmp", state, nat)


def main():
    run("ip", "link", "set", "lo", "up")
    holders = [namespace(), namespace()]
    try:
        for holder, device, near, far in zip(
            holders, ("inside", "outside"), (INSIDE, OUTSIDE), (CLIENT, SERVER)
        ):
            join(device, holder, near, far)
        for address in SILENT.values():
            run("ip", "neigh", "add", address, "lladdr", SILENT_NEIGHBOUR, "dev", "outside")
        # The rules come before the sysctls: without them connections are not tracked here.
        run("nft", "-f", "-", stdin=RULES)
        run("sysctl", "-qw", *SYSCTLS)
        client, server = (os.open(f"/proc/{each.pid}/ns/net", os.O_RDONLY) for each in holders)
        for family in V4, V6:
            open_tcp(client, server, family)
            open_udp(client, server, family)
            open_icmp(client, family)
        time.sleep(SETTLE_SECONDS)
        print(json.dumps({"ready": True, "entries": entries, "sessions": sessions}), flush=True)
        select.select([sys.stdin], [], [], HOLD_SECONDS)
    finally:
        for holder in holders:
            holder.kill()
            holder.wait()


if __name__ == "__main__":
    main()
