// Protects: sockets of SCTP, packet sockets and netlink sockets are, one by one, those that netstat and ss showed of the same bytes.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hostNames, oracle } from '../../hosts.ts';
import { socketsOfHost, type KeptSocket } from '../../rows.ts';

/** A test for each host where the tool was asked, and one that there is any such host. */
const held = (name: string, check: (host: string, lines: readonly string[]) => void): void => {
  const asked = hostNames.filter(host => oracle(host, name) !== undefined);
  test(`some host has ${name}`, () => {
    assert.ok(asked.length > 0);
  });
  for (const host of asked) {
    test(`${host}: ${name}`, () => {
      check(host, oracle(host, name)?.split('\n').slice(0, -1) ?? []);
    });
  }
};

describe('sctp', () => {
  interface Printed {
    readonly receiveQueue: number | undefined;
    readonly sendQueue: number | undefined;
    /** Netstat does not look for the primary one. */
    readonly locals: readonly string[];
    readonly localPort: number;
    readonly remotes: readonly string[];
    readonly remotePort: number | undefined;
    /** It prints 0 for the user of a socket that nobody holds. */
    readonly uid: number;
    readonly inode: number;
  }

  const endpoint = /^sctp {16}(\S+):(\d+) +LISTEN +(\d+) +(\d+) /;
  const association = /^sctp +(\d+) +(\d+) (\S+):(\d+) +(\S+):(\d+) +[A-Z]+ */;
  const end = / (\d+) +(\d+) +(?:-|\d+\/\S+) *$/;

  /** The local one begins at a place of its own, and the remote one behind it or, where there is none, far from it. */
  const bothAddresses = (line: string) => {
    const addresses = line.trim() === '' ? [] : line.trim().split(/ +/);
    const locals = /^ {20}\S/.test(line) ? 1 : 0;
    return { local: addresses.slice(0, locals), remote: addresses.slice(locals) };
  };

  /** Rows below the first one of an association hold its other addresses, and the last of them its user and inode. */
  const printedIn = (lines: readonly string[]): readonly Printed[] => {
    const rows = lines
      .slice(2)
      .join('\n')
      .split(/\n(?=sctp)/)
      .filter(row => row !== '');
    return rows.map(row => {
      const listener = endpoint.exec(row);
      if (listener !== null) {
        const [, local = '', localPort, uid, inode] = listener;
        return {
          ...{ receiveQueue: undefined, sendQueue: undefined, locals: [local], localPort: Number(localPort) },
          ...{ remotes: [], remotePort: undefined, uid: Number(uid), inode: Number(inode) },
        };
      }
      const [first, receive, send, local = '', localPort, remote = '', remotePort] =
        association.exec(row) ?? assert.fail(row);
      const [, uid, inode] = end.exec(row) ?? assert.fail(row);
      const more = row.slice(first.length).replace(end, '').split('\n').map(bothAddresses);
      return {
        ...{ receiveQueue: Number(receive), sendQueue: Number(send) },
        ...{ locals: [local, ...more.flatMap(each => each.local)], localPort: Number(localPort) },
        ...{ remotes: [remote, ...more.flatMap(each => each.remote)], remotePort: Number(remotePort) },
        ...{ uid: Number(uid), inode: Number(inode) },
      };
    });
  };

  const asPrinted = (socket: KeptSocket): Printed => {
    const { receiveQueue, sendQueue, localPort, remotePort, uid, inode, detail } = socket;
    if (detail?.kind !== 'sctp') assert.fail('without addresses');
    const { localAddresses, remoteAddresses } = detail;
    return {
      ...{ receiveQueue, sendQueue, locals: localAddresses, localPort: localPort ?? -1 },
      ...{ remotes: remoteAddresses, remotePort, uid: uid ?? 0, inode: inode ?? -1 },
    };
  };

  /** The state that it prints is that of the socket, and of an association that nobody accepted that of its listener. */
  held('netstat-sctp-anpee', (host, lines) => {
    const ours = [...socketsOfHost(host, 'sctp_eps').rows, ...socketsOfHost(host, 'sctp_assocs').rows];
    assert.deepEqual(ours.map(asPrinted), printedIn(lines));
  });

  /** Ss borrows the words for most states of TCP. The device in their address tells associations from sockets. */
  held('ss-sctp-live', (host, lines) => {
    const states: Readonly<Record<string, string>> = {
      ESTAB: 'ESTABLISHED',
      'FIN-WAIT-1': 'SHUTDOWN_PENDING',
      'FIN-WAIT-2': 'SHUTDOWN_SENT',
    };
    const theirs = lines
      .map(line => line.replace(/^`- /, '').split(/\s+/))
      .filter(([, , , local = '']) => local.includes('%'))
      .map(([state = '', receive, send, local = '', remote = '']) => [
        ...[/\d+$/.exec(local)?.[0], /\d+$/.exec(remote)?.[0], receive, send, states[state] ?? state],
      ]);
    const ours = socketsOfHost(host, 'sctp_assocs').rows.map(
      ({ localPort, remotePort, receiveQueue, sendQueue, state }) => [
        ...[String(localPort), String(remotePort), String(receiveQueue), String(sendQueue), state],
      ],
    );
    assert.ok(theirs.length > 0);
    assert.deepEqual(ours.sort(), theirs.sort());
  });
});

/** It names interfaces by the numbers that they have where it runs: only whether there is one can be compared. */
held('ss-0an', (host, lines) => {
  const theirs = lines.slice(1).map(line => line.trim().split(/\s+/));
  const ours = socketsOfHost(host, 'packet').rows.map(({ protocol, receiveQueue, detail }) => {
    if (detail?.kind !== 'packet') assert.fail('without what it takes');
    const { etherType, interfaceIndex } = detail;
    const address = `${etherType === 3 ? '*' : `[${etherType}]`}:${interfaceIndex === 0 ? '*' : 'some'}`;
    return [protocol === 'raw' ? 'p_raw' : 'p_dgr', String(receiveQueue), address];
  });
  assert.deepEqual(
    ours,
    theirs.map(([kind, , receive, , address]) => [kind, receive, address?.replace(/:[^*]+$/, ':some')]),
  );
});

held('ss-nl', (host, lines) => {
  const numbers: Readonly<Record<string, number>> = {
    ...{ route: 0, sock_diag: 4, xfrm: 6, selinux: 7, audit: 9, fib_lookup: 10, connector: 11 },
    ...{ netfilter: 12, kobject_uevent: 15, generic: 16, rdma: 20 },
  };
  const theirs = lines.slice(1).map(line => line.split(/\s+/));
  const ours = socketsOfHost(host, 'netlink').rows.map(({ protocol, receiveQueue, sendQueue, detail }) => {
    if (detail?.kind !== 'netlink') assert.fail('without its port');
    return [String(receiveQueue), String(sendQueue), `${numbers[protocol] ?? protocol}:${detail.portId}`];
  });
  assert.deepEqual(
    ours,
    theirs.map(([, receive, send, address]) => [receive, send, address]),
  );
});
