// Protects: ports have the names that netstat gives them, and a name server that never answers holds nobody up for long.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createServiceNames } from '../../src/procfs/services.ts';
import { needs } from '../needs.ts';
import { output, run, start, type Command, type Running } from './programs.ts';

/** Sockets on each of the ports that it is told, and a name server that takes questions and leaves it at that. */
const script = `
import socket, sys
sockets = []
def bound(kind, port, protocol=0):
    each = socket.socket(socket.AF_INET, kind, protocol)
    each.bind(('127.0.0.1', port))
    sockets.append(each)
    return each
for word in sys.argv[1:]:
    port, protocol = word.split('/')
    if protocol == 'tcp': bound(socket.SOCK_STREAM, int(port)).listen()
    if protocol == 'udp': bound(socket.SOCK_DGRAM, int(port))
    if protocol == 'raw': bound(socket.SOCK_RAW, 0, int(port))
print('ready', flush=True)
sys.stdin.read()
`;

const tools = ['unshare', 'nsenter', 'python3', 'ip', 'mount', 'netstat', 'getent'];

describe('names in a scratch namespace', needs({ root: true, tools }), () => {
  let folder: string;
  let running: Running;
  const inside = (...command: Command): Command => [
    ...(['nsenter', '-t', String(running.pid), '-n', '-m'] as const),
    ...command,
  ];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'netstat-exporter-'));
    writeFileSync(join(folder, 'resolv.conf'), 'nameserver 127.0.0.1\n');
    const listed = output(['getent', 'services']).match(/\b\d+\/(tcp|udp)\b/g) ?? [];
    const ports = [...new Set([...listed, '53/udp', '60001/tcp', '60002/udp', '1/raw', '58/raw', '253/raw'])];
    const prepare = `ip link set lo up && mount --bind ${folder}/resolv.conf /etc/resolv.conf && exec "$@"`;
    running = await start(
      ['unshare', '-n', '-m', 'sh', '-c', prepare, 'sh', 'python3', '-c', script, ...ports],
      /ready/,
    );
  });
  after(async () => {
    await running.stop();
    rmSync(folder, { recursive: true });
  });

  test('of ports: netstat', () => {
    /** `tcp        0      0 127.0.0.1:ssh           0.0.0.0:*               LISTEN` */
    const portsOf = (options: string): readonly (readonly [protocol: string, port: string])[] =>
      [
        ...output(inside('netstat', '-tuwa', ...options.split(' '))).matchAll(
          /^(tcp|udp|raw) .*? 127\.0\.0\.1:(\S+)/gm,
        ),
      ].map(([, protocol = '', port = '']) => [protocol, port]);
    const names = portsOf('-W --numeric-hosts');
    const numbers = portsOf('-W -n');
    assert.equal(names.length, numbers.length);
    assert.ok(names.length > 100);
    const nameOf = createServiceNames('/proc');
    numbers.forEach(([protocol, port], i) => {
      assert.deepEqual(names[i], [protocol, nameOf(Number(port), protocol) ?? port]);
    });
    assert.ok(names.some(([protocol, name]) => protocol === 'raw' && name === 'icmp'));
    assert.ok(
      numbers.some(([, port], i) => port === names[i]?.[1]),
      'some have no name',
    );
  });

  test('of hosts: without an answer the process ends soon, and says so', () => {
    const module = fileURLToPath(new URL('../../src/commands/host-names.js', import.meta.url));
    const program = `
      import { createHostNames } from ${JSON.stringify(module)};
      const { learn, nameOf } = createHostNames(sentence => console.log(sentence));
      const addresses = Array.from({ length: 30 }, (_, i) => '10.9.9.' + i);
      await learn(addresses);
      console.log(addresses.every(address => nameOf(address) === address));
    `;
    const started = performance.now();
    const { status, stdout, stderr } = run(inside(process.execPath, '--input-type=module', '-e', program));
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    assert.equal(stdout, '30 of 30 addresses are shown as they are: nobody told their names in time\ntrue\n');
    // The C library by itself waits ten seconds for each of those that are under way.
    const seconds = (performance.now() - started) / 1000;
    assert.ok(seconds > 3 && seconds < 15, `${seconds} s`);
  });
});
