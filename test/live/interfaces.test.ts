// Protects: on a live kernel, interfaces are listed as the installed netstat -i lists them, with -a and with -e.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { paddedByCharacters } from '../faces/netstat/padded.ts';
import { needs } from '../needs.ts';
import { namespaceWithLinks } from './namespaces.ts';
import { eventually, output, type Command } from './programs.ts';

const tools = ['unshare', 'nsenter', 'python3', 'ip', 'netstat'];
const printer = fileURLToPath(new URL('./print-interfaces.js', import.meta.url));

describe('netstat -i in a scratch namespace', needs({ root: true, tools }), () => {
  let namespace: Awaited<ReturnType<typeof namespaceWithLinks>>;

  const inside = (...command: Command): string => output(namespace.inside(command));

  before(async () => {
    namespace = await namespaceWithLinks();
    inside('ip', 'link', 'add', 'eth10', 'type', 'veth', 'peer', 'name', 'eth9');
    inside('ip', 'link', 'add', 'ünï0', 'mtu', '9000', 'type', 'veth', 'peer', 'name', '"q$');
    inside('ip', 'link', 'set', 'eth10', 'up', 'dynamic', 'on', 'allmulticast', 'on', 'txqueuelen', '0');
    inside('ip', 'link', 'set', 'eth9', 'promisc', 'on', 'arp', 'off', 'multicast', 'off');
    inside('ip', 'address', 'add', '10.78.0.1/24', 'dev', 'left', 'label', 'left:1');
    for (const address of ['2001:db8::1/128', 'fec0::1/64']) {
      inside('ip', '-6', 'address', 'add', address, 'dev', 'lo');
    }
  });
  after(async () => {
    await namespace.stop();
  });

  const ours = (...options: readonly string[]): string =>
    Buffer.from(
      output(namespace.insideWithSysfs([process.execPath, printer, ...options])),
      'latin1',
    ).toString();

  /** Address labels are known to ioctl alone. */
  const withoutLabels = (text: string): string =>
    text.replace(/^\S+:\d+ .*no statistics available.*\n/gm, '').replace(/^\S+:\d+: (?:.+\n)+\n/gm, '');

  /** So are addresses of IPv4. */
  const withoutInet = (text: string): string => text.replace(/^ {8}inet .*\n/gm, '');

  /** It takes DYNAMIC for a sign. */
  const unsigned = (text: string): string =>
    text.replace(/(?<=flags=)-\d+/g, number => String(Number(number) + 0x10000));

  /** Debian's has read no counters behind a name of fifteen characters since it was mended (CVE-2025-46836). */
  const withoutStatistics = (text: string): string =>
    text
      .replace(/(?<=^fifteen-chars-x +\d+) .*(?= \S+$)/gm, '')
      .replace(/^fifteen-chars-x: (?:.+\n)+/gm, block => block.replace(/^ +[RT]X .*\n/gm, ''));

  const theirs = (...options: readonly string[]): string =>
    unsigned(withoutInet(withoutLabels(inside('netstat', '-i', ...options))))
      .split('\n')
      .map(paddedByCharacters)
      .join('\n');

  for (const options of [[], ['-a'], ['-e'], ['-e', '-a']]) {
    test(`netstat ${['-i', ...options].join(' ')}`, async () => {
      await eventually(() => {
        const printed = ours(...options);
        assert.equal(withoutStatistics(printed), withoutStatistics(theirs(...options)));
        assert.ok(printed.includes('fifteen-chars-x') && !printed.includes('left:1'));
        assert.equal(printed.includes('ünï0'), options.includes('-a'));
      });
    });
  }

  test('there was something to leave out', () => {
    const printed = inside('netstat', '-i', '-e');
    assert.match(printed, /^left:1: /m);
    assert.match(printed, /^ {8}inet 10\.77\.0\.1 /m);
    assert.match(printed, /^eth10: flags=-/m);
  });
});
