// Protects: what holds for every collector and every metric, so that a new one cannot break a rule of the contract.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Collector } from '../src/collectors/collector.ts';
import { collectors } from '../src/collectors/index.ts';
import { selectionOf } from '../src/commands/assemble.ts';
import { parseConfig } from '../src/config.ts';
import type { FamilySpec } from '../src/metrics/family.ts';
import { countedByDevice, isOpen, noDevice, worstCase } from '../src/metrics/label.ts';
import type { Selection } from '../src/snapshot/materialize.ts';
import { hostNames, readHost } from './hosts.ts';
import { createMaterializer } from './materializing.ts';

const all: readonly Collector<string, unknown>[] = collectors;
const specs = all.flatMap(({ name, families }) => families.map(family => ({ collector: name, family })));
const everything: Selection = { device: () => true, statistic: () => true, limits: {} };

const snapshotAndFamilies = (host: string, selection: Selection, from = all) => {
  const snapshot = readHost(
    host,
    from.map(({ name }) => name),
  );
  return { snapshot, ...createMaterializer(from, selection)(snapshot) };
};
const hosts = hostNames.map(host => ({ host, ...snapshotAndFamilies(host, everything) }));

const duplicates = (values: readonly string[]): readonly string[] =>
  values.filter((value, i) => values.indexOf(value) !== i);
const where = ({ collector, family }: { collector: string; family: FamilySpec<unknown> }): string =>
  `${collector}: ${family.name}`;

test('no two collectors have the same name, and no file is read twice unless somebody asks for it', () => {
  assert.deepEqual(duplicates(all.map(({ name }) => name)), []);
  const files = all
    .filter(({ optional }) => optional !== true)
    .flatMap(({ file, otherwise = [] }) => [file, ...otherwise]);
  assert.deepEqual(duplicates(files), []);
});

test('a collector has two families of one name only where a closed label tells them apart', () => {
  for (const { name, families } of all) {
    const told = families.map(family =>
      JSON.stringify([family.name, ...family.labels.map(label => ('values' in label ? label.values : []))]),
    );
    assert.deepEqual(duplicates(told), [], name);
  }
});

test('every collector says what it tells, in a sentence', () => {
  for (const { name, about } of all) assert.match(about, /^[A-Z][^\n]*[a-z0-9]\.$/, name);
});

test('metrics and labels have names that Prometheus takes', () => {
  for (const each of specs) {
    assert.match(each.family.name, /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/, where(each));
    for (const { name } of each.family.labels) assert.match(name, /^[a-z]+(_[a-z]+)*$/, where(each));
  }
});

test('counters end in _total, gauges do not, and no name ends like a part of a histogram', () => {
  for (const each of specs) {
    assert.equal(each.family.name.endsWith('_total'), each.family.kind === 'counter', where(each));
    assert.doesNotMatch(each.family.name, /_(count|sum|bucket)$/, where(each));
  }
});

test('every help is a sentence on one line that names the kernel file behind the metric', () => {
  for (const each of specs) {
    assert.match(each.family.help, /^[A-Z][^\n]*\.$/, where(each));
    assert.match(each.family.help, /\(.*(net\/[a-z0-9_]+|class\/net|kernel\/debug|PID\/fd).*\)/, where(each));
  }
});

test('collectors that share a family describe it alike', () => {
  const shape = ({ family }: (typeof specs)[number]): unknown => ({
    kind: family.kind,
    help: family.help,
    // The values of a closed domain differ: each file holds its own family, protocol and states.
    labels: family.labels
      .map(label => (label === noDevice ? countedByDevice : label))
      .map(label => ('values' in label ? label.name : label)),
  });
  const first = new Map<string, (typeof specs)[number]>();
  let shared = 0;
  for (const each of specs) {
    const other = first.get(each.family.name);
    if (other === undefined) {
      first.set(each.family.name, each);
      continue;
    }
    shared++;
    assert.deepEqual(shape(each), shape(other), `${where(each)} and ${where(other)}`);
  }
  assert.ok(shared > 0);
});

/** The labels that the metrics contract lists, and those that it gives to single metrics. */
const vocabulary = [
  ...['family', 'protocol', 'state', 'device', 'port', 'address', 'program', 'user', 'timer', 'collector'],
  ...['netns', 'container', 'eof', 'kind', 'direction', 'message', 'operstate', 'duplex', 'flags', 'group'],
  ...['nat', 'seconds', 'reason', 'label', 'version', 'node_version', 'is_init'],
  // Of families that the contract leaves to us.
  ...['cpu', 'flag', 'queue', 'mode', 'percentile'],
];
const reserved = ['type', 'service', 'job', 'instance'];

test('labels are words of the vocabulary', () => {
  const used = new Set(specs.flatMap(({ family }) => family.labels.map(({ name }) => name)));
  assert.deepEqual(
    [...used].filter(name => !vocabulary.includes(name)),
    [],
  );
  assert.deepEqual(
    reserved.filter(name => used.has(name) || vocabulary.includes(name)),
    [],
  );
});

/** The domains of the contract, and beyond them the kernel's own words for what the contract does not list. */
const domains: Readonly<Record<string, readonly string[]>> = {
  family: [
    'inet',
    'inet6',
    'unix',
    'ax25',
    'netrom',
    'rose',
    'x25',
    'ipx',
    'ddp',
    'bluetooth',
    'packet',
    'netlink',
  ],
  protocol: [
    ...['tcp', 'udp', 'udplite', 'raw', 'icmp', 'sctp', 'stream', 'dgram', 'seqpacket', 'other', ''],
    ...['dccp', 'gre', 'packet', 'l2cap', 'rfcomm', 'sco', 'iso', 'hci', 'bnep', 'hidp', 'cmtp'],
    ...['route', 'usersock', 'sock_diag', 'nflog', 'xfrm', 'selinux', 'iscsi', 'audit', 'fib_lookup'],
    ...['connector', 'netfilter', 'kobject_uevent', 'generic', 'scsitransport', 'rdma', 'crypto', 'smc'],
  ],
  state: [
    ...['ESTABLISHED', 'SYN_SENT', 'SYN_RECV', 'FIN_WAIT1', 'FIN_WAIT2', 'TIME_WAIT', 'CLOSE', 'CLOSE_WAIT'],
    ...['LAST_ACK', 'LISTEN', 'CLOSING', 'FREE', 'LISTENING', 'CONNECTING', 'CONNECTED', 'DISCONNECTING'],
    ...['UNCONNECTED', 'other', ''],
    ...['SABM_SENT', 'CONN_SENT', 'DISC_SENT', 'RECOVERY', 'RESETTING', 'DEFERRED'],
    ...['OPEN', 'BOUND', 'CONNECT', 'CONNECT2', 'CONFIG', 'DISCONN', 'CLOSED'],
    ...['COOKIE_WAIT', 'COOKIE_ECHOED', 'SHUTDOWN_PENDING', 'SHUTDOWN_SENT', 'SHUTDOWN_RECEIVED'],
    ...['SHUTDOWN_ACK_SENT', 'SHUTDOWN_RECD', 'HEARTBEAT_SENT', 'HEARTBEAT_ACKED'],
    ...['NONE', 'FIN_WAIT', 'SYN_SENT2', 'REPLIED', 'UNREPLIED', 'OFFLOAD'],
    ...['REQUEST', 'RESPOND', 'PARTOPEN', 'CLOSEREQ', 'TIMEWAIT', 'IGNORE', 'INVALID'],
    ...['COMPLETE', 'INCOMPLETE', 'PERMANENT', 'PUBLISHED'],
  ],
  nat: ['source', 'destination', 'both'],
  flag: ['UNREPLIED', 'ASSURED', 'OFFLOAD', 'HW_OFFLOAD'],
  timer: ['off', 'on', 'keepalive', 'timewait', 'probe'],
  eof: ['unread', 'read'],
  kind: ['direct', 'gateway', 'host', 'reject'],
};

test('closed labels have values of their domain, each once', () => {
  for (const each of specs) {
    for (const label of each.family.labels) {
      if (!('values' in label)) continue;
      const domain = domains[label.name] ?? label.values;
      assert.deepEqual(
        label.values.filter(value => !domain.includes(value)),
        [],
        where(each),
      );
      assert.deepEqual(duplicates(label.values), [], where(each));
    }
  }
});

test('a label that follows another one has it beside it', () => {
  for (const each of specs) {
    for (const label of each.family.labels) {
      const leader = 'of' in label ? label.of : 'with' in label ? label.with : undefined;
      if (leader === undefined) continue;
      const beside = each.family.labels.find(other => other.name === leader);
      // Under "other" its followers would still be told apart, without a limit.
      assert.ok(beside && isOpen(beside) && beside.surplus === 'left out', where(each));
    }
  }
});

test('what goes beyond a limit of a counter is left out, since "other" could go backwards', () => {
  for (const each of specs) {
    if (each.family.kind !== 'counter') continue;
    for (const label of each.family.labels) {
      if (isOpen(label)) assert.equal(label.surplus, 'left out', where(each));
    }
  }
});

/** Series at the worst, everything asked for: of one collector, and of all. Unknown counters may add 256 in a file. */
const COLLECTOR_BUDGET = 5_500;
const BUDGET = 35_000;
/** Of one that is off by default: whoever switches it on wants its series. */
const OPTIONAL_COLLECTOR_BUDGET = 20_000;

const worst = (families: readonly FamilySpec<unknown>[]): number =>
  families.reduce((series, { labels }) => series + worstCase(labels), 0);

test('the worst case of every collector, and of all of them, is within budget', () => {
  for (const { name, families, optional } of all) {
    const series = worst(families);
    const budget = optional === true ? OPTIONAL_COLLECTOR_BUDGET : COLLECTOR_BUDGET;
    assert.ok(series <= budget, `${name}: ${series} series`);
  }
  const series = all
    .filter(({ optional }) => optional !== true)
    .reduce((sum, { families }) => sum + worst(families), 0);
  assert.ok(series <= BUDGET, `${series} series in all`);
});

test('no host has more series than the worst case says', () => {
  for (const { host, series } of hosts) {
    for (const { name, families } of all) {
      const unlisted = ['snmp', 'snmp6', 'netstat'].includes(name) ? 256 : 0;
      assert.ok((series.get(name) ?? 0) <= worst(families) + unlisted, `${host}: ${name}`);
    }
  }
});

test('every collector is proven by a captured host, and fails on none', () => {
  const proven = all.filter(({ name }) => hosts.some(({ snapshot }) => snapshot.get(name)?.status === 'ok'));
  assert.deepEqual(
    proven.map(({ name }) => name),
    all.map(({ name }) => name),
  );
  for (const { host, snapshot } of hosts) {
    for (const [name, outcome] of snapshot) assert.notEqual(outcome.status, 'failed', `${host}: ${name}`);
  }
});

test('every family has a sample on some captured host', () => {
  const met = new Set(hosts.flatMap(({ families }) => families.map(({ name }) => name)));
  const unproven = new Set(
    specs.map(({ family }) => `netstat_${family.name}`).filter(name => !met.has(name)),
  );
  assert.deepEqual(
    [...unproven],
    [
      // Counted by a few kernels between those that we have captures of.
      'netstat_tcpext_sock_malloc_oom_total',
      // Only told over netlink, of which there are no captures: see live/netlink.test.ts.
      'netstat_port_connections',
      'netstat_port_round_trip_seconds',
      'netstat_port_segments_sent',
      'netstat_port_segments_retransmitted',
      'netstat_listener_accept_queue_limit',
    ],
  );
});

test('no two samples of a family have the same labels, on any host', () => {
  for (const { host, families } of hosts) {
    assert.deepEqual(duplicates(families.map(({ name }) => name)), [], host);
    for (const { name, labels, samples } of families) {
      assert.deepEqual(
        duplicates(samples.map(sample => JSON.stringify(sample.labels))),
        [],
        `${host}: ${name}`,
      );
      for (const sample of samples) assert.equal(sample.labels.length, labels.length, `${host}: ${name}`);
    }
  }
});

/** Names the kernel gives a sign: the limit that there is none. */
const signed = ['netstat_tcp_max_conn'];

test('every value is finite, and none below 0 but those with a sign', () => {
  for (const { host, families } of hosts) {
    for (const { name, samples } of families) {
      for (const { value } of samples) {
        assert.ok(Number.isFinite(value), `${host}: ${name} ${value}`);
        assert.ok(value >= 0 || signed.includes(name), `${host}: ${name} ${value}`);
      }
    }
  }
});

test('closed labels have the values of their domain in every sample', () => {
  for (const { host, snapshot } of hosts) {
    for (const { name, families } of all) {
      const outcome = snapshot.get(name);
      if (outcome?.status !== 'ok') continue;
      for (const family of families) {
        family.sample(outcome.data, (_value, ...values) => {
          family.labels.forEach((label, i) => {
            if (!('values' in label)) return;
            assert.ok(label.values.includes(values[i] ?? ''), `${host}: ${family.name} ${values.join()}`);
          });
        });
      }
    }
  }
});

test('a host that has nothing to tell costs less than a thousand series with the default settings', () => {
  const config = parseConfig(
    undefined,
    all.map(({ name, optional }) => ({ name, enabled: optional !== true })),
  );
  const { families } = snapshotAndFamilies(
    'bare',
    selectionOf(config),
    all.filter(({ optional }) => optional !== true),
  );
  const series = families.reduce((sum, { samples }) => sum + samples.length, 0);
  assert.ok(series > 300 && series <= 1000, `${series} series`);
});
