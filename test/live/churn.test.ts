// Protects: on a host where everything comes and goes no scrape fails, no counter falls, no series is there twice, and nothing leaks.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { needs } from '../needs.ts';
import { answersIn, clientCommand, emptyNamespace, type Answer, type Namespace } from './namespaces.ts';
import { complaintsIn, eventually, start, startServer } from './programs.ts';
import { samplesIn, seriesOf, valuesBySeries } from './samples.ts';

const tools = ['unshare', 'nsenter', 'python3', 'ip'];

const STREAMS = 3;
const ROUNDS = 40;
const PAUSE_MILLISECONDS = 80;
const CLIENT_SECONDS = 60;

/** Files, sockets and threads' pipes that a scrape more or less may hold open at the moment of counting. */
const DESCRIPTORS_TOLERANCE = 4;
/** Of the whole process: two threads of Node.js and what garbage waits to be collected. */
const RESIDENT_BYTES_LIMIT = 250e6;

/** Opens and closes sockets of all kinds for as long as stdin is open; datagrams are sent to readers that never read. */
const socketChurn = `
import select, socket, sys
print('ready', flush=True)
while not select.select([0], [], [], 0)[0]:
    held = []
    for family, host in ((socket.AF_INET, '127.0.0.1'), (socket.AF_INET6, '::1')):
        listener = socket.create_server((host, 0), family=family)
        held.append(listener)
        for _ in range(20):
            client = socket.create_connection(listener.getsockname()[:2])
            server, _ = listener.accept()
            client.send(b'x' * 100)
            held += [client, server]
        for client in held[1::4]:
            client.close()
        reader = socket.socket(family, socket.SOCK_DGRAM)
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        reader.bind((host, 0))
        for _ in range(20):
            socket.socket(family, socket.SOCK_DGRAM).sendto(b'x' * 500, reader.getsockname())
        held += [reader, socket.socket(family, socket.SOCK_RAW, 89)]
    held += [each for _ in range(10) for each in socket.socketpair()]
    for each in held:
        each.close()
`;

/**
 * Interfaces under names that are never used again, so that their counters are never those of another. It ends where a
 * command fails, because interfaces that are not deleted pile up, and the kernel's work for each grows with them.
 */
const interfaceChurn = `
ip link add churn0 type veth peer name far0 || exit 1
echo ready
for i in $(seq 2000); do
  network=10.$((i / 250)).$((i % 250))
  ip -batch - <<END || exit 1
link add churn$i type veth peer name far$i
link set churn$i up
link set far$i up
address add $network.1/24 dev churn$i
address add 2001:db8:$i::1/64 dev churn$i nodad
route append 198.51.100.0/24 via $network.254 dev churn$i
link del churn$((i - 1))
END
  [ -e "/proc/$1" ] || exit 0
done
`;

describe('everything comes and goes while the exporter is asked', needs({ root: true, tools }), () => {
  let namespace: Namespace;
  let server: Awaited<ReturnType<typeof startServer>>;
  let answers: readonly Answer[];
  let usageBefore: Usage;

  before(async () => {
    namespace = await emptyNamespace();
    const [prefix, ...rest] = namespace.insideWithSysfs(['env']);
    server = await startServer([prefix, ...rest]);
    // What is opened once and kept.
    await askedBy(1, 20);
    usageBefore = usageOf(server.pid);

    const churn = await Promise.all([
      start(namespace.inside(['python3', '-c', socketChurn]), /ready/),
      start(namespace.inside(['sh', '-c', interfaceChurn, 'sh', String(namespace.pid)]), /ready/),
    ]);
    answers = await askedBy(STREAMS, ROUNDS);
    for (const { child, printed } of churn) assert.equal(child.exitCode, null, printed());
    for (const each of churn) await each.stop();
  });
  after(async () => {
    await server.stop();
    await namespace.stop();
  });

  const askedBy = async (streams: number, rounds: number): Promise<readonly Answer[]> => {
    const load = { streams, rounds, pauseMilliseconds: PAUSE_MILLISECONDS };
    const client = await start(clientCommand(namespace, load, [server.url]), /^/);
    const deadline = Date.now() + CLIENT_SECONDS * 1000;
    while (client.child.exitCode === null && Date.now() < deadline) await sleep(50);
    await client.stop();
    assert.equal(client.child.exitCode, 0, 'the client did not get all its answers');
    return answersIn(client.printed());
  };

  test('every scrape is answered, and no collector fails or skips a line', () => {
    assert.equal(answers.length, STREAMS * ROUNDS);
    for (const { status, body } of answers) {
      assert.equal(status, 200);
      const samples = samplesIn(body);
      const bad = samples.filter(
        ({ name, value }) =>
          (name === 'netstat_scrape_collector_success' && value !== 1) ||
          (name === 'netstat_scrape_collector_skipped_lines' && value !== 0) ||
          name === 'netstat_scrape_collector_failure_info',
      );
      assert.deepEqual(bad, []);
    }
    assert.deepEqual(complaintsIn(server.printed()), []);
  });

  test('no series is in a scrape twice', () => {
    for (const { body } of answers) valuesBySeries(body);
  });

  test('no counter falls', () => {
    let growing = 0;
    for (let stream = 0; stream < STREAMS; stream++) {
      const scrapes = answers.filter(each => each.stream === stream).map(({ body }) => countersIn(body));
      let last = new Map<string, number>();
      for (const counters of scrapes) {
        const fell = [...counters].filter(([series, value]) => value < (last.get(series) ?? 0));
        assert.deepEqual(fell, []);
        growing += [...counters].filter(([series, value]) => value > (last.get(series) ?? value)).length;
        last = new Map([...last, ...counters]);
      }
    }
    assert.ok(growing > 1000, 'next to nothing happened');
  });

  test('things really came and went', () => {
    const samples = answers.map(({ body }) => samplesIn(body));
    const valuesOf = (series: string): ReadonlySet<number> =>
      new Set(
        samples.flatMap(each =>
          each.filter(({ name, labels }) => seriesOf(name, labels) === series).map(({ value }) => value),
        ),
      );
    for (const family of ['inet', 'inet6']) {
      assert.ok(
        valuesOf(seriesOf('netstat_sockets', { family, protocol: 'tcp', state: 'ESTABLISHED' })).size > 3,
      );
      assert.ok(valuesOf(seriesOf('netstat_socket_drops_total', { family, protocol: 'udp' })).size > 3);
    }
    for (const name of ['netstat_interface_receive_bytes_total', 'netstat_interface_up']) {
      const devices = new Set(
        samples
          .flat()
          .filter(each => each.name === name)
          .map(({ labels }) => labels['device']),
      );
      assert.ok(devices.size > 10, `${name} of ${devices.size} devices`);
    }
  });

  test('the exporter holds no more files open than before, and its memory is bounded', async () => {
    const before = usageBefore.descriptors;
    // It takes a moment to notice that its clients are gone.
    await eventually(() => {
      const { descriptors } = usageOf(server.pid);
      assert.ok(
        descriptors <= before + DESCRIPTORS_TOLERANCE,
        `${before} descriptors before, ${descriptors} after`,
      );
    });
    const { residentBytes } = usageOf(server.pid);
    assert.ok(residentBytes < RESIDENT_BYTES_LIMIT, `${residentBytes} bytes resident`);
  });
});

interface Usage {
  readonly descriptors: number;
  readonly residentBytes: number;
}

const usageOf = (pid: number): Usage => ({
  descriptors: readdirSync(`/proc/${pid}/fd`).length,
  residentBytes: Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024,
});

/** The namespace goes on from scrape to scrape: its totals, those of interfaces that are still there, and our own. */
const countersIn = (body: string): ReadonlyMap<string, number> =>
  new Map([...valuesBySeries(body)].filter(([series]) => /^\w+_total\{/.test(series)));
