// Protects: on a live router, what we say of tracked and translated connections is what conntrack says, and what was opened.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { needs } from '../needs.ts';
import { namespaceOfRouter } from './namespaces.ts';
import { eventually, exporter, output, run } from './programs.ts';
import { one, pick, samplesIn, type Sample } from './samples.ts';

const tools = ['unshare', 'nsenter', 'python3', 'ip', 'nft', 'sysctl', 'conntrack'];

const versions = [
  { family: 'inet', flag: 'ipv4' },
  { family: 'inet6', flag: 'ipv6' },
] as const;

type Counts = Readonly<Record<string, number>>;

const count = (keys: readonly string[]): Counts => {
  const counts: Record<string, number> = {};
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
};

const withoutZeros = (counts: Counts): Counts =>
  Object.fromEntries(Object.entries(counts).filter(([, value]) => value !== 0));

describe('a router with connections of every kind', needs({ root: true, tools }), () => {
  let router: Awaited<ReturnType<typeof namespaceOfRouter>>;

  before(async () => {
    router = await namespaceOfRouter();
  });
  after(async () => {
    await router.stop();
  });

  const scrape = (): readonly Sample[] => samplesIn(output(router.inside(exporter('scrape'))));
  const conntrack = (...flags: readonly string[]): readonly string[] =>
    output(router.inside(['conntrack', ...flags]))
      .split('\n')
      .slice(0, -1);

  /** `tcp 6 295 TIME_WAIT src=… dst=… sport=… dport=… src=… dst=… sport=… dport=… [ASSURED] mark=0 use=1`, either version. */
  const flows = () =>
    versions.flatMap(({ family, flag }) =>
      conntrack('-L', '-f', flag).map(line => {
        const [protocol = '', , , word = ''] = line.split(/ +/);
        const [[from, fromReply], [to, toReply]] = [told(line, 'src'), told(line, 'dst')];
        const [[near, nearReply], [far, farReply]] = [told(line, 'sport'), told(line, 'dport')];
        const isSource = from !== toReply || near !== farReply;
        const isDestination = to !== fromReply || far !== nearReply;
        return {
          key: `${family} ${protocol.replace('icmpv6', 'icmp')}`,
          state: /^[A-Z]/.test(word) ? word : line.includes('[UNREPLIED]') ? 'UNREPLIED' : 'REPLIED',
          flags: Array.from(line.matchAll(/\[(\w+)\]/g), ([, each = '']) => each),
          nat: isSource && isDestination ? 'both' : isSource ? 'source' : isDestination ? 'destination' : '',
        };
      }),
    );

  test('connections by family, protocol and state', async () => {
    await eventually(() => {
      const ours = withoutZeros(pick(scrape(), 'netstat_conntrack_entries'));
      assert.deepEqual(ours, count(flows().map(({ key, state }) => `${key} ${state}`)));
      assert.deepEqual(ours, router.opened.entries);
    });
  });

  test('translated connections by family, protocol and kind', async () => {
    await eventually(() => {
      const ours = withoutZeros(pick(scrape(), 'netstat_nat_sessions'));
      const theirs = flows().filter(({ nat }) => nat !== '');
      assert.deepEqual(ours, count(theirs.map(({ key, nat }) => `${key} ${nat}`)));
      assert.deepEqual(ours, router.opened.sessions);
      for (const { family, flag } of versions) {
        // Its own notion: any that is translated in that way, be it in both. Of ICMP it takes type and id for ports.
        for (const protocol of ['tcp', 'udp']) {
          for (const [option, kind] of [
            ['--src-nat', 'source'],
            ['--dst-nat', 'destination'],
          ] as const) {
            const sum =
              (ours[`${family} ${protocol} ${kind}`] ?? 0) + (ours[`${family} ${protocol} both`] ?? 0);
            const listed = conntrack('-L', '-f', flag, '-p', protocol, option);
            assert.equal(listed.length, sum, `${family} ${protocol} ${option}`);
          }
        }
      }
    });
  });

  test('connections by flag', async () => {
    await eventually(() => {
      const ours = withoutZeros(pick(scrape(), 'netstat_conntrack_flagged_entries'));
      const theirs = flows().flatMap(({ key, flags }) => flags.map(flag => `${key} ${flag}`));
      assert.deepEqual(ours, count(theirs));
      assert.ok(ours['inet tcp ASSURED'] !== undefined && ours['inet6 udp UNREPLIED'] !== undefined);
    });
  });

  test('the size of the table and its limit', async () => {
    const limit = Number(output(router.inside(['sysctl', '-n', 'net.netfilter.nf_conntrack_max'])));
    await eventually(() => {
      const samples = scrape();
      const [size] = conntrack('-C');
      assert.equal(one(samples, 'netstat_conntrack_table_entries'), Number(size));
      assert.equal(
        Object.values(pick(samples, 'netstat_conntrack_entries')).reduce((sum, value) => sum + value, 0),
        Number(size),
      );
      assert.equal(one(samples, 'netstat_conntrack_table_limit'), limit);
    });
  });

  test('events, summed over CPUs', async () => {
    const names: Readonly<Record<string, string>> = {
      error: 'icmp_error',
      clash_resolve: 'clashres',
      chaintoolong: 'chainlength',
    };
    const insert = [
      ...['conntrack', '-I', '-p', 'tcp', '-t', '300', '--state', 'LAST_ACK', '-u', 'SEEN_REPLY'],
      ...['-s', '192.0.2.2', '-d', '192.0.2.1', '--sport', '4000', '--dport', '82'],
      ...['-r', '198.51.100.2', '-q', '198.51.100.1', '--reply-port-src', '8080', '--reply-port-dst', '4001'],
    ] as const;
    const [program, ...args] = insert;
    output(router.inside([program, ...args]));
    // A second one like it is refused.
    assert.notEqual(run(router.inside([program, ...args])).status, 0);

    await eventually(() => {
      const samples = scrape();
      const theirs: Record<string, number> = {};
      for (const [, name = '', value] of conntrack('-S')
        .join(' ')
        .matchAll(/(\w+)=(\d+)/g)) {
        if (name !== 'cpu') theirs[name] = (theirs[name] ?? 0) + Number(value);
      }
      assert.ok(Object.keys(theirs).length >= 10);
      for (const [name, value] of Object.entries(theirs)) {
        assert.equal(one(samples, `netstat_conntrack_${names[name] ?? name}_total`), value, name);
      }
      assert.ok(Object.values(theirs).some(value => value > 0));
    });
    assert.equal(
      one(scrape(), 'netstat_conntrack_entries', { family: 'inet', protocol: 'tcp', state: 'LAST_ACK' }),
      1,
    );
  });
});

/** The value behind a key in the first tuple, and in that of the reply. */
const told = (line: string, key: string): readonly [string, string] => {
  const [first = '', reply = ''] = Array.from(
    line.matchAll(new RegExp(` ${key}=(\\S+)`, 'g')),
    ([, value = '']) => value,
  );
  return [first, reply];
};
