// Protects: how full the table is can be told wherever the kernel tells it, and also by those who may not see the entries.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conntrack } from '../../../src/collectors/conntrack/conntrack.ts';
import { conntrackCount, conntrackMax } from '../../../src/collectors/conntrack/table.ts';
import { memory } from '../../../src/procfs/source.ts';
import { littleEndian, readSource } from '../reading.ts';

const forbidden = (): never => {
  throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
};

test('entries and limit are told to everybody, the connections to root alone', () => {
  const source = memory(
    {
      'net/nf_conntrack': forbidden,
      'sys/net/netfilter/nf_conntrack_count': '49\n',
      'sys/net/netfilter/nf_conntrack_max': '262144\n',
    },
    littleEndian,
  );
  assert.deepEqual(readSource(conntrackCount, source).samples, ['conntrack_table_entries 49']);
  assert.deepEqual(readSource(conntrackMax, source).samples, ['conntrack_table_limit 262144']);
  const { outcome } = readSource(conntrack, source);
  assert.equal(outcome.status === 'failed' ? outcome.reason : outcome.status, 'permission');
});

test('older kernels have them elsewhere', () => {
  const limitIn = (file: string): readonly string[] =>
    readSource(conntrackMax, memory({ [file]: '16376\n' }, littleEndian)).samples;
  assert.deepEqual(limitIn('sys/net/ipv4/netfilter/ip_conntrack_max'), ['conntrack_table_limit 16376']);
  assert.deepEqual(limitIn('sys/net/ipv4/ip_conntrack_max'), ['conntrack_table_limit 16376']);
  const count = { 'sys/net/ipv4/netfilter/ip_conntrack_count': '7\n' };
  assert.deepEqual(readSource(conntrackCount, memory(count, littleEndian)).samples, [
    'conntrack_table_entries 7',
  ]);
});

test('where nothing is tracked there is nothing to tell', () => {
  for (const collector of [conntrackCount, conntrackMax, conntrack]) {
    assert.equal(readSource(collector, memory({}, littleEndian)).report, 'absent');
  }
});
