// Protects: a file that fails half way, for want of memory or for the disk, tells nothing, and counters go on from where they were.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collectors } from '../../src/collectors/index.ts';
import { memory, type Source } from '../../src/procfs/source.ts';
import { createMemories } from '../../src/snapshot/memory.ts';
import { hostNames, machineOf } from '../hosts.ts';
import { capturedFile, everything, readSource, type AnyCollector } from './reading.ts';

/** Those that have lines of their own. */
const all = collectors.filter(({ ofSockets }: AnyCollector) => ofSockets !== true);

/** Gives one half of the file, and then what a read that fails throws. */
const failingSource = (source: Source, bytes: Buffer, code: string): Source => {
  function* half(): Iterable<Uint8Array> {
    yield bytes.subarray(0, bytes.length / 2);
    throw Object.assign(new Error(`${code}: it said no, read`), { code });
  }
  return { ...source, open: half, attributes: half, everyFile: half };
};

test('half a file is told as a failure and as nothing else, and the next reading goes on as if it had not been', () => {
  for (const collector of all) {
    for (const host of hostNames) {
      const bytes = capturedFile(collector, host);
      if (bytes === undefined) continue;
      const source = memory({ [collector.file]: bytes }, machineOf(host));
      const remembered = createMemories()(collector.name);
      const tell = (from: Source) => readSource(collector, from, everything, remembered);
      const before = tell(source);
      for (const code of ['EIO', 'ENOMEM']) {
        const { report, samples } = tell(failingSource(source, bytes, code));
        assert.equal(report, `failed io: ${collector.file}: ${code}: it said no, read`);
        assert.deepEqual(samples, []);
        assert.deepEqual(tell(source).samples, before.samples, `${collector.name} of ${host}`);
      }
    }
  }
});
