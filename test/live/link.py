#!/usr/bin/env python3
"""Makes links, neighbours and multicast memberships, and holds them there.

    unshare -n python3 test/live/link.py

Run it as root inside a fresh network namespace. Once everything is there it
prints one line of JSON on stdout: how many filters of multicast sources it
set, by address family and mode, and which links this kernel lacks. It then
waits for stdin to close, at most 180 seconds, and exits; the namespace and
all that is in it go with it.
"""

import json
import select
import socket
import struct
import subprocess
import sys

HOLD_SECONDS = 180

# From the kernel's headers: Python has no names for them.
IP_BLOCK_SOURCE = 38
IP_ADD_SOURCE_MEMBERSHIP = 39
MCAST_BLOCK_SOURCE = 43
MCAST_JOIN_SOURCE_GROUP = 46
SOL_PACKET = 263
PACKET_ADD_MEMBERSHIP = 1
PACKET_MR_MULTICAST = 0

held = []
missing = []


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def links():
    ip("link", "set", "lo", "up")
    ip("link", "add", "left", "type", "veth", "peer", "name", "right")
    ip("link", "add", "fifteen-chars-x", "type", "veth", "peer", "name", "far-end")
    ip("link", "set", "far-end", "up")
    try:
        # Its hardware address has no bytes.
        ip("tuntap", "add", "tun0", "mode", "tun")
    except subprocess.CalledProcessError:
        missing.append("tun0")
    for number, name in enumerate(devices()):
        ip("address", "add", f"10.77.{number}.1/24", "dev", name)
        ip("-6", "address", "add", f"fd77:{number}::1/64", "dev", name, "nodad")
        ip("link", "set", name, "up")


def devices():
    return [name for name in ["left", "right", "fifteen-chars-x", "tun0"] if name not in missing]


def neighbours():
    for number, name in enumerate(devices()):
        hardware = [] if name == "tun0" else ["lladdr", "02:00:00:00:00:01"]
        for host in range(10, 12 + number):
            ip("neigh", "add", f"10.77.{number}.{host}", *hardware, "dev", name, "nud", "permanent")
    ip("neigh", "add", "10.77.0.50", "lladdr", "02:00:00:00:00:02", "dev", "left", "nud", "reachable")
    ip("neigh", "add", "10.77.0.51", "lladdr", "02:00:00:00:00:02", "dev", "left", "nud", "stale")
    ip("neigh", "add", "10.77.0.52", "dev", "left", "nud", "failed")
    ip("neigh", "add", "10.77.0.53", "lladdr", "02:00:00:00:00:02", "dev", "left", "nud", "noarp")
    # What is asked for where nobody answers.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        for host in range(60, 63):
            asker.sendto(b"x", (f"10.77.2.{host}", 9))
            asker.sendto(b"x", (f"10.77.1.{host}", 9))
    for address in ["10.77.0.70", "10.77.0.71"]:
        ip("neigh", "add", "proxy", address, "dev", "left")
    ip("neigh", "add", "proxy", "10.77.1.70", "dev", "right")


def bytes_of(address):
    return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)


def memberships():
    """Each filter is one source on one socket."""
    filters = {"inet": {"include": 0, "exclude": 0}, "inet6": {"include": 0, "exclude": 0}}

    def any_source(group, index):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, struct.pack("4s4si", bytes_of(group), bytes(4), index))
        held.append(s)
        return s

    def any_source6(group, index):
        s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, struct.pack("16si", bytes_of(group), index))
        held.append(s)
        return s

    def source(s, option, group, where, sender):
        # struct ip_mreq_source: group, interface by its address, source.
        packed = struct.pack("4s4s4s", bytes_of(group), bytes_of(where), bytes_of(sender))
        s.setsockopt(socket.IPPROTO_IP, option, packed)
        filters["inet"]["include" if option == IP_ADD_SOURCE_MEMBERSHIP else "exclude"] += 1

    def source6(s, option, group, index, sender):
        # struct group_source_req: the index, padding, and two of struct sockaddr_storage.
        def storage(address):
            return struct.pack("=HHI16sI", socket.AF_INET6, 0, 0, bytes_of(address), 0).ljust(128, b"\0")

        packed = struct.pack("=I4x", index) + storage(group) + storage(sender)
        s.setsockopt(socket.IPPROTO_IPV6, option, packed)
        filters["inet6"]["include" if option == MCAST_JOIN_SOURCE_GROUP else "exclude"] += 1

    for number, name in enumerate(devices()):
        index = socket.if_nametoindex(name)
        where = f"10.77.{number}.1"
        any_source("239.1.2.3", index)
        any_source6("ff15::77", index)
        any_source6("ff15::1:0:0:2", index)

        blocker = any_source("239.255.255.250", index)
        source(blocker, IP_BLOCK_SOURCE, "239.255.255.250", where, "198.51.100.7")
        for _ in range(2):
            chooser = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            source(chooser, IP_ADD_SOURCE_MEMBERSHIP, "232.9.9.9", where, "192.0.2.1")
            source(chooser, IP_ADD_SOURCE_MEMBERSHIP, "232.9.9.9", where, "192.0.2.2")
            held.append(chooser)

        blocker6 = any_source6("ff05::1:3", index)
        source6(blocker6, MCAST_BLOCK_SOURCE, "ff05::1:3", index, "2001:db8::bad")
        chooser6 = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        source6(chooser6, MCAST_JOIN_SOURCE_GROUP, "ff3e::9", index, "2001:db8::1")
        held.append(chooser6)

    for name, users in (("left", 3), ("fifteen-chars-x", 1)):
        for _ in range(users):
            s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
            group = bytes.fromhex("090000ffffff")
            request = struct.pack("iHH8s", socket.if_nametoindex(name), PACKET_MR_MULTICAST, len(group), group)
            s.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, request)
            held.append(s)
    return filters


def main():
    links()
    neighbours()
    filters = memberships()
    print(json.dumps({"filters": filters, "missing": missing}), flush=True)
    select.select([sys.stdin], [], [], HOLD_SECONDS)


main()
