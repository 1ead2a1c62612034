// Protects: promtool, which knows the conventions for metrics, has nothing to say of any scrape of ours, without exemption.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runLoaded } from '../commands/run.ts';
import { hostFolder, hostNames } from '../hosts.ts';
import { needs } from '../needs.ts';
import { complaintsIn, run } from './programs.ts';

const hosts = [
  ...hostNames.map(host => ({
    host,
    places: [
      `--path.procfs=${join(hostFolder(host), 'proc')}`,
      `--path.sysfs=${join(hostFolder(host), 'sys')}`,
    ],
  })),
  { host: 'this machine', places: [] },
];

describe('promtool check metrics', needs({ tools: ['promtool'] }), () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'netstat-exporter-'));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  for (const tier of ['default', 'all']) {
    for (const { host, places } of hosts) {
      test(`${host}, tier ${tier}`, async () => {
        const config = join(folder, `${tier}.yaml`);
        writeFileSync(config, `statistics: { tier: ${tier} }\n`);
        const scrape = await runLoaded('scrape', `--config.file=${config}`, ...places);
        assert.equal(scrape.status, 0);
        assert.deepEqual(complaintsIn(scrape.stderr), []);
        assert.match(scrape.stdout, /^netstat_scrape_collector_success\{collector="tcp"\} 1$/m);
        const bytes = Buffer.from(scrape.stdout).toString('latin1');
        const { status, stdout, stderr } = run(['promtool', 'check', 'metrics'], bytes);
        assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' });
      });
    }
  }
});
