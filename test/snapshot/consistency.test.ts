// Protects: our sockets are held against the kernel's own totals, nothing but an error keeps them apart, and what was not read is not held.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { consistencyFamilies } from '../../src/snapshot/consistency.ts';
import { createFamilies } from '../../src/snapshot/materialize.ts';
import { inAllNamespaces, type Outcome, type Snapshot } from '../../src/snapshot/outcome.ts';
import { createReading } from '../../src/snapshot/reading.ts';
import { hostFolder, readHost } from '../hosts.ts';
import { captureOf } from './capture.ts';

const names = ['tcp', 'udp', 'udplite', 'raw'].flatMap(name => [name, `${name}6`]);
const all = [...names, 'sockstat', 'sockstat6', 'snmp'];

const differencesIn = (snapshot: Snapshot): Readonly<Record<string, number>> =>
  Object.fromEntries(
    createFamilies(
      '',
      consistencyFamilies,
    )(snapshot).flatMap(({ name, samples }) =>
      samples.map(({ value, labels }) => [
        [name.replace(/^scrape_|_sockets_difference$/g, ''), ...labels].join(' '),
        value,
      ]),
    ),
  );

const textOf = (file: string): string => readFileSync(join(hostFolder('inet'), 'proc/net', file), 'latin1');

/** What the host `inet` tells with other files. */
const changed = (t: TestContext, files: Readonly<Record<string, string | undefined>>): Snapshot => {
  const capture = captureOf(
    'inet',
    Object.fromEntries(Object.entries(files).map(([file, text]) => [`proc/net/${file}`, text])),
  );
  t.after(() => {
    capture.remove();
  });
  return new Map(createReading(capture.settings)(all));
};

/** That of the first row, in this state and with this timer, or its first fields. */
const anotherRow = (file: string, state: string, timer = '00', fields = 17): string => {
  const [, whole = ''] = textOf(file).split('\n');
  const row = `   ${whole.trim().split(/ +/).slice(0, fields).join(' ')}`;
  return `${textOf(file)}${row.replace(/( [0-9A-F]+:[0-9A-F]{4}) [0-9A-F]{2} ([0-9A-F]+:[0-9A-F]+) [0-9]{2}:/, `$1 ${state} $2 ${timer}:`)}\n`;
};

const notZero = (snapshot: Snapshot): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(differencesIn(snapshot)).filter(([, difference]) => difference !== 0));

for (const host of ['inet', 'netns', 'closewait-a', 'ham', 'unpriv', 'kernel-6.18', 'bare']) {
  test(`${host}: nothing differs, and everything is held against the kernel`, () => {
    assert.deepEqual(differencesIn(readHost(host, all)), {
      ...Object.fromEntries(
        ['inet', 'inet6'].flatMap(family =>
          ['tcp', 'udp', 'udplite', 'raw'].map(protocol => [`inuse ${family} ${protocol}`, 0]),
        ),
      ),
      established: 0,
      time_wait: 0,
    });
  });
}

test('kernel-2.6: what it does not count is not held against anything', () => {
  assert.deepEqual(differencesIn(readHost('kernel-2.6', all)), {
    ...{ 'inuse inet raw': 0, 'inuse inet tcp': 0, 'inuse inet udp': 0 },
    ...{ established: 0, time_wait: 0 },
  });
});

for (const [what, files, expected] of [
  ['a listener too many', { tcp: anotherRow('tcp', '0A') }, { 'inuse inet tcp': 1 }],
  ['one of IPv6', { tcp6: anotherRow('tcp6', '0A') }, { 'inuse inet6 tcp': 1 }],
  ['a connection', { tcp: anotherRow('tcp', '01') }, { 'inuse inet tcp': 1, established: 1 }],
  ['one in CLOSE_WAIT', { tcp6: anotherRow('tcp6', '08') }, { 'inuse inet6 tcp': 1, established: 1 }],
  ['one in TIME_WAIT, which is not in use', { tcp: anotherRow('tcp', '06', '03') }, { time_wait: 1 }],
  [
    'one in FIN_WAIT2 without a program, which waits as well',
    { tcp: anotherRow('tcp', '05', '03') },
    { time_wait: 1 },
  ],
  ['one in FIN_WAIT2 with a program', { tcp: anotherRow('tcp', '05') }, { 'inuse inet tcp': 1 }],
  ['a request in SYN_RECV, which is no socket yet', { tcp: anotherRow('tcp', '03', '01', 12) }, {}],
  [
    'one in SYN_RECV that is a socket already',
    { tcp: anotherRow('tcp', '03', '01') },
    { 'inuse inet tcp': 1 },
  ],
  ['a UDP socket', { udp: anotherRow('udp', '07') }, { 'inuse inet udp': 1 }],
  ['a raw socket of IPv6', { raw6: anotherRow('raw6', '07') }, { 'inuse inet6 raw': 1 }],
] as const) {
  test(`${what} is seen where it is`, t => {
    assert.deepEqual(notZero(changed(t, files)), expected);
  });
}

test('a table that is missing has no difference, and neither has what takes both tables, unless there is no IPv6', t => {
  const header = 'Iface Destination\n';
  const withoutTcp6 = differencesIn(changed(t, { tcp6: header }));
  for (const each of ['inuse inet6 tcp', 'established', 'time_wait']) assert.ok(!(each in withoutTcp6), each);
  assert.equal(withoutTcp6['inuse inet tcp'], 0);

  const withoutTotals = differencesIn(changed(t, { sockstat: undefined, snmp: undefined }));
  assert.deepEqual(
    Object.keys(withoutTotals).filter(each => !each.startsWith('inuse inet6')),
    [],
  );

  const withoutIpv6 = differencesIn(changed(t, { tcp6: undefined }));
  assert.equal(typeof withoutIpv6['established'], 'number');
});

test('where several namespaces are read it is that of the host', () => {
  const here = readHost('inet', all);
  const empty = readHost('bare', all);
  const both = new Map(
    [...here].map(([name, outcome]): [string, Outcome] => [
      name,
      inAllNamespaces([
        { netns: 'host', container: '', outcome },
        { netns: 'other', container: '', outcome: empty.get(name) ?? outcome },
      ]),
    ]),
  );
  assert.deepEqual(differencesIn(both), differencesIn(here));
});
