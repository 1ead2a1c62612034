// Protects: connections that are only announced count by IP version and protocol, in both layouts of the file.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conntrackExpect } from '../../../src/collectors/conntrack/expect.ts';
import { ROWS_LIMIT } from '../../../src/collectors/conntrack/entries.ts';
import { memory } from '../../../src/procfs/source.ts';
import { countedIn, lines, littleEndian, readSource, samplesOf } from '../reading.ts';

const expected = (family: string, protocol: string, count: number): string =>
  `conntrack_expectations{family="${family}",protocol="${protocol}"} ${count}`;

test('expectations count by IP version and protocol, with and without an end', () => {
  const text = lines(
    '281 l3proto = 2 proto=6 src=10.10.1.2 dst=10.10.2.2 sport=0 dport=51210 ftp',
    '12 l3proto = 2 proto=6 src=10.10.1.3 dst=10.10.2.2 sport=0 dport=51211 ftp',
    '- l3proto = 10 proto=17 src=fd10:0001:0000:0000:0000:0000:0000:0002 dst=fd10:0002:0000:0000:0000:0000:0000:0002 sport=0 dport=5060 PERMANENT sip',
    '17 l3proto = 2 proto=47 src=10.10.1.2 dst=10.10.2.2 srckey=0x0 dstkey=0x7 pptp',
    '17 l3proto = 2 proto=89 src=10.10.1.2 dst=10.10.2.2',
  );
  assert.deepEqual(countedIn(conntrackExpect, text), [
    expected('inet', 'gre', 1),
    expected('inet', 'other', 1),
    expected('inet', 'tcp', 2),
    expected('inet6', 'udp', 1),
  ]);
});

test('where nothing is expected every protocol is 0, over both IP versions', () => {
  const samples = samplesOf(conntrackExpect, '');
  assert.equal(samples.length, 16);
  assert.ok(samples.every(sample => sample.endsWith(' 0')));
});

test('ip_conntrack_expect is of IPv4 alone', () => {
  const text = lines('251 proto=6 src=203.0.113.51 dst=203.0.113.1 sport=0 dport=1181 ');
  const source = memory({ 'net/ip_conntrack_expect': text }, littleEndian);
  const { report, samples, counted } = readSource(conntrackExpect, source);
  assert.equal(report, 'ok');
  assert.deepEqual(counted, [expected('inet', 'tcp', 1)]);
  assert.equal(samples.length, 8);
});

test('more expectations than the limit say nothing, not a part', () => {
  const page = Buffer.from('- proto=6 src=a dst=b\n'.repeat(1000));
  function* tooMuch(): Iterable<Uint8Array> {
    for (let rows = 0; rows <= ROWS_LIMIT; rows += 1000) yield page;
  }
  const { report } = readSource(conntrackExpect, { ...memory({}, littleEndian), open: tooMuch });
  assert.equal(
    report,
    `failed limit: net/nf_conntrack_expect:${ROWS_LIMIT + 1}: more than ${ROWS_LIMIT} rows`,
  );
});
