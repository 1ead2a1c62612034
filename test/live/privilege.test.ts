// Protects: the exporter needs no rights but to see tracked connections: all else it serves to nobody, and with a proc that hides processes, as to root.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { needs } from '../needs.ts';
import { ask, namespaceWithSockets } from './namespaces.ts';
import { createNobody, quoted, withMounts, type Nobody } from './nobody.ts';
import { eventually, exporter, output, run, start, type Command } from './programs.ts';
import { pick, samplesIn, seriesOf, type Sample } from './samples.ts';

/** Files that the kernel shows to root alone: without them we say so. */
const forRoot = ['conntrack', 'conntrack_expect'];
const forbidden = Object.fromEntries(forRoot.map(name => [`${name} permission`, 1]));

const tools = ['unshare', 'nsenter', 'setpriv', 'mount', 'python3', 'ip', 'nft'];

describe('without rights', needs({ root: true, tools }), () => {
  let namespace: Awaited<ReturnType<typeof namespaceWithSockets>>;
  let nobody: Nobody;

  before(async () => {
    namespace = await namespaceWithSockets();
    nobody = createNobody();
  });
  after(async () => {
    await namespace.stop();
    nobody.remove();
  });

  const asNobody: Nobody['exporter'] = (...rest) => nobody.exporter(...rest);

  /** The exit status is 1 where a collector failed. */
  const scrapeInside = (command: Command): readonly Sample[] =>
    samplesIn(run(namespace.inside(command)).stdout);

  /** @param lost what need not be the same */
  const assertSameAsRoot = async (
    command: Command,
    asRoot: Command = exporter('scrape'),
    lost: (sample: Sample) => boolean = () => false,
  ): Promise<void> => {
    const kept = (samples: readonly Sample[]) => comparable(samples.filter(sample => !lost(sample)));
    await eventually(() => {
      const theirs = scrapeInside(command);
      assert.deepEqual(kept(theirs), kept(scrapeInside(asRoot)));
      assert.deepEqual(failed(theirs), forRoot);
      assert.deepEqual(pick(theirs, 'netstat_scrape_collector_failure_info'), forbidden);
      assert.ok(
        Object.values(pick(theirs, 'netstat_scrape_collector_skipped_lines')).every(value => value === 0),
      );
    });
  };

  test('the user nobody really is nobody', () => {
    const id = output(
      namespace.inside(nobody.command(['grep', '-E', '^(Uid|Cap(Eff|Bnd))', '/proc/self/status'])),
    );
    assert.match(id, /^Uid:\t65534\t65534\t65534\t65534$/m);
    assert.deepEqual(
      [...id.matchAll(/^Cap\w+:\t(\d+)$/gm)].map(([, set]) => Number(set)),
      [0, 0],
    );
  });

  test('as nobody: the same series with the same values as root, nothing failed but what is for root, and no other word in the log', async () => {
    await assertSameAsRoot(asNobody(['scrape']));
    const without = [...forRoot, 'programs'].map(name => `--no-collector.${name}`);
    const { status, stderr } = run(namespace.inside(asNobody(['scrape', ...without])));
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  });

  test('as nobody with the sysfs of the namespace: the interfaces too', async () => {
    const sysfs = 'mount -t sysfs sysfs /sys';
    await assertSameAsRoot(asNobody(['scrape'], sysfs), withMounts([sysfs], exporter('scrape')));
    const samples = scrapeInside(asNobody(['scrape'], sysfs));
    assert.ok(Object.keys(pick(samples, 'netstat_interface_up')).length > 1);
  });

  test('as nobody: it serves', async t => {
    const [program, ...args] = namespace.inside(asNobody(['serve', '--web.listen-address=127.0.0.1:0']));
    const server = await start([program, ...args], /msg=listening address=(\S+)/);
    t.after(() => server.stop());
    const [answer] = ask(namespace, 1, [`http://${server.ready[1] ?? ''}/metrics`]);
    assert.equal(answer?.status, 200);
    assert.deepEqual(failed(samplesIn(answer.body)), forRoot);
    await eventually(() => {
      const warnings = [...server.printed().matchAll(/level=(?:warn|error).*? collector=(\w+)/g)];
      assert.deepEqual(
        warnings
          .map(([, collector = '']) => collector)
          .filter(name => name !== 'programs')
          .sort(),
        forRoot,
      );
    });
  });

  test('as nobody with a proc that hides the processes of others', async () => {
    await assertSameAsRoot(asNobody(['scrape'], 'mount -t proc -o hidepid=invisible proc /proc'));
  });

  test('as nobody with a proc that holds nothing but processes', async () => {
    const subset = 'mount -t proc -o subset=pid proc /proc';
    assert.equal(run(withMounts([subset], ['test', '-e', '/proc/net'])).status, 1);
    // It has no sysctls, and folders of net are empty there.
    const scrape = ['scrape', ...['count', 'max', 'stat'].map(each => `--no-collector.conntrack_${each}`)];
    const isOfSysctl = ({ name, labels }: Sample): boolean =>
      name.startsWith('netstat_ephemeral_port') ||
      (name === 'netstat_scrape_series' && ['tcp', 'tcp6'].includes(labels['collector'] ?? ''));
    await assertSameAsRoot(asNobody(scrape, subset), exporter(...scrape), isOfSysctl);
  });

  test('a host seen from a container: another mount of its proc shows the namespace of process 1, not our own', () => {
    const proc = nobody.mountPoint;
    const samples = samplesIn(
      output(
        namespace.inside(
          withMounts([`mount -t proc proc ${quoted(proc)}`], exporter('scrape', `--path.procfs=${proc}`)),
        ),
      ),
    );
    assert.deepEqual(
      Object.keys(pick(samples, 'netstat_interface_receive_bytes_total')).sort(),
      devicesIn(output(['cat', '/proc/1/net/dev'])),
    );
    assert.notDeepEqual(
      devicesIn(output(['cat', '/proc/1/net/dev'])),
      devicesIn(output(namespace.inside(['cat', '/proc/net/dev']))),
    );
  });
});

const devicesIn = (dev: string): readonly string[] =>
  dev
    .split('\n')
    .slice(2, -1)
    .map(line => line.slice(0, line.lastIndexOf(':')).trim())
    .sort();

const failed = (samples: readonly Sample[]): readonly string[] =>
  Object.entries(pick(samples, 'netstat_scrape_collector_success'))
    .filter(([, value]) => value !== 1)
    .map(([name]) => name)
    .sort();

/** Whose the sockets of others are is not told to nobody, which owners.test.ts is about. */
const isForRoot = ({ name, labels }: Sample): boolean =>
  forRoot.includes(labels['collector'] ?? '') ||
  labels['collector'] === 'programs' ||
  /^netstat_(conntrack_(entries|flagged_entries|expectations)|nat_sessions)$/.test(name) ||
  /^netstat_(program_.*|sockets_without_owner|listener_accept_queue_l(?:ength|imit)|exporter_remembered_.*)$/.test(
    name,
  );

/**
 * What must not differ between two users: all but what is for root, what measures the exporter itself, what is of the
 * whole host and moves with other programs, and whether ours is the namespace of process 1, which only root may find out.
 */
const comparable = (samples: readonly Sample[]): readonly string[] =>
  samples
    .filter(sample => !isForRoot(sample))
    .map(({ name, labels, value }) => {
      const isOwn = /^(process|nodejs)_|_duration_seconds$/.test(name);
      const isOfHost =
        /^netstat_(softnet_.*|sockstat_(tcp_(alloc|mem_bytes|orphan)|udp_mem_bytes|sockets_used))$/.test(
          name,
        );
      return `${seriesOf(name, { ...labels, is_init: '' })} ${isOwn || isOfHost ? '' : value}`;
    })
    .sort();
