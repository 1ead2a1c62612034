// Protects: circuits of others are counted as rows, those of which one half is gone among them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roseRoutes, x25Forward } from '../../../src/collectors/legacy/forwarded-circuits.ts';
import { lines, samplesOf } from '../reading.ts';

const roseHeader = 'lci  address     callsign   neigh  <-> lci  address     callsign   neigh';

test('a circuit of ROSE is a row, whose channels are hexadecimal and whose halves may be gone', () => {
  const text = lines(
    roseHeader,
    '00A  2080175520  F6BVP-9    00002      001  2080175524  F4BWT-0    00003',
    '000  *           *          00000      0FF  2080175524  F4BWT-0    00003',
  );
  assert.deepEqual(samplesOf(roseRoutes, text), ['forwarded_circuits{family="rose"} 2']);
});

test('a circuit of X.25 is a row, whose channel is decimal', () => {
  const text = lines('lci dev1       dev2', '4095 x25tap0    x25tap1   ');
  assert.deepEqual(samplesOf(x25Forward, text), ['forwarded_circuits{family="x25"} 1']);
});

test('a table without rows says that there is none', () => {
  assert.deepEqual(samplesOf(roseRoutes, lines(roseHeader)), ['forwarded_circuits{family="rose"} 0']);
  assert.deepEqual(samplesOf(x25Forward, lines('lci dev1       dev2')), [
    'forwarded_circuits{family="x25"} 0',
  ]);
});
