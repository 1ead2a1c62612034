// Protects: Prometheus and Alertmanager take what is in deploy/prometheus, and every alert does in each of its scenes what is told of it there.
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { root } from '../hosts.ts';
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

  describe('the configurations in docs/fleet.md', () => {
    let folder: string;
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'netstat-exporter-'));
      // What they name stands beside them.
      for (const file of filesIn(deployFolder, '.rules.yml')) {
        copyFileSync(join(deployFolder, file), join(folder, file));
      }
      writeFileSync(join(folder, 'hosts.json'), '[]');
    });
    after(() => {
      rmSync(folder, { recursive: true });
    });

    const text = readFileSync(join(root, 'docs', 'fleet.md'), 'utf8');
    for (const [, yaml = ''] of text.matchAll(/^```yaml\n([^]*?)^```$/gm)) {
      test(`${yaml.split('\n')[0] ?? ''} …`, () => {
        const file = join(folder, 'prometheus.yml');
        writeFileSync(file, yaml);
        accepts('promtool', 'check', 'config', file);
      });
    }
  });

  for (const file of filesIn(join(deployFolder, 'tests'), '.test.yml')) {
    test(`${file}: promtool test rules`, () => {
      accepts('promtool', 'test', 'rules', join(deployFolder, 'tests', file));
    });
  }
});
