// Protects: users are called as the host's own list calls them, and by number wherever that list would lie.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createUserNames } from '../../src/procfs/users.ts';

function listOf(t: TestContext, content: string | Buffer): string {
  const folder = mkdtempSync(join(tmpdir(), 'users-'));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  const list = join(folder, 'passwd');
  writeFileSync(list, content);
  return list;
}

const list =
  'root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33::/var/www:/bin/false\ntoor:x:0:0::/root:/bin/sh\n';

test('a user is called by its first name in the list, and by number where the list does not have it', t => {
  const nameOf = createUserNames('/proc', listOf(t, list));
  assert.deepEqual([0, 33, 34, 4_294_967_294].map(nameOf), ['root', 'www-data', '34', '4294967294']);
});

test('nobody in particular has no name', t => {
  assert.equal(createUserNames('/proc', listOf(t, list))(-1), '');
});

test('beside the proc of another host every user is a number', t => {
  assert.equal(createUserNames('/host/proc', listOf(t, list))(33), '33');
  assert.equal(createUserNames('/proc/', listOf(t, list))(33), 'www-data');
});

test('without a list, and with a folder in its place, every user is a number', t => {
  assert.equal(createUserNames('/proc', '/there/is/no/list')(0), '0');
  assert.equal(createUserNames('/proc', join(listOf(t, list), '..'))(0), '0');
});

test('lines that are none of a user are no users', t => {
  const nameOf = createUserNames(
    '/proc',
    listOf(t, '+::::::\n#x:y\n:x:1:\nhalf:x:2\nok:x:3:3:::\nnaïve:x:4:4\n'),
  );
  assert.deepEqual([0, 1, 2, 3, 4].map(nameOf), ['0', '1', '2', 'ok', 'naïve']);
});

test('a name that is no UTF-8 comes as text and spoils no other', t => {
  const nameOf = createUserNames(
    '/proc',
    listOf(t, Buffer.from('b\xf6b:x:1:1:\nj\xc3\xbcrg:x:2:2:\n', 'latin1')),
  );
  assert.deepEqual([1, 2].map(nameOf), ['b\\xf6b', 'jürg']);
});

test('a user who is added while the program runs gets a name', t => {
  const file = listOf(t, list);
  const nameOf = createUserNames('/proc', file);
  assert.equal(nameOf(1000), '1000');
  writeFileSync(file, `${list}shop:x:1000:1000:::\n`);
  utimesSync(file, 1, 1);
  assert.equal(nameOf(1000), 'shop');
  rmSync(file);
  assert.equal(nameOf(1000), '1000');
});

test('of a list of gigabytes no more than a bounded part is read, and no half line', t => {
  const line = `${'x'.repeat(100)}:x:7:7:::\n`;
  const nameOf = createUserNames('/proc', listOf(t, `first:x:1:1:::\n${line.repeat(50_000)}last:x:2:2:::\n`));
  assert.deepEqual([1, 2].map(nameOf), ['first', '2']);
});

test('this host has a root', () => {
  assert.equal(createUserNames('/proc')(0), 'root');
});
