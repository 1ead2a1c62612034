// Protects: what the rows of each table can be chosen by, and what is counted of them.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bareRoute } from '../../src/collectors/route-rows.ts';
import type { Group, Route, Session } from '../../src/collectors/rows.ts';
import type { ShownSocket } from '../../src/snapshot/shown-socket.ts';
import { isAskedFor, type Where } from '../../src/snapshot/table-page.ts';
import { filterNames, NOBODY, tables, type Table } from '../../src/snapshot/tables.ts';
import { bareShown } from './shown-sockets.ts';

const socket: ShownSocket = {
  ...bareShown,
  ...{ family: 'inet', protocol: 'tcp', state: 'CLOSE_WAIT', localPort: 8080, remotePort: 44742 },
  ...{ uid: 1000, user: 'leaky', device: 'eth0', inode: 11032, pid: 145, program: 'leaky-svc' },
  ...{ command: 'python3', ageSeconds: 60 },
};
const route: Route = { ...bareRoute, family: 'inet', destination: '10.0.0.0', device: 'eth0' };
const group: Group = { family: 'inet6', device: 'eth0', group: 'ff02::1', users: 1 };
const session: Session = {
  ...{ family: 'inet', protocol: 'udp', state: 'UNREPLIED', nat: 'source', expiresSeconds: 9 },
  ...{ source: '10.0.0.1', sourcePort: 1, destination: '10.0.0.2', destinationPort: 2 },
  ...{ replySource: '10.0.0.2', replySourcePort: 3, replyDestination: '192.0.2.1', replyDestinationPort: 4 },
  flags: [],
};

type Check = readonly [where: Where, yes: boolean];

/** One test for each table: which of these it says yes to. */
const checks = <Row>(name: string, table: Table<Row>, row: Row, all: readonly Check[]): void => {
  test(name, () => {
    for (const [where, yes] of all)
      assert.equal(isAskedFor(table, where)(row), yes, `${JSON.stringify(where)} of ${JSON.stringify(row)}`);
  });
};

describe('a row is one of those that were asked for', () => {
  checks('sockets', tables.sockets, socket, [
    [{}, true],
    [{ state: 'CLOSE_WAIT' }, true],
    [{ state: 'close_wait' }, false],
    [{ state: 'CLOSE' }, false],
    [{ family: 'inet' }, true],
    [{ family: 'inet6' }, false],
    [{ protocol: 'tcp' }, true],
    [{ protocol: 'udp' }, false],
    [{ program: 'leaky-svc' }, true],
    [{ program: 'leaky' }, false],
    [{ program: NOBODY }, false],
    [{ user: '1000' }, true],
    [{ user: 'leaky' }, true],
    [{ user: '100' }, false],
    [{ user: 'root' }, false],
    [{ port: '8080' }, true],
    [{ port: '44742' }, true],
    [{ port: '80' }, false],
    [{ port: '0' }, false],
    [{ device: 'eth0' }, true],
    [{ device: 'eth' }, false],
    [{ age: '60' }, true],
    [{ age: '0' }, true],
    [{ age: '61' }, false],
    // All of them hold, or it is none of those.
    [{ state: 'CLOSE_WAIT', family: 'inet', protocol: 'tcp', program: 'leaky-svc', port: '8080' }, true],
    [{ state: 'CLOSE_WAIT', family: 'inet', protocol: 'tcp', program: 'leaky-svc', port: '8081' }, false],
  ]);

  checks('sockets of which nothing is known', tables.sockets, bareShown, [
    [{}, true],
    [{ state: '' }, true],
    [{ program: 'undefined' }, false],
    [{ program: NOBODY }, false],
    [{ user: 'undefined' }, false],
    [{ user: '0' }, false],
    [{ port: '0' }, false],
    [{ port: 'undefined' }, false],
    [{ device: '' }, false],
    [{ age: '0' }, false],
  ]);

  checks('sockets that nobody holds', tables.sockets, { ...socket, pid: undefined, program: '' }, [
    [{ program: NOBODY }, true],
    [{ program: 'leaky-svc' }, false],
  ]);

  // It cannot be told from nobody by a letter that a form can send.
  checks('sockets of a program that is called like nobody', tables.sockets, { ...socket, program: '-' }, [
    [{ program: '-' }, true],
  ]);

  checks('routes', tables.routes, route, [
    [{}, true],
    [{ family: 'inet', device: 'eth0' }, true],
    [{ family: 'inet6' }, false],
    [{ device: 'lo' }, false],
  ]);

  checks('groups', tables.groups, group, [
    [{ family: 'inet6', device: 'eth0' }, true],
    [{ family: 'inet' }, false],
    [{ device: 'eth' }, false],
  ]);

  checks('translated connections', tables.nat, session, [
    [{ state: 'UNREPLIED', family: 'inet', protocol: 'udp' }, true],
    [{ state: 'REPLIED' }, false],
    [{ family: 'inet6' }, false],
    [{ protocol: 'tcp' }, false],
    [{ port: '1' }, true],
    [{ port: '2' }, true],
    [{ port: '3' }, true],
    [{ port: '4' }, true],
    [{ port: '5' }, false],
  ]);
});

test('what is counted has a column and a filter of its name, so that a count can lead to its rows', () => {
  for (const [name, { columns, filters, counted }] of Object.entries(tables)) {
    assert.ok(counted.length > 0, name);
    for (const each of counted) {
      assert.ok(
        columns.some(column => column.name === each),
        `${name} ${each}`,
      );
      assert.ok(filters[each] !== undefined, `${name} ${each}`);
      assert.ok(filterNames.includes(each));
    }
  }
});

test('drops are told of sockets that the kernel counts them of, 0 among them', () => {
  const drops = tables.sockets.columns.find(({ name }) => name === 'drops');
  const dropsOf = (detail: ShownSocket['detail']) => drops?.value({ ...socket, detail });
  assert.equal(dropsOf({ kind: 'datagram', stateNumber: 7, drops: 0 }), 0);
  assert.equal(dropsOf({ kind: 'datagram', stateNumber: 7, drops: undefined }), undefined);
  assert.equal(dropsOf({ kind: 'netlink', portId: 1, groups: '0', drops: 3 }), 3);
  assert.equal(dropsOf({ kind: 'unix', references: 2, flags: [] }), undefined);
  assert.equal(dropsOf(undefined), undefined);
});

test('parts of a timer are columns of their own', () => {
  const timer = { kind: 'retransmit', seconds: 1.5, retransmits: 3, probes: undefined };
  const values = Object.fromEntries(
    tables.sockets.columns.map(({ name, value }) => [name, value({ ...socket, timer })]),
  );
  assert.deepEqual(
    [values['timer'], values['timer_seconds'], values['retransmits'], values['probes']],
    ['retransmit', 1.5, 3, undefined],
  );
});
