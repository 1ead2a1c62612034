#!/usr/bin/env python3
"""Opens N TCP sockets over loopback, for measuring how long it takes to list them.

    unshare -n python3 bench/sockets.py [--processes=P] N

Run it as root inside a fresh network namespace. Both ends of a connection are
counted, half are IPv4 and half IPv6, and they belong to several child
processes, as the number of descriptors of one process is limited: to P, or to
as few as can hold them. Of all sockets about

     1 %  are LISTEN
     2 %  are FIN_WAIT2 and CLOSE_WAIT, in pairs
     7 %  are ESTABLISHED, with unread data at one end of each connection
    90 %  are ESTABLISHED and idle

Once all are open it prints one line of JSON on stdout,

    {"ready": true, "sockets": N}

where N is the number that it opened itself. It then obeys stdin, at most 900
seconds, until that closes, and ends its children. The only order is

    churn M

which closes M sockets, both ends of connections picked at random in all
children, and opens as many of the same kinds. It is answered with

    {"churned": M, "sockets": N}

where M is an even number, not above the one that was asked for. On failure: a
message on stderr, exit status 1.
"""

import fcntl
import json
import os
import random
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import time

HOLD_SECONDS = 900
SMALLEST = 4
LARGEST = 2_000_000

SOCKETS_PER_PROCESS = 19_000  # at most; fewer if the limit on descriptors is lower
SPARE_DESCRIPTORS = 50  # for the interpreter, the link to the parent, and connections that are replaced

# A server closes and opens connections in any order. So many are closed before
# as many are opened, or after: both give them other descriptors than they had.
CONNECTIONS_AT_ONCE = 8

# Listening ports lie below the ephemeral ports, and no two children share one,
# since ::1 is the only IPv6 loopback address. Connections are told apart by the
# port they go to, so that each child has all ephemeral ports for its own.
FIRST_PORT = 2_000
PORTS_PER_CHILD = 200
FIRST_EPHEMERAL_PORT = 32_768

SIOCGIFFLAGS = 0x8913
IFF_UP = 1
TCP_FIN_WAIT2 = 5


class Failure(Exception):
    """Something that stops the whole program, with a message to print."""


def sysctl(name, value):
    path = "/proc/sys/" + name.replace(".", "/")
    try:
        with open(path, "w") as file:
            file.write(str(value))
    except OSError as error:
        raise Failure(f"cannot set {name}: {error.strerror}")


def run(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"{' '.join(command)}: {done.stderr.strip() or done.returncode}")


def require_fresh_namespace():
    """Refuses to touch a namespace in which a real interface is in use."""
    if os.geteuid() != 0:
        raise Failure("must run as root")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for _, name in socket.if_nameindex():
            request = struct.pack("16sH14x", name.encode(), 0)
            flags = struct.unpack_from("H", fcntl.ioctl(sock, SIOCGIFFLAGS, request), 16)[0]
            if name != "lo" and flags & IFF_UP:
                raise Failure(f"not a fresh network namespace: {name} is up (use unshare -n)")


def set_up_namespace():
    sysctl("net.ipv4.ip_local_port_range", f"{FIRST_EPHEMERAL_PORT} 60999")
    # A FIN_WAIT2 that a process still holds has no time limit; this is for any
    # that it does not hold any more.
    sysctl("net.ipv4.tcp_fin_timeout", HOLD_SECONDS + 60)
    sysctl("net.ipv6.conf.lo.disable_ipv6", 0)
    run("ip", "link", "set", "lo", "up")
    run("ip", "-6", "address", "replace", "::1/128", "dev", "lo")


def divided(total, parts):
    return [total // parts + (1 if part < total % parts else 0) for part in range(parts)]


def shares(total, processes):
    """Divides the sockets among child processes: a list with a number for each."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    most = SOCKETS_PER_PROCESS
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard - SPARE_DESCRIPTORS)
    if most < SMALLEST:
        raise Failure(f"the limit of {hard} open files is too low")
    children = processes or -(-total // most)
    if processes is None and total >= 1000:
        children = max(children, os.cpu_count() or 1)
    if not SMALLEST * children <= total <= most * children:
        raise Failure(f"{children} processes cannot hold {total} sockets, only {SMALLEST} to {most} each")
    if FIRST_PORT + children * PORTS_PER_CHILD > FIRST_EPHEMERAL_PORT:
        raise Failure(f"{total} sockets would take {children} processes, which is too many")
    return divided(total, children)


def addresses(child):
    """A loopback address of each family for a child's listeners."""
    return (
        (socket.AF_INET, f"127.0.{1 + child // 250}.{1 + child % 250}"),
        (socket.AF_INET6, "::1"),
    )


def listen(family, address, port):
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Accepted sockets inherit this: closed, they reset the connection, so that
    # no TIME_WAIT is left behind, and ending a child is quick.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.bind((address, port))
    sock.listen(16)
    return sock


def wait_fin_wait2(sock):
    """Waits for the acknowledgement of a FIN, which may come a little later."""
    deadline = time.monotonic() + 3
    while sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != TCP_FIN_WAIT2:
        if time.monotonic() > deadline:
            raise TimeoutError("a connection did not reach FIN_WAIT2")
        time.sleep(0.005)


def open_sockets(child, number):
    """Opens exactly the given number of sockets: listeners, and connections as pairs."""
    listeners = max(2, number // 100)
    listeners += (number - listeners) % 2  # an even number is left for connections
    families = addresses(child)
    port = FIRST_PORT + child * PORTS_PER_CHILD
    listening = []
    for index in range(listeners):
        family, address = families[index % 2]
        listening.append(listen(family, address, port + index // 2))
    return listening, open_connections(listening, range((number - listeners) // 2))


def open_connections(listening, places):
    """Returns both ends of each. Its place tells the family of a connection and what becomes of it."""
    opened, shut_down = [], []
    for place in places:
        listener = listening[place % 2]
        client = socket.socket(listener.family, socket.SOCK_STREAM)
        client.connect(listener.getsockname()[:2])
        server, _ = listener.accept()
        opened.append((client, server))
        kind = place // 2 % 100  # the same mix for both families
        if kind < 2:
            # FIN_WAIT2, as the client keeps the socket, and CLOSE_WAIT.
            client.shutdown(socket.SHUT_WR)
            shut_down.append(client)
        elif kind < 9:
            client.send(b"x" * 100)
    for client in shut_down:
        wait_fin_wait2(client)
    return opened


def close_connections(connections, places):
    for place in places:
        client, server = connections[place]
        server.close()  # resets the connection
        client.close()


def replace_connections(listening, connections, number, chance):
    """Closes some at random and opens others of the same kinds; returns how many sockets it opened."""
    places = chance.sample(range(len(connections)), number)
    for first in range(0, number, CONNECTIONS_AT_ONCE):
        some = places[first : first + CONNECTIONS_AT_ONCE]
        close_first = chance.random() < 0.5
        if close_first:
            close_connections(connections, some)
        opened = open_connections(listening, some)
        if not close_first:
            close_connections(connections, some)
        for place, pair in zip(some, opened):
            connections[place] = pair
    return 2 * number


def child_main(child, number, link):
    """Opens its share, says so, and replaces connections when told to, until the parent's link closes."""
    try:
        listening, connections = open_sockets(child, number)
        tell(link, len(listening) + 2 * len(connections))
        chance = random.Random(child)
        for line in link.makefile():
            tell(link, replace_connections(listening, connections, int(line), chance))
    except (OSError, ValueError) as error:
        tell(link, f"child {child}: {error}")
        os._exit(1)
    os._exit(0)


def tell(link, what):
    link.sendall(f"{what}\n".encode())


def start_children(numbers):
    """Returns the children's pids and a link to each, which ends it when it closes,
    even if it closes because this process was killed."""
    pids, links = [], []
    for child, number in enumerate(numbers):
        link, childs_link = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            try:
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                signal.signal(signal.SIGINT, signal.SIG_DFL)
                for other in (*links, link):
                    other.close()
                child_main(child, number, childs_link)
            finally:
                os._exit(1)
        childs_link.close()
        pids.append(pid)
        links.append(link)
    return pids, links


def sum_told(answers):
    """Waits for one line from each child and returns the sum of their numbers."""
    total = 0
    for child, lines in enumerate(answers):
        line = lines.readline().strip()
        if not line.isdigit():
            raise Failure(line or f"child {child} ended")
        total += int(line)
    return total


def obey(stdin_lines, links, answers, total):
    for line in stdin_lines:
        order, _, number = line.partition(" ")
        if order != "churn" or not number.isdecimal():
            raise Failure(f"cannot {line!r}")
        for link, share in zip(links, divided(int(number) // 2, len(links))):
            tell(link, share)
        print(json.dumps({"churned": sum_told(answers), "sockets": total}), flush=True)


def lines_of_stdin():
    """Until it closes, or time is up."""
    deadline = time.monotonic() + HOLD_SECONDS
    rest = ""
    while (left := deadline - time.monotonic()) > 0:
        if not select.select([0], [], [], left)[0]:
            return
        read = os.read(0, 4096)
        if not read:
            return
        *lines, rest = (rest + read.decode()).split("\n")
        yield from lines


def parsed(arguments):
    """The number of processes, if one was given, and of sockets; None where they make no sense."""
    processes, *rest = arguments if len(arguments) == 2 else (None, *arguments)
    if processes is not None:
        name, _, processes = processes.partition("=")
        if name != "--processes" or not processes.isdecimal() or int(processes) == 0:
            return None
        processes = int(processes)
    if len(rest) != 1 or not rest[0].isdecimal():
        return None
    return processes, int(rest[0])


def main(arguments):
    asked = parsed(arguments)
    if asked is None:
        print("usage: unshare -n python3 sockets.py [--processes=P] N", file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(1))
    pids, links = [], []
    try:
        processes, total = asked
        if not SMALLEST <= total <= LARGEST:
            raise Failure(f"N must be from {SMALLEST} to {LARGEST}")
        require_fresh_namespace()
        set_up_namespace()
        pids, links = start_children(shares(total, processes))
        answers = [link.makefile() for link in links]
        print(json.dumps({"ready": True, "sockets": sum_told(answers)}), flush=True)
        obey(lines_of_stdin(), links, answers, total)
        return 0
    except (Failure, OSError) as error:
        print(f"sockets.py: {error}", file=sys.stderr)
        return 1
    finally:
        for link in links:
            link.shutdown(socket.SHUT_RDWR)
        for pid in pids:
            os.waitpid(pid, 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
