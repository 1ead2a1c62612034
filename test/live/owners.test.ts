// Protects: whose the sockets are, CLOSE_WAIT above all, is what ss and netstat say with -p, through names, users, sharing and passing on.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { needs } from '../needs.ts';
import { ask, namespaceOfOwners, type Answer, type OwnersNamespace, type Started } from './namespaces.ts';
import { createNobody, type Nobody } from './nobody.ts';
import {
  complaintsIn,
  eventually,
  exporter,
  output,
  run,
  start,
  startServer,
  type Running,
} from './programs.ts';
import { one, pick, samplesIn, sum, type Sample } from './samples.ts';
import {
  allOfKernel,
  descriptorLimit,
  othersOfNetstat,
  othersOfSs,
  tcpOfNetstat,
  tcpOfSs,
  userNames,
  type SocketRow,
  type TcpRow,
} from './tables.ts';

const tools = ['unshare', 'nsenter', 'setpriv', 'mount', 'python3', 'bash', 'ip', 'ss', 'netstat'];

/** As owners.py sets them. */
const ephemeralPorts = { first: 40_000, last: 40_099 };

/** What owners.py calls the process that has neither a name nor arguments. */
const NAMELESS_ROLE = 'nothing to tell';

const closeWaitAges = ['60', '600', '3600'];
/** Scrapes until an exporter notices what it cannot be told of: that a socket has gone from one process to another. */
const SCRAPES_TO_NOTICE = 10;

/** Scrapes of a dozen in which the kernel may list a socket twice while others come and go. */
const LISTED_TWICE_LIMIT = 3;

/** What one tool tells. */
interface Told {
  readonly tcp: readonly TcpRow[];
  readonly others: readonly SocketRow[];
}

/** All families that tell whose sockets are. */
const isOfOwners = ({ name }: Sample): boolean =>
  /^netstat_(program_.*|sockets_without_owner|listener_accept_queue_l(?:ength|imit))$/.test(name);

describe('programs that leak sockets', needs({ root: true, tools }), () => {
  let namespace: OwnersNamespace;

  let nobody: Nobody;
  let settings: string;

  before(async () => {
    namespace = await namespaceOfOwners();
    nobody = createNobody();
    // The processes of the host are looked through as well, and it may have many descriptors.
    settings = `--config.file=${nobody.write('owners.yaml', 'programs: { search_seconds: 10 }\n')}`;
  });
  after(async () => {
    await namespace.stop();
    nobody.remove();
  });

  const scrape = (): readonly Sample[] => samplesIn(output(namespace.inside(exporter('scrape', settings))));

  test('the scene has all that it is made of', () => {
    const { programs, missing } = namespace.started();
    assert.deepEqual(missing, []);
    assert.ok(Object.keys(programs).length > 25);
  });

  describe('one scrape and the tools', () => {
    /** All at one moment: nothing moved meanwhile. */
    let moment: {
      readonly samples: readonly Sample[];
      readonly ss: Told;
      readonly netstat: Told;
      readonly kernel: readonly SocketRow[];
    };

    before(async () => {
      await eventually(() => {
        const kernel = allOfKernel(namespace);
        const samples = scrape();
        const ss = { tcp: tcpOfSs(namespace), others: othersOfSs(namespace) };
        const netstat = { tcp: tcpOfNetstat(namespace), others: othersOfNetstat(namespace) };
        moment = { samples, kernel, ss, netstat };
        assert.deepEqual(allOfKernel(namespace), kernel, 'things move');
      });
    });

    test('tcp by program: what ss and netstat say with -p', () => {
      const { samples } = moment;
      for (const rows of [moment.ss.tcp, moment.netstat.tcp]) {
        assertSame(
          programSockets(samples, ({ protocol }) => protocol === 'tcp'),
          byProgram(rows, samples),
        );
      }
      assert.ok(programSockets(samples, ({ state }) => state === 'CLOSE_WAIT').size > 15);
    });

    test('udp, raw and unix by program: what netstat says, and ss but for what nobody holds', () => {
      const { samples } = moment;
      const isOther = ({ protocol = '' }: { readonly protocol?: string | undefined }) =>
        !['tcp', 'icmp', 'udplite'].includes(protocol);
      assertSame(programSockets(samples, isOther), byProgram(moment.netstat.others, samples));
      assertSame(
        programSockets(samples, ({ program = '', protocol }) => isOther({ protocol }) && program !== ''),
        byProgram(moment.ss.others, samples),
      );
    });

    test('every table by program: what the kernel files and the descriptors in proc say', () => {
      const { samples } = moment;
      const rows = moment.kernel;
      assertSame(
        programSockets(samples, () => true),
        byProgram(rows, samples),
      );
      const tables = new Set(rows.map(({ family, protocol }) => `${family} ${protocol}`));
      assert.deepEqual(
        [...tables].sort(),
        [
          ...['tcp', 'udp', 'raw', 'icmp'].flatMap(each => [`inet ${each}`, `inet6 ${each}`]),
          ...['stream', 'dgram', 'seqpacket'].map(each => `unix ${each}`),
        ].sort(),
      );
    });

    test('a program that has sockets of TCP over one IP version has CLOSE_WAIT there, if only as 0', () => {
      const { samples } = moment;
      const tables = valuesOf(samples, 'netstat_program_sockets', 'program', 'family', 'protocol');
      for (const key of tables.keys()) {
        const [program = '', family = '', protocol = ''] = JSON.parse(key) as string[];
        if (protocol !== 'tcp') continue;
        const labels = { program, family, protocol, state: 'CLOSE_WAIT' };
        assert.ok(one(samples, 'netstat_program_sockets', labels) !== undefined, key);
      }
    });

    test('CLOSE_WAIT by program and end of stream: the Recv-Q of ss and netstat, and what was opened', () => {
      const { samples } = moment;
      const ours = valuesOf(samples, 'netstat_program_close_wait_sockets', 'program', 'eof');
      for (const rows of [moment.ss.tcp, moment.netstat.tcp]) {
        const waiting = rows.filter(({ state }) => state === 'CLOSE_WAIT');
        const programs = new Set(waiting.map(row => programOf(row, samples)));
        const counts = new Map<string, number>();
        for (const program of programs) {
          for (const eof of ['unread', 'read']) counts.set(key(program, eof), 0);
        }
        for (const row of waiting) {
          count(counts, key(programOf(row, samples), row.receiveQueue > 0 ? 'unread' : 'read'));
        }
        assertSame(ours, counts);
      }

      const opened = new Map<string, number>();
      for (const [role, { unread, read }] of Object.entries(namespace.started().held)) {
        opened.set(key(nameOf(role), 'unread'), unread);
        opened.set(key(nameOf(role), 'read'), read);
      }
      const ofPrograms = new Map([...ours].filter(([each]) => !each.startsWith('["",')));
      assertSame(ofPrograms, opened);
      // In accept queues.
      assert.equal(ours.get(key('', 'read')), 0);
      assert.ok((ours.get(key('', 'unread')) ?? 0) >= 4);
    });

    test('CLOSE_WAIT as a share of the descriptors: of the process with the highest', () => {
      const { samples } = moment;
      const waiting = new Map<number, number>();
      for (const { state, pid } of moment.ss.tcp) {
        if (state === 'CLOSE_WAIT' && pid !== undefined) count(waiting, pid);
      }
      const ratios = new Map<string, number>();
      for (const [pid, sockets] of waiting) {
        const program = key(programOf({ pid }, samples));
        ratios.set(program, Math.max(ratios.get(program) ?? 0, sockets / descriptorLimit(pid)));
      }
      // One of these programs is called as the remainder is, of which there may be none.
      ratios.delete(key('other'));
      const ours = new Map(valuesOf(samples, 'netstat_program_close_wait_descriptor_ratio', 'program'));
      ours.delete(key('other'));
      assertSame(ours, ratios);
      assert.equal(ratios.get(key('fd-leaker')), 0.1);
    });

    test('accept queues of listeners: the Recv-Q of ss and netstat, added up where they share a port', () => {
      const { samples } = moment;
      const labels = ['family', 'protocol', 'address', 'port', 'program'] as const;
      const ours = valuesOf(samples, 'netstat_listener_accept_queue_length', ...labels);
      for (const rows of [moment.ss.tcp, moment.netstat.tcp]) {
        const queues = new Map<string, number>();
        for (const row of rows) {
          if (row.state !== 'LISTEN') continue;
          const { family, address, port, receiveQueue } = row;
          count(queues, key(family, 'tcp', address, port, programOf(row, samples)), receiveQueue);
        }
        assertSame(ours, queues);
      }
      const queue = (family: string, address: string, port: number, program: string) =>
        ours.get(key(family, 'tcp', address, String(port), program));
      assert.deepEqual(
        [
          queue('inet', '127.0.0.1', 20910, 'never-accepts'),
          queue('inet', '0.0.0.0', 20911, 'never-accepts'),
          queue('inet6', '::1', 20912, 'never-accepts'),
          queue('inet6', '::', 20913, 'never-accepts'),
        ],
        [3, 3, 3, 6],
      );
      assert.equal(
        sum(['reuser', 'second-reuser'].map(program => queue('inet', '127.0.0.1', 20920, program) ?? NaN)),
        20,
      );
    });

    test('sockets without an owner: rows that netstat prints with a dash, and for no other reason', () => {
      const { samples } = moment;
      const rows = [...moment.netstat.tcp, ...moment.netstat.others];
      assert.deepEqual(pick(samples, 'netstat_sockets_without_owner'), {
        kernel: rows.filter(({ pid }) => pid === undefined).length,
        permission: 0,
        budget: 0,
        vanished: 0,
      });
    });

    test('no program goes by the empty name, which is for sockets without an owner', () => {
      const { samples } = moment;
      const unowned = samples.filter(
        ({ name, labels }) => name === 'netstat_program_sockets' && (labels['program'] ?? '') === '',
      );
      assert.equal(
        sum(unowned.map(({ value }) => value)),
        sum(Object.values(pick(samples, 'netstat_sockets_without_owner'))),
      );
    });

    test('tcp by user: uid in ss -e and netstat -e', () => {
      const names = userNames();
      const ours = aboveZero(
        valuesOf(
          moment.samples.filter(({ labels }) => labels['protocol'] === 'tcp'),
          'netstat_user_sockets',
          ...['user', 'family', 'state'],
        ),
      );
      for (const rows of [moment.ss.tcp, moment.netstat.tcp]) {
        const counts = new Map<string, number>();
        for (const { uid, inode, family, state } of rows) {
          // Of what has no inode the kernel may have forgotten whose it was, and then says root.
          const user = uid === 0 && inode === 0 ? '' : (names.get(uid) ?? String(uid));
          count(counts, key(user, family, state));
        }
        assertSame(ours, counts);
      }
      for (const user of ['nobody', 'daemon', '12345']) {
        assert.equal(ours.get(key(user, 'inet', 'CLOSE_WAIT')), 3, user);
        assert.equal(ours.get(key(user, 'inet6', 'CLOSE_WAIT')), 3, user);
      }
    });

    test('tcp by port: on the server side where something listens there, else by the port of the peer', () => {
      const samples = moment.samples.filter(({ labels }) => labels['protocol'] === 'tcp');
      const labels = ['family', 'port', 'state'] as const;
      const ofPort = aboveZero(valuesOf(samples, 'netstat_port_sockets', ...labels));
      const ofPeerPort = aboveZero(valuesOf(samples, 'netstat_peer_port_sockets', ...labels));
      for (const rows of [moment.ss.tcp, moment.netstat.tcp]) {
        const isServed = servedIn(rows);
        const server = new Map<string, number>();
        const client = new Map<string, number>();
        for (const row of rows) {
          if (isServed(row)) count(server, key(row.family, row.port, row.state));
          else count(client, key(row.family, nameOfPeerPort(row.peerPort), row.state));
        }
        assertSame(ofPort, server);
        assertSame(ofPeerPort, client);
      }
      assert.equal(ofPeerPort.get(key('inet', '20900', 'ESTABLISHED')), 40);
      assert.equal(ofPeerPort.get(key('inet', '20900', 'TIME_WAIT')), 6);
      assert.equal(ofPeerPort.get(key('inet6', '20900', 'ESTABLISHED')), 12);
    });

    test('ephemeral ports: the busiest peer as a share of the range that is set', () => {
      const { first, last } = ephemeralPorts;
      const size = last - first + 1;
      const { samples } = moment;
      assert.deepEqual(pick(samples, 'netstat_ephemeral_ports_limit'), { inet: size, inet6: size });
      for (const rows of [moment.ss.tcp, moment.netstat.tcp]) {
        const isServed = servedIn(rows);
        const busiest = { inet: 0, inet6: 0 };
        const tuples = new Map<string, number>();
        for (const row of rows) {
          if (isServed(row) || Number(row.port) < first || Number(row.port) > last) continue;
          const tuple = key(row.family, row.address, row.peerAddress, row.peerPort);
          count(tuples, tuple);
          busiest[row.family] = Math.max(busiest[row.family], tuples.get(tuple) ?? 0);
        }
        assert.deepEqual(pick(samples, 'netstat_ephemeral_port_peak_ratio'), {
          inet: busiest.inet / size,
          inet6: busiest.inet6 / size,
        });
        assert.deepEqual(busiest, { inet: 46, inet6: 15 });
      }
    });

    test('programs, users and ports add up to all sockets', () => {
      assertSums(moment.samples);
    });
  });

  /** In the order of a story: each test goes on where the one before it stopped. */
  describe('an exporter that is asked again and again', () => {
    let server: Awaited<ReturnType<typeof startServer>>;

    before(async () => {
      const [enter, ...rest] = namespace.inside(['env']);
      server = await startServer([enter, ...rest], settings);
    });
    after(() => server.stop());

    const asked = (query = ''): readonly Sample[] => {
      const [answer] = ask(namespace, 1, [server.url + query]);
      assert.equal(answer?.status, 200);
      return samplesIn(answer.body);
    };

    /** What owners.py says that its programs hold. */
    const assertHeld = (samples: readonly Sample[], { held }: Started): void => {
      for (const [role, { unread, read }] of Object.entries(held)) {
        const program = nameOf(role);
        assert.deepEqual(
          pick(samples, 'netstat_program_close_wait_sockets', { program }),
          { unread, read },
          role,
        );
        assert.equal(closeWaitOf(samples, program), unread + read, role);
      }
    };

    test('ages begin with the first scrape and grow with time', async () => {
      const before = performance.now();
      const first = asked();
      const between = performance.now();
      assertHeld(first, namespace.started());
      const ages = pick(first, 'netstat_program_close_wait_oldest_seconds');
      assert.ok(Object.keys(ages).length > 15);
      assert.ok(Object.values(ages).every(age => age === 0));

      await sleep(2500);
      const again = performance.now();
      const second = asked();
      const least = Math.floor((again - between) / 1000 - 1);
      const most = Math.ceil((performance.now() - before) / 1000 + 1);
      assertHeld(second, namespace.started());
      const grown = pick(second, 'netstat_program_close_wait_oldest_seconds');
      assert.deepEqual(Object.keys(grown).sort(), Object.keys(ages).sort());
      for (const role of Object.keys(namespace.started().held)) {
        const program = nameOf(role);
        // One of these programs is called as the remainder is, of which there may be none.
        if (program === 'other') continue;
        const age = grown[program] ?? NaN;
        assert.ok(age >= least && age <= most, `${role}: ${age}, not from ${least} to ${most}`);
      }
      for (const seconds of closeWaitAges) {
        const older = pick(second, 'netstat_program_close_wait_older_than_sockets', { seconds });
        assert.ok(Object.keys(older).length > 15);
        assert.ok(Object.values(older).every(sockets => sockets === 0));
      }
    });

    test('a socket that is passed on is, soon, of the process that has it now', async () => {
      const started = await namespace.tell('pass');
      let scrapes = 0;
      await eventually(() => {
        scrapes++;
        const samples = asked();
        assertHeld(samples, started);
        assert.equal(closeWaitOf(samples, 'late-giver') ?? 0, 0);
      }, SCRAPES_TO_NOTICE);
      assert.ok(scrapes <= SCRAPES_TO_NOTICE);
    });

    test('a shared socket is of the oldest that is left when the oldest ends', async () => {
      const started = await namespace.tell('bereave');
      await eventually(() => {
        const samples = asked();
        assertHeld(samples, started);
        assertRelieved(samples, 'sharing');
      }, SCRAPES_TO_NOTICE);
    });

    test('a program that ends goes on with 0, and one that is started again goes on with its own', async () => {
      await namespace.tell('end');
      for (let scrapes = 0; scrapes < 3; scrapes++) assertRelieved(asked(), 'leaver');

      const started = await namespace.tell('restart');
      const samples = asked();
      assertHeld(samples, started);
      assert.equal(one(samples, 'netstat_program_close_wait_oldest_seconds', { program: 'leaver' }), 0);
    });

    test('nothing is lost or mistaken beside hundreds of short-lived processes', async () => {
      const started = await namespace.tell('churn');
      let answers: readonly Answer[];
      try {
        answers = ask(namespace, 12, [server.url]);
      } finally {
        await namespace.tell('calm');
      }
      for (const { status, body } of answers) {
        assert.equal(status, 200);
        assertWell(samplesIn(body));
      }
      const mistakes = answers.flatMap(({ body }) => {
        try {
          assertHeld(samplesIn(body), started);
          return [];
        } catch (error) {
          return [error];
        }
      });
      // When a socket ends at which the kernel was about to go on with a table, it lists some that it has listed before.
      if (mistakes.length > LISTED_TWICE_LIMIT) throw mistakes[0];
      const { ended = 0 } = namespace.started();
      assert.ok(ended > 200, `only ${ended} processes`);
    });

    test('the collector of owners alone says the same as with all others', async () => {
      await eventually(() => {
        const answers = ask(namespace, 2, [server.url, `${server.url}?collect[]=programs`]).slice(-2);
        const [all = [], alone = []] = answers.map(({ body }) =>
          samplesIn(body)
            .filter(isOfOwners)
            .map(({ name, labels, value }) => [name, labels, / age|_seconds$/.test(name) ? 0 : value]),
        );
        assert.ok(all.length > 100);
        assert.deepEqual(alone, all);
      });
    });

    test('all of it still is what the tools say, and nothing was logged', async () => {
      await eventually(() => {
        const samples = asked();
        const scene = new Set(Object.keys(namespace.started().programs).map(Number));
        const isOfScene = ({ pid }: SocketRow) => pid !== undefined && scene.has(pid);
        const names = namesOfScene();
        for (const rows of [tcpOfSs(namespace), tcpOfNetstat(namespace)]) {
          assertSame(
            programSockets(samples, ({ protocol, program = '' }) => protocol === 'tcp' && names.has(program)),
            byProgram(rows.filter(isOfScene), samples),
          );
        }
        assertSums(samples);
      });
      assert.deepEqual(complaintsIn(server.printed()), []);
    });
  });

  describe('asked as nobody', () => {
    let server: Running;
    /** Nothing moved meanwhile. */
    let moment: {
      readonly asNobody: readonly Sample[];
      readonly asRoot: readonly Sample[];
      readonly kernel: readonly SocketRow[];
    };

    before(async () => {
      const [enter, ...rest] = namespace.inside(
        nobody.exporter(['serve', settings, '--web.listen-address=127.0.0.1:0']),
      );
      server = await start([enter, ...rest], /msg=listening address=(\S+)/);
      await eventually(() => {
        const kernel = allOfKernel(namespace);
        const asNobody = samplesIn(run(namespace.inside(nobody.exporter(['scrape', settings]))).stdout);
        moment = { asNobody, asRoot: scrape(), kernel };
        assert.deepEqual(allOfKernel(namespace), kernel, 'things move');
      });
    });
    after(() => server.stop());

    test('the sockets of nobody have their program, those of others have none for want of permission', () => {
      const { kernel, asNobody } = moment;
      const own = kernel.filter(({ pid }) => pid !== undefined && isOfNobody(pid));
      assert.ok(own.length > 10);
      const foreign = kernel.filter(row => row.pid !== undefined && !own.includes(row));
      const seen = kernel.map(row => (own.includes(row) ? row : { ...row, pid: undefined }));
      const names = namesOfScene().add('');
      assertSame(
        programSockets(asNobody, ({ program = '' }) => names.has(program)),
        byProgram(
          seen.filter(({ pid }) => pid !== server.pid),
          asNobody,
        ),
      );
      assert.deepEqual(pick(asNobody, 'netstat_program_close_wait_sockets', { program: 'nobodys' }), {
        unread: 3,
        read: 3,
      });
      assert.deepEqual(pick(asNobody, 'netstat_sockets_without_owner'), {
        kernel: kernel.filter(({ pid }) => pid === undefined).length,
        permission: foreign.length,
        budget: 0,
        vanished: 0,
      });
    });

    /** The server beside is its own as well. */
    const isOfNobody = (pid: number): boolean =>
      pid === server.pid || namespace.started().programs[pid]?.role === 'nobodys';

    test('users, ports and all sockets are the same as for root', () => {
      const isSame = ({ name }: Sample): boolean =>
        /^netstat_(sockets|close_wait_sockets|(user|port|peer_port)_sockets|ephemeral_.*)$/.test(name);
      const theirs = moment.asNobody.filter(isSame);
      assert.ok(theirs.length > 100);
      assert.deepEqual(theirs, moment.asRoot.filter(isSame));
    });

    test('programs, users and ports still add up to all sockets', () => {
      assertSums(moment.asNobody);
    });

    test('every scrape tells of the loss, and the log does once', async () => {
      const address = server.ready[1] ?? '';
      for (const { status, body } of ask(namespace, 4, [`http://${address}/metrics`])) {
        assert.equal(status, 200);
        const lost = one(samplesIn(body), 'netstat_sockets_without_owner', { reason: 'permission' });
        assert.ok((lost ?? 0) > 100);
      }
      // What comes late is seen as well.
      await sleep(300);
      const warnings = server
        .printed()
        .split('\n')
        .filter(line => line.includes('level=warn') && /collector=programs( |$)/.test(line));
      assert.equal(warnings.length, 1, server.printed());
    });
  });

  /** What a program goes by, which owners.py has called so. */
  const nameOf = (role: string): string => {
    const program = Object.values(namespace.started().programs).find(each => each.role === role);
    assert.ok(program !== undefined, role);
    return labelOf(program.name);
  };

  /** Of the process without a name it is not said what it is called: it has the one name that no other has. */
  const programOf = ({ pid }: Pick<SocketRow, 'pid'>, samples: readonly Sample[]): string => {
    if (pid === undefined) return '';
    const { programs } = namespace.started();
    const program = programs[pid];
    assert.ok(program !== undefined, `not of the scene: ${pid}`);
    if (program.role !== NAMELESS_ROLE) return labelOf(program.name);
    const known = namesOfScene();
    const exposed = [...valuesOf(samples, 'netstat_program_sockets', 'program').keys()];
    return (
      exposed
        .map(each => (JSON.parse(each) as string[])[0] ?? '')
        .find(each => each !== '' && !known.has(each)) ?? ''
    );
  };

  const namesOfScene = (): Set<string> =>
    new Set(
      Object.values(namespace.started().programs)
        .filter(({ role }) => role !== NAMELESS_ROLE)
        .map(({ name }) => labelOf(name)),
    );

  const byProgram = (rows: readonly SocketRow[], samples: readonly Sample[]): ReadonlyMap<string, number> => {
    const counts = new Map<string, number>();
    for (const row of rows) {
      count(counts, key(programOf(row, samples), row.family, row.protocol, row.state));
    }
    return counts;
  };
});

/**
 * Bytes in hexadecimal as our label has them: UTF-8, or with what is beyond ASCII spelt out, and what is invisible as its
 * number. Tests read a byte as a character.
 */
const labelOf = (hex: string): string => {
  const bytes = Buffer.from(hex, 'hex');
  const text = bytes.toString();
  const isUtf8 = Buffer.from(text).equals(bytes);
  const spelt = isUtf8 ? text : bytes.toString('latin1').replace(/[\x80-\xff]/g, each => `\\x${hexOf(each)}`);
  const visible = spelt.replace(/[\p{Cc}\p{Cf}]/gu, each => `\\u{${hexOf(each)}}`);
  return Buffer.from(visible).toString('latin1');
};

const hexOf = (character: string): string => character.codePointAt(0)?.toString(16) ?? '';

const key = (...parts: readonly string[]): string => JSON.stringify(parts);

const count = <Key>(counts: Map<Key, number>, each: Key, amount = 1): void => {
  counts.set(each, (counts.get(each) ?? 0) + amount);
};

/** The values of a family by these labels, added up over the others. */
const valuesOf = (
  samples: readonly Sample[],
  name: string,
  ...labels: readonly string[]
): ReadonlyMap<string, number> => {
  const values = new Map<string, number>();
  for (const sample of samples) {
    if (sample.name !== name) continue;
    count(values, key(...labels.map(label => sample.labels[label] ?? '')), sample.value);
  }
  return values;
};

/** Where not every combination is exposed, zeros are where a CLOSE_WAIT is looked out for, or lately was something. */
const aboveZero = (values: ReadonlyMap<string, number>): ReadonlyMap<string, number> =>
  new Map([...values].filter(([, value]) => value !== 0));

const programSockets = (
  samples: readonly Sample[],
  isMeant: (labels: Readonly<Record<string, string>>) => boolean,
): ReadonlyMap<string, number> =>
  aboveZero(
    valuesOf(
      samples.filter(({ labels }) => isMeant(labels)),
      'netstat_program_sockets',
      ...['program', 'family', 'protocol', 'state'],
    ),
  );

/** What differs is all that is shown. */
const assertSame = (ours: ReadonlyMap<string, number>, theirs: ReadonlyMap<string, number>): void => {
  const keys = [...new Set([...ours.keys(), ...theirs.keys()])].sort();
  const different = keys
    .filter(each => ours.get(each) !== theirs.get(each))
    .map(each => `${each}: ours is ${ours.get(each) ?? 'none'}, theirs ${theirs.get(each) ?? 'none'}`);
  assert.deepEqual(different, []);
};

/** A server that listens no more has peers on ports of theirs that mean nothing. */
const nameOfPeerPort = (port: string): string =>
  Number(port) >= ephemeralPorts.first && Number(port) <= ephemeralPorts.last ? 'other' : port;

/** Whether something listens on the local port of a row. */
const servedIn = (rows: readonly TcpRow[]): ((row: TcpRow) => boolean) => {
  const served = new Set(
    rows.filter(({ state }) => state === 'LISTEN').map(({ family, port }) => `${family} ${port}`),
  );
  return ({ family, port }) => served.has(`${family} ${port}`);
};

const closeWaitOf = (samples: readonly Sample[], program: string): number | undefined => {
  const values = pick(samples, 'netstat_program_sockets', { program, state: 'CLOSE_WAIT' });
  return Object.keys(values).length === 0 ? undefined : sum(Object.values(values));
};

/** Every family of CLOSE_WAIT goes on for the program, as 0. */
const assertRelieved = (samples: readonly Sample[], program: string): void => {
  assert.equal(closeWaitOf(samples, program), 0);
  assert.deepEqual(pick(samples, 'netstat_program_close_wait_sockets', { program }), { unread: 0, read: 0 });
  assert.deepEqual(
    pick(samples, 'netstat_program_close_wait_older_than_sockets', { program }),
    Object.fromEntries(closeWaitAges.map(seconds => [seconds, 0])),
  );
  assert.equal(one(samples, 'netstat_program_close_wait_oldest_seconds', { program }), 0);
  assert.equal(one(samples, 'netstat_program_close_wait_descriptor_ratio', { program }), 0);
};

const assertWell = (samples: readonly Sample[]): void => {
  const success = pick(samples, 'netstat_scrape_collector_success');
  assert.ok(Object.values(success).every(value => value === 1));
  const skipped = pick(samples, 'netstat_scrape_collector_skipped_lines');
  assert.ok(Object.values(skipped).every(value => value === 0));
  assert.deepEqual(pick(samples, 'netstat_scrape_collector_failure_info'), {});
};

const assertSums = (samples: readonly Sample[]): void => {
  const labels = ['family', 'protocol', 'state'] as const;
  const all = (isMeant: (labels: Readonly<Record<string, string>>) => boolean) =>
    aboveZero(
      valuesOf(
        samples.filter(sample => isMeant(sample.labels)),
        'netstat_sockets',
        ...labels,
      ),
    );
  const isInet = (family: string): boolean => family === 'inet' || family === 'inet6';
  assertSame(
    aboveZero(valuesOf(samples, 'netstat_program_sockets', ...labels)),
    all(({ family = '' }) => isInet(family) || family === 'unix'),
  );
  assertSame(
    aboveZero(valuesOf(samples, 'netstat_user_sockets', ...labels)),
    all(({ family = '' }) => isInet(family)),
  );
  const byPort = samples
    .filter(({ name }) => /^netstat_(peer_)?port_sockets$/.test(name))
    .map(sample => ({ ...sample, name: 'by port' }));
  for (const protocol of ['tcp', 'udp']) {
    assertSame(
      aboveZero(
        valuesOf(
          byPort.filter(sample => sample.labels['protocol'] === protocol),
          'by port',
          ...labels,
        ),
      ),
      all(each => isInet(each['family'] ?? '') && each['protocol'] === protocol),
    );
  }
};
