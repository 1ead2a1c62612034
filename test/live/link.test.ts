// Protects: on a live kernel, neighbours, memberships and source filters are those that ip and arp see and that a program made.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { needs } from '../needs.ts';
import { namespaceWithLinks } from './namespaces.ts';
import { eventually, exporter, output, type Command } from './programs.ts';
import { one, pick, samplesIn, type Sample } from './samples.ts';

const tools = ['unshare', 'nsenter', 'python3', 'ip', 'arp'];

const optional = ['igmp_groups', 'igmp6_groups', 'dev_snmp6'];

type Counts = Readonly<Record<string, number>>;

const counted = (keys: readonly string[]): Counts => {
  const counts: Record<string, number> = {};
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
};
const withoutZeros = (counts: Counts): Counts =>
  Object.fromEntries(Object.entries(counts).filter(([, value]) => value !== 0));

describe('links in a scratch namespace', needs({ root: true, tools }), () => {
  let namespace: Awaited<ReturnType<typeof namespaceWithLinks>>;
  let folder: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'netstat-exporter-'));
    const enabled = optional.map(name => `${name}: { enabled: true }`).join(', ');
    writeFileSync(join(folder, 'all.yaml'), `statistics: { tier: all }\ncollectors: { ${enabled} }\n`);
    namespace = await namespaceWithLinks();
  });
  after(async () => {
    await namespace.stop();
    rmSync(folder, { recursive: true });
  });

  const scrape = (): readonly Sample[] =>
    samplesIn(output(namespace.inside(exporter('scrape', `--config.file=${join(folder, 'all.yaml')}`))));
  const wordsOf = (...command: Command): readonly (readonly string[])[] =>
    output(namespace.inside(command))
      .split('\n')
      .slice(0, -1)
      .map(line => line.trim().split(/\s+/));
  const kernelRows = (file: string): readonly (readonly string[])[] => wordsOf('cat', `/proc/net/${file}`);

  /** `10.77.0.51 dev left lladdr 02:00:00:00:00:02 STALE`, and `10.77.0.70 dev left proxy`. */
  const stateOf = (word: string): string => {
    if (word === 'proxy') return 'PUBLISHED';
    if (word === 'PERMANENT') return word;
    return word === 'INCOMPLETE' || word === 'FAILED' ? 'INCOMPLETE' : 'COMPLETE';
  };

  test('neighbours and proxies: ip neigh and arp', async () => {
    await eventually(() => {
      const ours = withoutZeros(pick(scrape(), 'netstat_neighbours', { family: 'inet' }));
      const rows = [...wordsOf('ip', '-4', 'neigh'), ...wordsOf('ip', '-4', 'neigh', 'show', 'proxy')];
      const theirs = counted(rows.map(row => `${row[2] ?? ''} ${stateOf(row.at(-1) ?? '')}`));
      assert.deepEqual(ours, theirs);
      // A device without hardware addresses, one with proxies, and one where nobody answers.
      assert.equal(ours['tun0 PERMANENT'], 1);
      assert.equal(ours['left PUBLISHED'], 2);
      assert.equal(ours['left COMPLETE'], 2);
      assert.ok((ours['fifteen-chars-x INCOMPLETE'] ?? 0) > 0);

      const arp = wordsOf('arp', '-an').map(words => {
        if (words.includes('PUB')) return `${words.at(-1) ?? ''} PUBLISHED`;
        if (words.includes('PERM')) return `${words.at(-1) ?? ''} PERMANENT`;
        return `${words.at(-1) ?? ''} ${words.includes('<incomplete>') ? 'INCOMPLETE' : 'COMPLETE'}`;
      });
      assert.deepEqual(counted(arp), ours);
    });
  });

  test('memberships and their users, of the link too, and the groups themselves: ip maddress', async () => {
    const families: Readonly<Record<string, string>> = { link: 'packet', inet: 'inet', inet6: 'inet6' };
    await eventually(() => {
      const samples = scrape();
      const groups: Record<string, number> = {};
      const users: Record<string, number> = {};
      const infos: string[] = [];
      let device = '';
      for (const [first = '', second = '', , count = '1'] of wordsOf('ip', 'maddress')) {
        const family = families[first];
        if (family === undefined) {
          device = second;
          continue;
        }
        const key = `${family} ${device}`;
        groups[key] = (groups[key] ?? 0) + 1;
        users[key] = (users[key] ?? 0) + Number(count);
        if (family !== 'packet') infos.push(`${key} ${second}`);
      }
      assert.deepEqual(withoutZeros(pick(samples, 'netstat_multicast_groups')), groups);
      assert.deepEqual(withoutZeros(pick(samples, 'netstat_multicast_group_users')), users);
      assert.deepEqual(Object.keys(pick(samples, 'netstat_multicast_group_info')).sort(), infos.sort());
      assert.ok(infos.includes('inet6 fifteen-chars-x ff15::1:0:0:2'));
      assert.ok(infos.includes('inet left 239.1.2.3'));
    });
  });

  test('source filters: those that the program set', () => {
    const samples = scrape();
    for (const family of ['inet', 'inet6'] as const) {
      assert.deepEqual(
        pick(samples, 'netstat_multicast_source_filters', { family }),
        namespace.filters[family],
      );
      assert.ok(namespace.filters[family].include > 0 && namespace.filters[family].exclude > 0);
    }
  });

  test('IPv6 counters of each interface: the files of the kernel', async () => {
    await eventually(() => {
      const samples = scrape();
      for (const [name, metric] of [
        ['Ip6OutRequests', 'netstat_interface_ip6_out_requests_total'],
        ['Icmp6OutMsgs', 'netstat_interface_icmp6_out_msgs_total'],
      ] as const) {
        const rows = output(
          namespace.inside(['sh', '-c', `cd /proc/net/dev_snmp6 && grep '^${name} ' *`]),
        ).matchAll(/^([^:]+):\S+\s+(\d+)$/gm);
        const theirs = Object.fromEntries([...rows].map(([, device = '', value]) => [device, Number(value)]));
        assert.ok(Object.keys(theirs).length >= 6);
        assert.deepEqual(pick(samples, metric), theirs);
      }
    });
  });

  test('route caches: the files of the kernel', async () => {
    await eventually(() => {
      const samples = scrape();
      const [numbers = []] = kernelRows('rt6_stats');
      assert.deepEqual(pick(samples, 'netstat_route_cache_entries'), {
        inet: kernelRows('rt_cache').length - 1,
        inet6: parseInt(numbers[4] ?? '', 16),
      });
      assert.equal(
        one(samples, 'netstat_route_destinations', { family: 'inet6' }),
        parseInt(numbers[5] ?? '', 16),
      );
    });
  });

  test('what a CPU took from the network lies between two looks at the file', () => {
    const look = (): readonly number[] =>
      kernelRows('softnet_stat').map(([first = '']) => parseInt(first, 16));
    const [earlier, ours, later] = [look(), pick(scrape(), 'netstat_softnet_processed_total'), look()];
    assert.deepEqual(Object.keys(ours).length, earlier.length);
    Object.values(ours).forEach((value, i) => {
      const since = (from = 0, to = 0): number => (to - from + 2 ** 32) % 2 ** 32;
      assert.ok(since(earlier[i], value) <= since(earlier[i], later[i]));
    });
  });

  test('only the first namespace tells of the neighbour tables of the host', () => {
    const present = pick(scrape(), 'netstat_scrape_collector_present');
    assert.equal(present['arp_cache'], 0);
    assert.equal(present['ndisc_cache'], 0);
    assert.equal(present['arp'], 1);
  });
});
