// Protects: what we say of netstat's options and files is true: every one is there, its metrics exist, and its fixture proves them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Collector } from '../src/collectors/collector.ts';
import { collectors } from '../src/collectors/index.ts';
import { hostFolder, readHost, root } from './hosts.ts';
import { needs } from './needs.ts';
import { createMaterializer } from './materializing.ts';

const all: readonly Collector<string, unknown>[] = collectors;
const page = readFileSync(join(root, 'docs', 'coverage.md'), 'utf8');

/** The cells of the rows below a heading. */
const rowsBelow = (heading: string): readonly (readonly string[])[] =>
  (page.split(`\n## ${heading}\n`)[1] ?? assert.fail(`no chapter "${heading}"`))
    .split('\n## ')[0]
    ?.split('\n')
    .filter(line => line.startsWith('|'))
    .slice(2)
    .map(line =>
      line
        .slice(1, -1)
        .split('|')
        .map(cell => cell.trim()),
    ) ?? [];

const quotedIn = (cell = ''): readonly string[] =>
  Array.from(cell.matchAll(/`([^`]+)`/g), ([, word = '']) => word);

const options = rowsBelow('Options');
const named = rowsBelow('Files that the manual page names');
const others = rowsBelow('Files that it does not name');

const placesOf = ({ file, otherwise = [] }: Collector<string, unknown>): readonly string[] =>
  [file, ...otherwise].map(each => (/^(net|sys|PID)\//.test(each) ? `/proc/${each}` : `/sys/${each}`));

const matcher = (metric: string): RegExp => new RegExp(`^${metric.replaceAll('*', '.*')}$`);

/** FILES of netstat(8), net-tools 2.10, those that the kernel prints. */
const manualFiles = [
  ...['dev', 'raw', 'tcp', 'udp', 'udplite', 'igmp', 'unix', 'ipx', 'ax25', 'appletalk', 'nr', 'route'],
  ...['ax25_route', 'ipx_route', 'nr_nodes', 'nr_neigh', 'ip_masquerade', 'snmp'],
].map(name => `/proc/net/${name}`);
const manualDebugFiles = ['l2cap', 'rfcomm'].map(name => `/sys/kernel/debug/bluetooth/${name}`);

test('every file of the manual page has its row, and no other', () => {
  assert.deepEqual(
    named.map(([file]) => quotedIn(file)[0]).toSorted(),
    [...manualFiles, ...manualDebugFiles].toSorted(),
  );
});

test('every place that a collector reads has one row', () => {
  const told = [...named, ...others].map(([file]) => quotedIn(file)[0]);
  assert.deepEqual(told.toSorted(), [...new Set(all.flatMap(placesOf))].toSorted());
});

/** Options and families of netstat(8), net-tools 2.10. */
const manualOptions = [
  ...['-a', '--all', '-l', '--listening', '-t', '--tcp', '-u', '--udp', '-U', '--udplite', '-S', '--sctp'],
  ...['-w', '--raw', '-x', '--unix', '-2', '--l2cap', '-f', '--rfcomm', '-4', '--inet', '--ip', '--tcpip'],
  ...['-6', '--inet6', '--ax25', '--netrom', '--rose', '--x25', '--ipx', '--ddp', '--appletalk', '--ash'],
  ...[
    '--bluetooth',
    '--econet',
    '--ec',
    '-A',
    '--protocol',
    '-r',
    '--route',
    '-F',
    '-C',
    '-i',
    '--interfaces',
  ],
  ...['-g', '--groups', '-M', '--masquerade', '-s', '--statistics', '-o', '--timers', '-e', '--extend', '-p'],
  ...[
    '--program',
    '-v',
    '--verbose',
    '-W',
    '--wide',
    '-n',
    '--numeric',
    '--numeric-hosts',
    '--numeric-ports',
  ],
  ...['--numeric-users', '-N', '--symbolic', '-c', '--continuous', '-V', '--version', '-h', '--help'],
];

const toldOptions = options.flatMap(([option]) => quotedIn(option));

test('every option of the manual page has its place in one row', () => {
  assert.deepEqual(
    manualOptions.filter(option => toldOptions.filter(each => each === option).length !== 1),
    [],
  );
});

test('so has every option that the installed netstat tells of', needs({ tools: ['netstat'] }), () => {
  // It writes its help where errors go, and ends with an error.
  const help = execFileSync('sh', ['-c', 'netstat --help 2>&1 || true'], { encoding: 'utf8' });
  const told = Array.from(
    help.matchAll(/(?<![\w-])(--[a-z][a-z0-9-]+|-[A-Za-z0-9])(?=[\s,|}\])]|$)/gm),
    ([word]) => word,
  );
  assert.ok(told.length > 30, help);
  assert.deepEqual(
    told.filter(option => !toldOptions.includes(option)),
    [],
  );
});

test('every metric of the table of options exists', () => {
  const names = all.flatMap(({ families }) => families.map(({ name }) => `netstat_${name}`));
  const ofExporter = ['netstat_scrape_collector_present', 'netstat_exporter_build_info'];
  for (const [option = '', , metrics = ''] of options) {
    const told = quotedIn(metrics).filter(word => word.startsWith('netstat_'));
    for (const metric of told) {
      assert.ok(
        [...names, ...ofExporter].some(name => matcher(metric).test(name)),
        `${option}: ${metric}`,
      );
    }
    assert.ok(told.length > 0 || /^(none|as|every metric)/.test(metrics), option);
  }
});

/** What the collectors at this place expose of a host. */
const exposedFrom = (place: string, host: string): readonly string[] => {
  const from = all.filter(each => placesOf(each).includes(place));
  const snapshot = readHost(
    host,
    from.map(({ name }) => name),
  );
  const everything = { device: () => true, statistic: () => true, limits: {} };
  return createMaterializer(from, everything)(snapshot).families.map(({ name }) => name);
};

const provenance: Readonly<Record<string, RegExp>> = {
  captured: /^Captured from/m,
  converted: /^Converted, not captured/m,
  written: /^Written from/m,
};

for (const [file = '', metrics = '', proof = '', kernels = ''] of [...named, ...others]) {
  const [place = ''] = quotedIn(file);
  test(`${place}: what is said of it is so`, () => {
    assert.notEqual(kernels, '');
    const told = quotedIn(metrics);
    const families = all.filter(each => placesOf(each).includes(place)).flatMap(each => each.families);
    for (const metric of told) {
      assert.ok(
        families.some(({ name }) => matcher(metric).test(`netstat_${name}`)),
        metric,
      );
    }
    if (proof === 'its test alone') return;

    const hosts = Array.from(proof.matchAll(/`([^`]+)` \((\w+)\)/g), ([, host = '', kind = '']) => ({
      host,
      kind,
    }));
    assert.ok(hosts.length > 0, proof);
    for (const { host, kind } of hosts) {
      // Every host has a process 1.
      const file = join(hostFolder(host), place.replace('/PID/', '/1/'));
      assert.ok(existsSync(file), `${host} has no ${place}`);
      const about = readFileSync(join(hostFolder(host), 'HOST.md'), 'utf8');
      assert.match(about, provenance[kind] ?? assert.fail(kind), `${host} is not ${kind}`);
    }
    const exposed = hosts.flatMap(({ host }) => exposedFrom(place, host));
    assert.deepEqual(
      exposed.filter(name => !told.some(metric => matcher(metric).test(name))),
      [],
      'exposed and not told',
    );
    assert.deepEqual(
      told.filter(metric => !exposed.some(name => matcher(metric).test(name))),
      [],
      'told and not exposed',
    );
  });
}
