// Protects: docs/licences.md is what is installed with the program, and all of it may be passed on with no more than its text.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from './hosts.ts';
import { libraries, licencesPage } from './licences.ts';

const page = join(root, 'docs', 'licences.md');
const all = libraries();

test('docs/licences.md lists what package-lock.json has for users', () => {
  if (process.env['UPDATE'] === '1') writeFileSync(page, licencesPage(all));
  assert.equal(readFileSync(page, 'utf8'), licencesPage(all));
});

test('every dependency of the manifest is among them, and no tool of ours', () => {
  const { dependencies, optionalDependencies, devDependencies } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  ) as Readonly<Record<string, Readonly<Record<string, string>>>>;
  const names = all.map(({ name }) => name);
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    assert.ok(names.includes(name), name);
  }
  for (const name of Object.keys({ ...devDependencies })) assert.ok(!names.includes(name), name);
});

test('every library names a licence that asks for its text and no more', () => {
  const permissive = ['Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'];
  assert.deepEqual(
    all.filter(({ license }) => !permissive.includes(license ?? '')),
    [],
  );
});

test('what is installed here says of itself what the list says', () => {
  let found = 0;
  for (const { name, version, license } of all) {
    const folder = join(root, 'node_modules', name);
    // Another version may lie above the one that a library has for itself, and those for other machines are not there.
    if (!existsSync(folder)) continue;
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    if (manifest['version'] !== version) continue;
    found++;
    assert.equal(manifest['license'], license, name);
    assert.ok(
      readdirSync(folder).some(file => /^(licen[cs]e|readme)/i.test(file)),
      `${name} has no text of its licence`,
    );
  }
  assert.ok(found > all.length / 2, `${found} of ${all.length}`);
});
