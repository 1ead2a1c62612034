// Protects: pages, ticks and byte order are those of the machine, as its C library tells them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { endianness } from 'node:os';
import { test } from 'node:test';
import { thisMachine } from '../../src/procfs/machine.ts';

const getconf = (name: string): number => Number(execFileSync('getconf', [name], { encoding: 'utf8' }));

test('this machine is what getconf says of it', () => {
  assert.deepEqual(thisMachine(), {
    byteOrder: endianness() === 'LE' ? 'little' : 'big',
    pageSizeBytes: getconf('PAGESIZE'),
    ticksPerSecond: getconf('CLK_TCK'),
  });
});
