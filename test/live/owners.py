#!/usr/bin/env python3
"""Starts programs that leak sockets, under odd names and as several users, and holds them there.

    unshare -n python3 test/live/owners.py [NODE]

Run it as root inside a fresh network namespace; NODE is the Node.js to run a
script with. Once everything has settled it prints one line of JSON on stdout:

    {"ready": true, "programs": {"4711": {"name": "61622d63", "role": "..."}, ...},
     "held": {"fd-leaker": {"unread": 0, "read": 7}, ...}, "missing": [...]}

"programs" has the name of every process that it started, in hexadecimal
because a name is bytes, by pid; "held" counts the CLOSE_WAIT sockets that a
role opened. All comes from what was started, never from /proc. The scene
itself holds no socket. It then reads commands from stdin, one a line, and
prints such a line, as all is then, for each that is done:

    pass       a program passes its sockets to another one and closes them
    bereave    ends the oldest of the processes that share sockets
    end        ends the program "leaver"
    restart    starts it again
    churn      begins to start and end processes with sockets, many at a time
    calm       ends that; "ended" counts those that were started

It exits when stdin closes, after 180 seconds at the latest, and all that it
started with it. On failure: a message on stderr, exit status 1.
"""

import collections
import ctypes
import json
import os
import resource
import select
import shutil
import signal
import socket
import struct
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # beside this file there is no place for more

from sockets import (  # noqa: E402
    FAMILIES,
    HOLD_SECONDS,
    LOOPBACK,
    STEP_SECONDS,
    V4,
    V6,
    Failure,
    listener,
    proc_rows,
    require_fresh_namespace,
    run,
    sysctl,
    tcp,
    wait_state,
    wait_until,
)

EPHEMERAL_PORTS = (40000, 40099)
CHURN_BATCH = 20
CHURN_PAUSE_SECONDS = 0.02
CHURN_LIMIT = 5000
CHURN_PORT = 21000

PORT_CROWD = 20900
PORT_NEVER_ACCEPTS = 20910
PORT_REUSED = 20920

NOBODY, DAEMON, NAMELESS = 65534, 1, 12345

PR_SET_DUMPABLE = 4
PR_SET_NAME = 15
# Of /proc/PID/stat, as proc(5) numbers them: the first behind the name, and where the arguments begin and end.
FIELD_BEHIND_NAME = 3
ARGUMENTS_FIELDS = (48, 49)

TAKER = b"\0owners-taker"

libc = ctypes.CDLL(None, use_errno=True)

hold_read, hold_write = os.pipe()  # open for as long as everything is to stay
scene = os.getpid()
programs = {}  # pid: (name, role)
reports = {}  # pid: what the program says is read here
held = collections.defaultdict(collections.Counter)  # role: CLOSE_WAIT sockets by eof
missing = []
ports = iter(range(20100, 20900, 10))


# --- programs ----------------------------------------------------------------


def prctl(option, *values):
    if libc.prctl(option, *(ctypes.c_ulong(each) if isinstance(each, int) else each for each in values)):
        raise Failure(f"prctl {option}: {os.strerror(ctypes.get_errno())}")


def become(user):
    """What changes its user can no longer be looked into by that user, unless it says so."""
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    prctl(PR_SET_DUMPABLE, 1)


def hold():
    """Until the scene ends, however it does."""
    select.select([hold_read], [], [], HOLD_SECONDS)


def line_from(fd, what):
    """A line that a program wrote, without its end."""
    line = b""
    deadline = time.monotonic() + STEP_SECONDS * 2
    while not line.endswith(b"\n"):
        left = deadline - time.monotonic()
        if left < 0 or not select.select([fd], [], [], left)[0]:
            raise Failure(f"{what}: not ready in time")
        byte = os.read(fd, 1)
        if not byte:
            raise Failure(f"{what}: {line.decode(errors='replace') or 'ended'}")
        line += byte
    return line[:-1]


def start(name, open_sockets, role=None, user=0, command=None):
    """Forks a program that goes by this name, and waits until its sockets are open.

    With a command, which must print `ready`, it becomes that one, and its
    sockets are inherited. Children that hold them as well are told of by their
    pids. What open_sockets returns is called when others only hold theirs.
    """
    what = role or name.decode(errors="replace")
    report, told = os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(hold_write)
            os.close(report)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.chdir("/")
            if user:
                become(user)
            if command is None:
                prctl(PR_SET_NAME, name + b"\0")
                stay = open_sockets(told) or hold
                os.write(told, b"ready\n")
                stay()
            else:
                open_sockets(told)
                os.dup2(hold_read, 0)
                os.dup2(told, 1)
                for fd in map(int, os.listdir("/proc/self/fd")):
                    if is_socket(fd):
                        os.set_inheritable(fd, True)
                os.execv(command[0], command)
        except BaseException as error:
            os.write(told, f"{type(error).__name__} {error}".encode())
            os._exit(1)
        os._exit(0)
    os.close(told)
    reports[pid] = report
    programs[pid] = (name, what)
    while (line := line_from(report, what)) != b"ready":
        programs[int(line)] = (name + b"-child", what + "-child")
    return pid


def is_socket(fd):
    try:
        return os.readlink(f"/proc/self/fd/{fd}").startswith("socket:")
    except OSError:
        return False


def pid_of(role):
    return next(pid for pid, (_, each) in programs.items() if each == role)


def end(role):
    pid = pid_of(role)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(reports.pop(pid))
    del programs[pid]


def end_all():
    """They end by themselves as well, when nobody holds the other end of the pipe any more."""
    os.close(hold_write)
    for pid in reports:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


# --- what they hold ----------------------------------------------------------

kept = []  # keeps sockets of a program alive


def keep(*sockets):
    kept.extend(sockets)
    return sockets


def close_wait(family, port, unread, read, listens=True):
    """Accepts connections of peers that write and close: the first are never
    read from, of the others all is read, and none is ever closed."""
    listening = listener(family, port)
    sockets = []
    for number in range(unread + read):
        with tcp(family) as peer:
            peer.connect((LOOPBACK[family], port))
            peer.sendall(b"x" * 100)
        accepted, _ = listening.accept()
        accepted.settimeout(STEP_SECONDS)
        wait_state(accepted, "CLOSE_WAIT")
        while number >= unread and accepted.recv(64):
            pass
        sockets.append(accepted)
    if listens:
        keep(listening)
    else:
        listening.close()
    keep(*sockets)
    return sockets


def leak(name, v4=(0, 0), v6=(0, 0), role=None, command=None, listens=True, descriptors=None):
    """Starts a program with CLOSE_WAIT sockets, each a pair of unread and read."""
    port = next(ports)
    role = role or name.decode()

    def open_sockets(_):
        if descriptors:
            resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
        for family, counts in ((V4, v4), (V6, v6)):
            if sum(counts):
                close_wait(family, port, *counts, listens=listens)

    held[role].update(unread=v4[0] + v6[0], read=v4[1] + v6[1])
    return start(name, open_sockets, role, command=command)


def sharing():
    """The parent and two children hold the same sockets and the same listener."""
    port = next(ports)

    def open_sockets(told):
        close_wait(V4, port, 1, 2)
        for _ in range(2):
            pid = os.fork()
            if pid == 0:
                prctl(PR_SET_NAME, b"sharing-child\0")
                hold()
                os._exit(0)
            os.write(told, b"%d\n" % pid)

    held["sharing"].update(unread=1, read=2)
    start(b"sharing", open_sockets)


def give(sockets):
    """Passes them on, and lets go of them once they have arrived."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as way:
        way.settimeout(STEP_SECONDS)
        way.bind(b"")
        way.connect(TAKER)
        socket.send_fds(way, [b"take"], [each.fileno() for each in sockets])
        way.recv(1)
    for each in sockets:
        kept.remove(each)
        each.close()


def take_all(_):
    inbox = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    inbox.bind(TAKER)
    taken = []

    def take():
        while not select.select([hold_read, inbox], [], [], HOLD_SECONDS)[0].count(hold_read):
            _, fds, _, sender = socket.recv_fds(inbox, 16, 16)
            if not fds:
                return
            taken.extend(fds)
            inbox.sendto(b"k", sender)

    return take


def givers():
    start(b"taker", take_all)
    early, late = next(ports), next(ports)

    def give_now(_):
        give(close_wait(V4, early, 1, 1))

    def give_when_told(told):
        sockets = close_wait(V6, late, 2, 0)

        def on_signal(*_):
            give(sockets)
            os.write(told, b"passed\n")

        signal.signal(signal.SIGUSR1, on_signal)

    start(b"giver", give_now)
    held["taker"].update(unread=1, read=1)
    start(b"late-giver", give_when_told)
    held["late-giver"].update(unread=2, read=0)


def never_accepts(_):
    """Connections wait to be accepted, and of some the peer has closed already.

    An IPv4 peer of the listener on :: has its other end among those of IPv6.
    """
    for port, family, address, peers in (
        (PORT_NEVER_ACCEPTS, V4, "127.0.0.1", (V4,)),
        (PORT_NEVER_ACCEPTS + 1, V4, "0.0.0.0", (V4,)),
        (PORT_NEVER_ACCEPTS + 2, V6, "::1", (V6,)),
        (PORT_NEVER_ACCEPTS + 3, V6, "::", (V4, V6)),
    ):
        keep(listener(family, port, backlog=16, address=address))
        for peer_family in peers:
            for number in range(3):
                peer = tcp(peer_family)
                peer.connect((LOOPBACK[peer_family], port))
                if number:
                    keep(peer)
                else:
                    peer.close()


def reuses_port(number):
    def open_sockets(_):
        for _ in range(number):
            sock = tcp(V4)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            sock.bind((LOOPBACK[V4], PORT_REUSED))
            sock.listen(16)
            keep(sock)

    return open_sockets


def asks_reused_port(_):
    """The kernel spreads them over the listeners by their port."""
    for _ in range(20):
        peer = tcp(V4)
        peer.connect((LOOPBACK[V4], PORT_REUSED))
        keep(peer)


def crowd_server(_):
    """Holds what comes, and where the peer closes, closes after it."""
    listeners = [listener(family, PORT_CROWD, backlog=64) for family in FAMILIES]
    connections = []

    def serve():
        while True:
            ready = select.select([hold_read, *listeners, *connections], [], [], HOLD_SECONDS)[0]
            if hold_read in ready or not ready:
                return
            for sock in ready:
                if sock in listeners:
                    connections.append(sock.accept()[0])
                else:
                    connections.remove(sock)
                    sock.close()

    return serve


def crowd(_):
    """Many connections to one port, and some more that are closed first on this end: TIME_WAIT."""
    for family, number, closed in ((V4, 40, 6), (V6, 12, 3)):
        for i in range(number + closed):
            peer = tcp(family)
            peer.connect((LOOPBACK[family], PORT_CROWD))
            if i < number:
                keep(peer)
            else:
                peer.close()


def everything_else(_):
    for family in FAMILIES:
        bound = socket.socket(family, socket.SOCK_DGRAM)
        bound.bind((LOOPBACK[family], 20950))
        connected = socket.socket(family, socket.SOCK_DGRAM)
        connected.connect(bound.getsockname())
        icmp = socket.IPPROTO_ICMP if family == V4 else socket.IPPROTO_ICMPV6
        ping = socket.socket(family, socket.SOCK_DGRAM, icmp)
        ping.bind((LOOPBACK[family], 0))
        keep(bound, connected, ping, socket.socket(family, socket.SOCK_RAW, 89))
    unix_sockets(b"\0everything")


def unix_sockets(name):
    """Listening, accepted, waiting to be accepted, a pair, and datagrams."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(name)
    listening.listen(8)
    peers = [socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) for _ in range(3)]
    for peer in peers:
        peer.connect(name)
    keep(listening, *peers, listening.accept()[0])
    keep(*socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET))
    datagrams = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    datagrams.bind(name + b"-datagrams")
    keep(datagrams, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))


def user_sockets(port):
    def open_sockets(_):
        close_wait(V4, port, 1, 2)
        close_wait(V6, port, 2, 1)
        for family in FAMILIES:
            sock = socket.socket(family, socket.SOCK_DGRAM)
            sock.bind((LOOPBACK[family], port))
            keep(sock)
        # One that waits to be accepted: it has a user and no inode.
        waiting = tcp(V4)
        waiting.connect((LOOPBACK[V4], port))
        keep(waiting, *socket.socketpair())

    return open_sockets


def nothing_to_tell(_):
    """Neither a name nor arguments: these are memory of the program, which it may clear."""
    with open("/proc/self/stat", "rb") as file:
        fields = file.read().rsplit(b") ", 1)[1].split()
    begin, end = (int(fields[number - FIELD_BEHIND_NAME]) for number in ARGUMENTS_FIELDS)
    ctypes.memset(begin, 0, end - begin)
    bound = socket.socket(V4, socket.SOCK_DGRAM)
    bound.bind((LOOPBACK[V4], 20960))
    keep(bound)


# --- many that come and go ---------------------------------------------------


def short_life(number):
    """Ends with a reset, which leaves nothing behind."""
    sockets = [*socket.socketpair(), socket.socket(V4, socket.SOCK_DGRAM)]
    sockets[-1].bind((LOOPBACK[V4], CHURN_PORT + number))
    listening = listener(V4, CHURN_PORT + number)
    peer = tcp(V4)
    peer.connect((LOOPBACK[V4], CHURN_PORT + number))
    accepted, _ = listening.accept()
    time.sleep(0.01)
    for each in (accepted, peer):
        each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        each.close()


def churn(told):
    calm = []
    signal.signal(signal.SIGTERM, lambda *_: calm.append(True))

    def come_and_go():
        number = 0
        while not calm and number < CHURN_LIMIT and not select.select([hold_read], [], [], 0)[0]:
            batch = []
            for _ in range(CHURN_BATCH):
                pid = os.fork()
                if pid == 0:
                    signal.signal(signal.SIGTERM, signal.SIG_DFL)
                    status = 1
                    try:
                        short_life(number % 1000)
                        status = 0
                    finally:
                        os._exit(status)
                batch.append(pid)
                number += 1
            failed = sum(os.waitpid(pid, 0)[1] != 0 for pid in batch)
            if failed:
                os.write(told, b"%d of them failed" % failed)
                return
            time.sleep(CHURN_PAUSE_SECONDS)
        os.write(told, b"%d\n" % number)

    return come_and_go


# --- all of it ---------------------------------------------------------------

HOLD_IN_PYTHON = f"""
import select
print('ready', flush=True)
select.select([0], [], [], {HOLD_SECONDS})
"""
HOLD_IN_BASH = f"echo ready\nread -t {HOLD_SECONDS}\n"
HOLD_IN_NODE = f"""
setTimeout(() => process.exit(), {HOLD_SECONDS * 1000});
process.stdin.on('end', () => process.exit()).resume();
console.log('ready');
"""


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w") as file:
        file.write(text)
    return path


def scripts(folder, node):
    """Programs that another program runs: what they are called is in their arguments."""
    odd = b'odd "name" \\ <script> \xff.py'
    python = os.fsencode(sys.executable)
    path = write(folder, odd, HOLD_IN_PYTHON)
    leak(odd, (1, 1), role="odd script", command=[python, path])
    write(folder, b"owner_module.py", HOLD_IN_PYTHON)
    # A module is looked for in the folder that is current, and the interpreter is told of another one here.
    os.environ["PYTHONPATH"] = os.fsdecode(folder)
    leak(b"owner_module", (1, 0), role="module", command=[python, b"-m", b"owner_module"])
    if node:
        path = write(folder, b"assets.js", HOLD_IN_NODE)
        leak(b"assets.js", (0, 1), (1, 0), role="node", command=[os.fsencode(node), path])
    else:
        missing.append("node")
    bash = shutil.which("bash")
    if bash:
        path = write(folder, b"keeper.sh", HOLD_IN_BASH)
        leak(b"keeper.sh", (2, 0), role="bash", command=[os.fsencode(bash), path])
    else:
        missing.append("bash")


def start_leaver():
    leak(b"leaver", (2, 1), (1, 0))


def set_up_namespace():
    sysctl("net.ipv4.tcp_fin_timeout", 300)
    sysctl("net.ipv4.tcp_tw_reuse", 0)
    sysctl("net.ipv4.tcp_rfc1337", 1)  # a late reset shall not end a TIME_WAIT
    sysctl("net.ipv4.ip_local_port_range", "%d %d" % EPHEMERAL_PORTS)
    sysctl("net.ipv4.ping_group_range", "0 2147483647")
    sysctl("net.ipv6.conf.lo.disable_ipv6", 0)
    run("ip", "link", "set", "lo", "up")
    run("ip", "-6", "address", "replace", "::1/128", "dev", "lo")


def start_all(folder, node):
    set_up_namespace()
    leak(b"stuck-reader", (4, 0), (3, 0))
    leak(b"fd-leaker", (0, 3), (0, 4), descriptors=70)
    leak(b"half-and-half", (2, 1), (1, 2), listens=False)
    # The kernel keeps 15 bytes of a name.
    leak(b'a"b\\c\nd', (1, 0), role="quotes and line end")
    leak(b"\xe2\x80\x8f<b>tfel", (1, 0), role="right to left")
    leak(b"no utf-8 \xc3\xff", (1, 0), role="no UTF-8")
    leak(b"other", (0, 1), role="called as the remainder is")
    scripts(folder, node)
    for name, user in ((b"nobodys", NOBODY), (b"daemons", DAEMON), (b"numbered", NAMELESS)):
        held[name.decode()].update(unread=3, read=3)
        start(name, user_sockets(next(ports)), user=user)
    sharing()
    givers()
    start_leaver()
    start(b"never-accepts", never_accepts)
    start(b"reuser", reuses_port(3))
    start(b"second-reuser", reuses_port(1))
    start(b"asker", asks_reused_port)
    start(b"crowd-server", crowd_server)
    start(b"crowd", crowd)
    start(b"everything", everything_else)
    start(b"", nothing_to_tell, role="nothing to tell")


def states():
    """What moves until everything has settled."""
    return [
        sorted((row[1], row[2], row[3], row[9]) for row in proc_rows(table))
        for table in ("tcp", "tcp6")
    ]


def settle():
    seen = []

    def is_settled():
        seen.append(states())
        time.sleep(0.05)
        return len(seen) > 2 and seen[-1] == seen[-2] == seen[-3]

    wait_until("sockets to settle", is_settled, STEP_SECONDS * 2)


def tell(**more):
    everything = {
        "programs": {pid: {"name": name.hex(), "role": role} for pid, (name, role) in programs.items()},
        "held": held,
        "missing": missing,
        **more,
    }
    print(json.dumps(everything), flush=True)


def pass_on():
    pid = pid_of("late-giver")
    os.kill(pid, signal.SIGUSR1)
    line_from(reports[pid], "late-giver")
    held["taker"].update(held.pop("late-giver"))


def bereave():
    """The children of what ended share its sockets further on."""
    end("sharing")
    held["sharing-child"] = held.pop("sharing")


def calm():
    pid = pid_of("churn")
    os.kill(pid, signal.SIGTERM)
    ended = int(line_from(reports[pid], "churn"))
    end("churn")
    return {"ended": ended}


def end_leaver():
    end("leaver")
    del held["leaver"]


COMMANDS = {
    "pass": pass_on,
    "bereave": bereave,
    "end": end_leaver,
    "restart": start_leaver,
    "churn": lambda: start(b"churn", churn) and None,
    "calm": calm,
}


def obey_stdin():
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
            more = COMMANDS[command.decode()]() or {}
            if command != b"churn":
                settle()
            tell(done=command.decode(), **more)


def run_scene(name, play):
    """Plays a scene with a folder of its own, and ends all that it started, however it ends."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(1))
    folder = None
    try:
        require_fresh_namespace()
        folder = os.fsencode(tempfile.mkdtemp(prefix=f"{name}-"))
        play(folder)
        return 0
    except (Failure, OSError, KeyError) as error:
        print(f"{name}.py: {error}", file=sys.stderr)
        return 1
    finally:
        # Whoever stops the scene closes stdin and signals as well: that must not end this half-way.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        end_all()
        if folder:
            shutil.rmtree(folder, ignore_errors=True)


def play(folder):
    start_all(folder, sys.argv[1] if len(sys.argv) > 1 else shutil.which("node"))
    settle()
    tell(ready=True)
    obey_stdin()


if __name__ == "__main__":
    sys.exit(run_scene("owners", play))
