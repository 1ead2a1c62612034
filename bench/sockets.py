#!/usr/bin/env python3
"""Opens N TCP sockets over loopback, for measuring how long it takes to list them.

    unshare -n python3 bench/sockets.py N

Run it as root inside a fresh network namespace. Both ends of a connection are
counted, half are IPv4 and half IPv6, and they belong to several child
processes, as the number of descriptors of one process is limited. Of all
sockets about

     1 %  are LISTEN
     2 %  are FIN_WAIT2 and CLOSE_WAIT, in pairs
     7 %  are ESTABLISHED, with unread data at one end of each connection
    90 %  are ESTABLISHED and idle

Once all are open it prints one line of JSON on stdout,

    {"ready": true, "sockets": N}

where N is the number that it opened itself. It then waits for stdin to close,
at most 900 seconds, and ends its children. On failure: a message on stderr,
exit status 1.
"""

import fcntl
import json
import os
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
SPARE_DESCRIPTORS = 50  # for the interpreter and the pipes

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


def shares(total):
    """Divides the sockets among child processes: a list with a number for each."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    most = SOCKETS_PER_PROCESS
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard - SPARE_DESCRIPTORS)
    if most < SMALLEST:
        raise Failure(f"the limit of {hard} open files is too low")
    children = -(-total // most)
    if total >= 1000:
        children = max(children, os.cpu_count() or 1)
    if FIRST_PORT + children * PORTS_PER_CHILD > FIRST_EPHEMERAL_PORT:
        raise Failure(f"{total} sockets would take {children} processes, which is too many")
    return [total // children + (1 if child < total % children else 0) for child in range(children)]


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
    """Opens exactly the given number of sockets and returns them."""
    listeners = max(2, number // 100)
    listeners += (number - listeners) % 2  # an even number is left for connections
    connections = (number - listeners) // 2
    families = addresses(child)
    port = FIRST_PORT + child * PORTS_PER_CHILD
    opened, shut_down = [], []
    for index in range(listeners):
        family, address = families[index % 2]
        opened.append(listen(family, address, port + index // 2))
    accepting = opened[:2]
    targets = [sock.getsockname()[:2] for sock in accepting]
    for index in range(connections):
        family = families[index % 2][0]
        client = socket.socket(family, socket.SOCK_STREAM)
        client.connect(targets[index % 2])
        server, _ = accepting[index % 2].accept()
        opened += (client, server)
        kind = index // 2 % 100  # the same mix for both families
        if kind < 2:
            # FIN_WAIT2, as the client keeps the socket, and CLOSE_WAIT.
            client.shutdown(socket.SHUT_WR)
            shut_down.append(client)
        elif kind < 9:
            client.send(b"x" * 100)
    for client in shut_down:
        wait_fin_wait2(client)
    return opened


def child_main(child, number, report, control):
    """Opens its share, says so, and holds it until the parent's pipe closes."""
    try:
        opened = open_sockets(child, number)
        os.write(report, f"{len(opened)}\n".encode())
    except OSError as error:
        os.write(report, f"child {child}: {error}\n".encode())
        os._exit(1)
    os.close(report)
    os.read(control, 1)
    os._exit(0)


def start_children(numbers):
    """Returns the children's pids, the pipe they report to, and the pipe that
    ends them when it closes, even if it closes because this process was killed."""
    report_read, report_write = os.pipe()
    control_read, control_write = os.pipe()
    pids = []
    for child, number in enumerate(numbers):
        pid = os.fork()
        if pid == 0:
            try:
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                signal.signal(signal.SIGINT, signal.SIG_DFL)
                os.close(control_write)
                os.close(report_read)
                child_main(child, number, report_write, control_read)
            finally:
                os._exit(1)
        pids.append(pid)
    os.close(report_write)
    os.close(control_read)
    return pids, report_read, control_write


def collect(report, children):
    """Waits for all children's reports and returns the sum of what they opened."""
    with os.fdopen(report) as lines:
        reports = lines.read().splitlines()
    for line in reports:
        if not line.isdigit():
            raise Failure(line)
    if len(reports) != children:
        raise Failure(f"only {len(reports)} of {children} children opened their sockets")
    return sum(int(line) for line in reports)


def wait_for_stdin():
    deadline = time.monotonic() + HOLD_SECONDS
    while (left := deadline - time.monotonic()) > 0:
        if select.select([0], [], [], left)[0] and not os.read(0, 4096):
            return


def main(arguments):
    if len(arguments) != 1 or not arguments[0].isdecimal():
        print("usage: unshare -n python3 sockets.py N", file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(1))
    pids, control = [], None
    try:
        total = int(arguments[0])
        if not SMALLEST <= total <= LARGEST:
            raise Failure(f"N must be from {SMALLEST} to {LARGEST}")
        require_fresh_namespace()
        set_up_namespace()
        pids, report, control = start_children(shares(total))
        print(json.dumps({"ready": True, "sockets": collect(report, len(pids))}), flush=True)
        wait_for_stdin()
        return 0
    except (Failure, OSError) as error:
        print(f"sockets.py: {error}", file=sys.stderr)
        return 1
    finally:
        if control is not None:
            os.close(control)
        for pid in pids:
            os.waitpid(pid, 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
