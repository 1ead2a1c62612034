// Protects: the units of deploy/systemd are what systemd takes, shut in as far as they can be, and with no more rights than what is served needs.
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { root } from '../hosts.ts';
import { needs } from '../needs.ts';
import { ask, namespaceWithSockets } from './namespaces.ts';
import { createNobody } from './nobody.ts';
import { eventually, exporter, mainFile, output, run, start } from './programs.ts';
import { pick, samplesIn, sum } from './samples.ts';

const folder = join(root, 'deploy', 'systemd');
const unit = readFileSync(join(folder, 'netstat-exporter.service'), 'utf8');
const defaults = readFileSync(join(folder, 'netstat-exporter.default'), 'utf8');

/** All values of a key of the unit, in order. */
const valuesOf = (key: string): readonly string[] =>
  [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value = '']) => value);

/** What `systemd-analyze security` may find at most, in tenths: what it finds, so that nothing is opened unnoticed. */
const EXPOSURE_LIMIT = 23;

describe('the units', needs({ tools: ['systemd-analyze'] }), () => {
  const scratch = mkdtempSync(join(tmpdir(), 'netstat-exporter-'));
  after(() => {
    rmSync(scratch, { recursive: true });
  });

  const exposure = (text: string): ReturnType<typeof run> => {
    const file = join(scratch, 'exposed.service');
    writeFileSync(file, text);
    return run(['systemd-analyze', 'security', '--offline=true', `--threshold=${EXPOSURE_LIMIT}`, file]);
  };
  /** The program is not installed where the tests run: something that is stands in its place. */
  const verify = (text: string): string => {
    const files = ['netstat-exporter.service', 'netstat-exporter.socket'].map(name => join(scratch, name));
    writeFileSync(files[0] ?? '', text.replace('/usr/bin/netstat-exporter', process.execPath));
    copyFileSync(join(folder, 'netstat-exporter.socket'), files[1] ?? '');
    return run(['systemd-analyze', 'verify', '--man=no', ...files]).stderr;
  };

  test('are verified, and what is misspelt in them is found', () => {
    assert.equal(verify(unit), '');
    assert.match(verify(unit.replace('ProtectHome=', 'ProtectHoem=')), /Unknown key(?: name)? 'ProtectHoem'/);
    assert.match(verify(unit.replace('@system-service', '@system-servise')), /@system-servise/);
  });

  test('are shut in as far as they were, and what is opened is found', () => {
    const { status, stdout } = exposure(unit);
    assert.equal(status, 0, stdout);
    for (const line of [
      /^PrivateDevices=.*\n/m,
      /^RestrictAddressFamilies=.*\n/m,
      /^SystemCallFilter=.*\n/gm,
    ]) {
      assert.equal(exposure(unit.replace(line, '')).status, 1, String(line));
    }
    const more = unit.replaceAll('CAP_SYS_PTRACE ', 'CAP_SYS_PTRACE CAP_NET_ADMIN ');
    assert.equal(exposure(more).status, 1);
  });

  test('the capabilities that it may have are those that it has', () => {
    assert.deepEqual(valuesOf('AmbientCapabilities'), ['CAP_SYS_PTRACE CAP_DAC_READ_SEARCH']);
    assert.deepEqual(valuesOf('CapabilityBoundingSet'), valuesOf('AmbientCapabilities'));
  });
});

test('every line of the default file is one that the program takes', () => {
  const lines = [...defaults.matchAll(/^(?:# )?ARGS="(.*)"$/gm)].map(([, args = '']) => args);
  assert.equal(lines.length, 3);
  for (const args of lines) {
    const flags = args.split(' ').filter(flag => flag !== '' && !flag.startsWith('--config.file='));
    output(exporter('check', ...flags));
  }
  assert.deepEqual(valuesOf('EnvironmentFile'), ['-/etc/default/netstat-exporter']);
});

const capabilities = (valuesOf('AmbientCapabilities')[0] ?? '')
  .split(' ')
  .map(name => name.replace('CAP_', '').toLowerCase());

describe(
  'as another user with the capabilities of the unit',
  needs({ root: true, tools: ['unshare', 'nsenter', 'setpriv', 'mount', 'python3', 'ip', 'nft'] }),
  () => {
    let namespace: Awaited<ReturnType<typeof namespaceWithSockets>>;
    before(async () => {
      namespace = await namespaceWithSockets();
    });
    after(async () => {
      await namespace.stop();
    });

    const scrapeWith = (...names: readonly string[]) => {
      const user = createNobody(names);
      try {
        return samplesIn(run(namespace.inside(user.exporter(['scrape']))).stdout);
      } finally {
        user.remove();
      }
    };
    const tell = (samples: ReturnType<typeof scrapeWith>) => ({
      programs: pick(samples, 'netstat_program_sockets'),
      without: pick(samples, 'netstat_sockets_without_owner'),
      failed: pick(samples, 'netstat_scrape_collector_failure_info'),
      conntrack: pick(samples, 'netstat_conntrack_entries'),
    });

    test('it sees what root sees: owners of the sockets of others, and tracked connections', async () => {
      await eventually(() => {
        const told = tell(scrapeWith(...capabilities));
        assert.deepEqual(told, tell(samplesIn(output(namespace.inside(exporter('scrape'))))));
        assert.deepEqual(told.failed, {});
        assert.ok(Object.keys(told.programs).some(key => /python3|sockets/.test(key)));
      });
    });

    for (const lost of capabilities) {
      test(`without ${lost} it would not`, () => {
        const samples = scrapeWith(...capabilities.filter(name => name !== lost));
        const without = pick(samples, 'netstat_sockets_without_owner', { reason: 'permission' });
        assert.ok(sum(Object.values(without)) > 10);
      });
    }

    test('and it serves so', async t => {
      const user = createNobody(capabilities);
      t.after(() => {
        user.remove();
      });
      const [program, ...args] = namespace.inside(
        user.exporter(['serve', '--web.listen-address=127.0.0.1:0']),
      );
      const server = await start([program, ...args], /msg=listening address=(\S+)/);
      t.after(() => server.stop());
      const [answer] = ask(namespace, 1, [`http://${server.ready[1] ?? ''}/metrics`]);
      assert.equal(answer?.status, 200);
      assert.deepEqual(pick(samplesIn(answer.body), 'netstat_scrape_collector_failure_info'), {});
    });
  },
);

describe('the filter of system calls', needs({ tools: ['systemd-analyze', 'strace'] }), () => {
  /** V8 asks whether the processor has protection keys, and does without them. */
  const mayBeRefused = ['pkey_alloc'];

  /** Names of calls in a set, through the sets that it is made of. */
  const callsIn = (set: string): ReadonlySet<string> => {
    const lines = output(['systemd-analyze', 'syscall-filter', set])
      .split('\n')
      .map(line => line.trim())
      .filter(line => line !== '' && line !== set && !line.startsWith('#'));
    return new Set(lines.flatMap(line => (line.startsWith('@') ? [...callsIn(line)] : [line])));
  };

  test('lets through what a scrape calls', t => {
    const [allowed = '', refused = ''] = valuesOf('SystemCallFilter');
    const outside = callsIn(refused.replace('~', ''));
    const filter = new Set([...callsIn(allowed)].filter(call => !outside.has(call)));
    assert.ok(filter.has('openat') && filter.has('accept4') && !filter.has('capset') && !filter.has('mount'));

    const scratch = mkdtempSync(join(tmpdir(), 'netstat-exporter-'));
    t.after(() => {
      rmSync(scratch, { recursive: true });
    });
    const counted = join(scratch, 'calls');
    run(['strace', '-f', '-qq', '-c', '-U', 'name', '-o', counted, ...exporter('scrape')]);
    const [, ...calls] = readFileSync(counted, 'utf8')
      .split('\n')
      .map(line => line.trim())
      .filter(word => /^[a-z]\w*$/.test(word) && word !== 'total');
    assert.ok(calls.length > 30 && calls.includes('openat'), calls.join(' '));
    assert.deepEqual(
      calls.filter(call => !filter.has(call) && !mayBeRefused.includes(call)),
      [],
    );
  });
});

const hasSocketFlag = output(exporter('--help')).includes('--[no-]web.systemd-socket');

test(
  'the socket that systemd opens is the one that is served',
  hasSocketFlag
    ? needs({ tools: ['systemd-socket-activate'] })
    : { skip: 'this version has no --web.systemd-socket' },
  async t => {
    const socket = readFileSync(join(folder, 'netstat-exporter.socket'), 'utf8');
    assert.match(socket, /^ListenStream=10055$/m);
    const port = 20_000 + (process.pid % 10_000);
    const server = await start(
      [
        ...(['systemd-socket-activate', '-l', `127.0.0.1:${port}`, process.execPath, mainFile] as const),
        'serve',
        '--web.systemd-socket',
      ],
      /Listening on/,
    );
    t.after(() => server.stop());
    const response = await fetch(`http://127.0.0.1:${port}/-/healthy`);
    assert.equal(response.status, 200);
  },
);
