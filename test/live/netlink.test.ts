// Protects: over netlink every socket and every sample is the one of the kernel files, for any user, and without it nothing is missing.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, symlinkSync, readdirSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import { root } from '../hosts.ts';
import { needs } from '../needs.ts';
import { namespaceWithSockets, type Namespace } from './namespaces.ts';
import { createNobody, type Nobody } from './nobody.ts';
import { eventually, exporter, output, run, type Command } from './programs.ts';
import { one, pick, samplesIn, seriesOf, sum, type Sample } from './samples.ts';

const tools = ['unshare', 'nsenter', 'python3', 'ip', 'nft', 'setpriv', 'ss'];

/** What can be read both ways, but for raw sockets, which many kernels do not tell over netlink. */
const collectors = ['tcp', 'tcp6', 'udp', 'udp6', 'udplite', 'udplite6'];
const optionalOnes = ['raw', 'raw6'];
/** What is read from the file unless the user says otherwise. */
const byChoice = ['unix', 'packet'];
const byFile = Object.fromEntries(byChoice.map(name => [`${name} procfs cheaper`, 1]));

const by = (reader: string): readonly string[] =>
  [...collectors, ...optionalOnes].map(name => `--collector.${name}.reader=${reader}`);

const rowsFile = fileURLToPath(new URL('./socket-rows.js', import.meta.url));

describe('sockets of every state, read both ways', needs({ root: true, tools }), () => {
  let namespace: Namespace;
  let nobody: Nobody;

  before(async () => {
    namespace = await namespaceWithSockets();
    nobody = createNobody();
  });
  after(async () => {
    nobody.remove();
    await namespace.stop();
  });

  const scrape = (reader: string): readonly Sample[] =>
    samplesIn(output(namespace.inside(exporter('scrape', ...by(reader)))));

  /** Of `collect`, or of all of them. */
  const readBy = (samples: readonly Sample[]): Readonly<Record<string, number>> =>
    pick(samples, 'netstat_exporter_socket_reader_info');

  test('every collector says which way it was read, and why', () => {
    const netlink = readBy(scrape('netlink'));
    const offersRaw = netlink['raw netlink chosen'] === 1;
    const ofRaw = offersRaw ? 'netlink chosen' : 'procfs unsupported';
    assert.deepEqual(netlink, {
      ...Object.fromEntries(collectors.map(name => [`${name} netlink chosen`, 1])),
      ...Object.fromEntries(optionalOnes.map(name => [`${name} ${ofRaw}`, 1])),
      ...byFile,
    });
    assert.deepEqual(readBy(scrape('procfs')), {
      ...Object.fromEntries([...collectors, ...optionalOnes].map(name => [`${name} procfs chosen`, 1])),
      ...byFile,
    });
    assert.deepEqual(readBy(scrape('auto')), {
      ...Object.fromEntries(collectors.map(name => [`${name} netlink cheaper`, 1])),
      ...Object.fromEntries(optionalOnes.map(name => [`${name} procfs cheaper`, 1])),
      ...byFile,
    });
  });

  test('they are as many as the kernel counts itself', async () => {
    for (const reader of ['netlink', 'procfs']) {
      await eventually(() => {
        const differences = scrape(reader).filter(({ name }) => name.endsWith('_sockets_difference'));
        assert.equal(differences.length, 10);
        assert.deepEqual(
          differences.filter(({ value }) => value !== 0),
          [],
        );
      });
    }
  });

  test('unix and packet sockets are the same by choice, those that wait to be accepted among them', async () => {
    const scrapeBy = (reader: string): readonly Sample[] =>
      samplesIn(
        output(
          namespace.inside(
            exporter('scrape', ...byChoice.map(name => `--collector.${name}.reader=${reader}`)),
          ),
        ),
      );
    await eventually(() => {
      const [netlink, procfs] = [scrapeBy('netlink'), scrapeBy('procfs')];
      for (const name of byChoice) assert.equal(readBy(netlink)[`${name} netlink chosen`], 1);
      const of = (samples: readonly Sample[]): readonly string[] =>
        samples
          .filter(({ labels }) => byChoice.includes(labels['family'] ?? ''))
          .concat(samples.filter(({ name }) => name === 'netstat_sockets_without_owner'))
          .map(({ name, labels, value }) => `${seriesOf(name, labels)} ${value}`)
          .sort();
      assert.deepEqual(of(netlink), of(procfs));
      const unix = { family: 'unix', protocol: 'stream' };
      assert.equal(one(netlink, 'netstat_sockets', { ...unix, state: 'CONNECTING' }), 1);
      assert.ok((one(netlink, 'netstat_sockets', { ...unix, state: 'LISTENING' }) ?? 0) > 5);
      const memory = one(netlink, 'netstat_socket_receive_memory_bytes', {
        family: 'packet',
        protocol: 'raw',
      });
      assert.ok((memory ?? 0) > 0);
    });
  });

  test('every sample of the one is a sample of the other', async () => {
    await eventually(() => {
      const [netlink, procfs] = [scrape('netlink'), scrape('procfs')].map(comparable);
      assert.deepEqual(netlink, procfs);
      assert.ok((netlink?.length ?? 0) > 200);
    });
  });

  test('every socket is the same, one by one, with its addresses, queues, timer and owner', async () => {
    await eventually(() => {
      const rows = (reader: string): readonly string[] =>
        output(namespace.inside([process.execPath, rowsFile, reader]))
          .split('\n')
          .slice(0, -1);
      const netlink = rows('netlink');
      assert.deepEqual(netlink, rows('procfs'));
      const met = new Set(netlink.map(row => row.split(' ').slice(0, 3).join(' ')));
      for (const family of ['inet', 'inet6']) {
        for (const state of tcpStates) assert.ok(met.has(`${family} tcp ${state}`), `${family} ${state}`);
        for (const protocol of ['udp', 'udplite']) {
          for (const state of ['ESTABLISHED', 'UNCONNECTED'])
            assert.ok(met.has(`${family} ${protocol} ${state}`), `${family} ${protocol} ${state}`);
        }
      }
    });
  });

  test('the limit of an accept queue is what ss says, and is told over netlink alone', async () => {
    await eventually(() => {
      const samples = scrape('netlink');
      const limits = new Map<string, number>();
      for (const line of output(namespace.inside(['ss', '-H', '-tln']))
        .trim()
        .split('\n')) {
        const [, , limit = '', local = ''] = line.trim().split(/\s+/);
        const end = local.replace(/^\*/, '[::]').replace(/[[\]]|%\w+/g, '');
        limits.set(end, (limits.get(end) ?? 0) + Number(limit));
      }
      const ours = new Map<string, number>();
      for (const { name, labels, value } of samples) {
        if (name !== 'netstat_listener_accept_queue_limit') continue;
        const end = `${labels['address'] ?? ''}:${labels['port'] ?? ''}`;
        ours.set(end, (ours.get(end) ?? 0) + value);
      }
      assert.deepEqual(new Map([...ours].sort()), new Map([...limits].sort()));
      assert.ok(ours.size > 3);
    });
    assert.deepEqual(pick(scrape('procfs'), 'netstat_listener_accept_queue_limit'), {});
  });

  test('info: connections, round trips and segments by port are what ss says', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'netstat-exporter-'));
    try {
      const file = join(folder, 'info.yaml');
      writeFileSync(file, 'collectors: { tcp: { info: true }, tcp6: { info: true } }\n');
      await eventually(() => {
        const command = exporter('scrape', `--config.file=${file}`, '--collect=tcp,tcp6');
        const samples = samplesIn(output(namespace.inside(command)));
        assert.deepEqual(pick(samples, 'netstat_port_connections', { port: 'other' }), {});
        let ports = 0;
        for (const [family, flag] of [
          ['inet', '-4'],
          ['inet6', '-6'],
        ] as const) {
          const listening = new Set(portsIn(output(namespace.inside(['ss', '-Hltn', flag])), 3));
          const lines = output(namespace.inside(['ss', '-HtinO', flag, 'state', 'established']))
            .trim()
            .split('\n');
          for (const port of listening) {
            const ofPort = lines.filter(line => portsIn(line, 2)[0] === port);
            const labels = { family, protocol: 'tcp', port };
            const connections = one(samples, 'netstat_port_connections', labels);
            assert.equal(connections ?? 0, ofPort.length, `${family} ${port}`);
            if (connections === undefined) continue;
            ports++;
            const trips = ofPort.flatMap(line => numbersIn(line, / rtt:([\d.]+)/)).sort((a, b) => a - b);
            const slowest = one(samples, 'netstat_port_round_trip_seconds', { ...labels, percentile: '100' });
            const exact = (trips.at(-1) ?? NaN) / 1000;
            assert.ok(Math.abs((slowest ?? NaN) - exact) <= exact * 0.033, `${slowest} of ${exact}`);
            const resent = sum(ofPort.flatMap(line => numbersIn(line, / retrans:\d+\/(\d+)/)));
            assert.equal(one(samples, 'netstat_port_segments_retransmitted', labels), resent);
            const sent = sum(ofPort.flatMap(line => numbersIn(line, / segs_out:(\d+)/)));
            assert.equal(one(samples, 'netstat_port_segments_sent', labels), sent);
          }
        }
        assert.ok(ports >= 3, `${ports}`);
      });
      const fromFile = exporter('scrape', `--config.file=${file}`, '--collect=tcp', ...by('procfs'));
      const samples = samplesIn(output(namespace.inside(fromFile)));
      assert.deepEqual(pick(samples, 'netstat_port_connections'), {});
      assert.equal(readBy(samples)['tcp procfs chosen'], 1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('lean: what is told is what all sockets tell, and what ESTABLISHED ones alone tell is left out', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'netstat-exporter-'));
    try {
      const file = join(folder, 'lean.yaml');
      writeFileSync(file, 'collectors: { tcp: { lean: true }, tcp6: { lean: true } }\n');
      const command = namespace.inside(exporter('scrape', `--config.file=${file}`, ...by('netlink')));
      await eventually(() => {
        const { stdout, stderr, status } = run(command);
        assert.equal(status, 0);
        const [all, lean] = [scrape('netlink'), samplesIn(stdout)];
        assert.deepEqual(pick(lean, 'netstat_exporter_lean_info'), { tcp: 1, tcp6: 1 });
        assert.match(stderr, /msg="sockets are read over netlink" collectors=tcp,tcp6 reason=chosen lean=/);
        const [told, toldLean] = [comparable(all), comparable(lean)];
        assert.deepEqual(
          toldLean.filter(line => !told.includes(line)),
          [],
        );
        for (const state of tcpStates) {
          for (const family of ['inet', 'inet6']) {
            const labels = { family, protocol: 'tcp', state };
            const count = one(lean, 'netstat_sockets', labels);
            assert.ok(count !== undefined && count > 0, `${family} ${state}`);
            assert.equal(count, one(all, 'netstat_sockets', labels));
          }
        }
        const left = told.filter(line => !toldLean.includes(line));
        assert.deepEqual(
          left.filter(line => !ofEstablished.test(line)),
          [],
        );
        assert.ok(left.length > 20);
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('nobody may ask over netlink as well', async () => {
    await eventually(() => {
      const command = nobody.exporter([
        'scrape',
        ...by('netlink'),
        '--no-collector.programs',
        '--log.level=error',
      ]);
      const samples = samplesIn(run(namespace.inside(command)).stdout);
      const counted = (all: readonly Sample[]): readonly string[] =>
        comparable(all).filter(line => /^netstat_(sockets\{|port_sockets|socket_drops)/.test(line));
      assert.deepEqual(counted(samples), counted(scrape('netlink')));
      assert.equal(readBy(samples)['tcp netlink chosen'], 1);
    });
  });

  test('files of another namespace than our own are never mixed with netlink', () => {
    const proc = nobody.mountPoint;
    const command: Command = [
      ...(['unshare', '-m', 'sh', '-e', '-c', `mount -t proc proc '${proc}' && exec "$@"`, 'sh'] as const),
      ...exporter(
        'scrape',
        `--path.procfs=${proc}`,
        '--no-collector.programs',
        '--collector.tcp.reader=netlink',
      ),
    ];
    const { stdout, stderr, status } = run(namespace.inside(command));
    assert.equal(status, 0);
    assert.equal(readBy(samplesIn(stdout))['tcp procfs namespace'], 1);
    assert.match(stderr, /level=warn msg="sockets are read from procfs" collectors=tcp reason=namespace/);
  });

  test('without the package nothing is missing, and one line says so', () => {
    const folder = withoutKoffi();
    try {
      const main = join(folder, 'build', 'src', 'main.js');
      const { stdout, stderr, status } = run(namespace.inside([process.execPath, main, 'scrape']));
      assert.equal(status, 0);
      const samples = samplesIn(stdout);
      assert.equal(readBy(samples)['tcp procfs package'], 1);
      assert.deepEqual(comparable(samples), comparable(scrape('procfs')));
      const told = stderr.split('\n').filter(line => line.includes('sockets are read'));
      assert.equal(told.length, 1, stderr);
      assert.match(
        told[0] ?? '',
        /level=info .* collectors=udp,udp6,udplite,udplite6,tcp,tcp6 reason=package/,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

const tcpStates = [
  ...['ESTABLISHED', 'SYN_SENT', 'SYN_RECV', 'FIN_WAIT1', 'FIN_WAIT2', 'TIME_WAIT'],
  ...['CLOSE_WAIT', 'LAST_ACK', 'LISTEN', 'CLOSING'],
];

/** The local ports of what ss lists, by which of its columns they are in. */
const portsIn = (text: string, column: number): readonly string[] =>
  text
    .trim()
    .split('\n')
    .map(line => (line.trim().split(/\s+/)[column] ?? '').replace(/^.*:/, ''));

const numbersIn = (line: string, pattern: RegExp): readonly number[] => {
  const [, digits] = pattern.exec(line) ?? [];
  return digits === undefined ? [] : [Number(digits)];
};

/** What cannot be told without them, and ports, users and programs that have no other sockets. */
const ofEstablished =
  /^netstat_(socket_timers|sockets_retransmitting|established_|ephemeral_port_peak_ratio|sockets_without_owner|socket_(receive|send)_queue_bytes\{.*state="ESTABLISHED"|(port|peer_port|user|program)_sockets\{.*(state="ESTABLISHED"|state="CLOSE_WAIT"} 0$))/;

/** The program as it is where the optional package could not be installed. */
const withoutKoffi = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'netstat-exporter-'));
  cpSync(join(root, 'build', 'src'), join(folder, 'build', 'src'), { recursive: true });
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  mkdirSync(join(folder, 'node_modules'));
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name === 'koffi' || name === '@koromix') continue;
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
  return folder;
};

/** Samples about sockets: what only one way tells, what measures the exporter and what passes by is left out. */
const comparable = (samples: readonly Sample[]): readonly string[] =>
  samples
    .filter(
      ({ name, labels }) =>
        /^netstat_(sockets|socket_|port_|peer_port_|user_|program_|close_wait_|established_|ephemeral_|listener_accept_queue_length)/.test(
          name,
        ) &&
        !name.endsWith('_seconds') &&
        // Both are of what asks: each scrape is a program of its own, with sockets of its own.
        labels['family'] !== 'netlink' &&
        labels['family'] !== 'unix',
    )
    .map(({ name, labels, value }) => `${seriesOf(name, labels)} ${value}`)
    .sort();
