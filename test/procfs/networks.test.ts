// Protects: networks are called as the host's own list calls them, and by address wherever that list would lie.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createNetworkNames } from '../../src/procfs/networks.ts';
import { needs } from '../needs.ts';

const listOf = (t: TestContext, content: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'networks-'));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  const list = join(folder, 'networks');
  writeFileSync(list, content);
  return list;
};

test('a network is called by its first name, with zeros or without', t => {
  const list = 'link-local 169.254.0.0\nseven 10.7 alias # remark\nagain 10.7.0.0\nten 10\n# none 1.0.0.0\n';
  const nameOf = createNetworkNames('/proc', listOf(t, list));
  assert.deepEqual(['169.254.0.0', '10.7.0.0', '10.0.0.0', '10.7.0.1', '1.0.0.0'].map(nameOf), [
    'link-local',
    'seven',
    'ten',
    undefined,
    undefined,
  ]);
});

test('lines that are none of a network are no networks', t => {
  const nameOf = createNetworkNames(
    '/proc',
    listOf(t, 'a\nb 10.\nc 1.2.3.4.5\nd fe80::\ne 0x0a\n10.0.0.0 f\n'),
  );
  for (const address of ['10.0.0.0', '1.2.3.4', '0.0.0.0']) assert.equal(nameOf(address), undefined);
});

test('beside the proc of another host, and without a list, no network has a name', t => {
  const list = listOf(t, 'ten 10.0.0.0\n');
  assert.equal(createNetworkNames('/host/proc', list)('10.0.0.0'), undefined);
  assert.equal(createNetworkNames('/proc', list)('10.0.0.0'), 'ten');
  assert.equal(createNetworkNames('/proc', '/there/is/no/list')('10.0.0.0'), undefined);
});

test('every network has the name that getent knows', needs({ tools: ['getent'] }), () => {
  const nameOf = createNetworkNames('/proc');
  const { stdout } = spawnSync('getent', ['networks'], { encoding: 'utf8', timeout: 20_000 });
  const seen = new Set<string>();
  for (const line of stdout.split('\n').slice(0, -1)) {
    const [name, address = ''] = line.split(/\s+/);
    if (!seen.has(address)) assert.equal(nameOf(address), name);
    seen.add(address);
  }
});
