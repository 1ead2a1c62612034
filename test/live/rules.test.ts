// Protects: Prometheus and Alertmanager take what is in deploy/prometheus, and every alert does in each of its scenes what is told of it there.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { needs } from '../needs.ts';
import { run } from './programs.ts';
import { deployFolder } from './prometheus.ts';

const filesIn = (folder: string, ending: string): readonly string[] =>
  readdirSync(folder)
    .filter(name => name.endsWith(ending))
    .sort();

describe('the rules', needs({ tools: ['promtool', 'amtool'] }), () => {
  const accepts = (...command: readonly [program: string, ...args: string[]]): void => {
    const { status, stdout, stderr } = run(command);
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /SUCCESS/);
  };

  for (const file of filesIn(deployFolder, '.rules.yml')) {
    test(`${file}: promtool check rules has nothing to say`, () => {
      accepts('promtool', 'check', 'rules', '--lint=all', '--lint-fatal', join(deployFolder, file));
    });
  }

  test('the examples are configurations', () => {
    accepts('promtool', 'check', 'config', join(deployFolder, 'prometheus.yaml'));
    accepts('amtool', 'check-config', join(deployFolder, 'alertmanager.yaml'));
  });

  for (const file of filesIn(join(deployFolder, 'tests'), '.test.yml')) {
    test(`${file}: promtool test rules`, () => {
      accepts('promtool', 'test', 'rules', join(deployFolder, 'tests', file));
    });
  }
});
