// Protects: neighbours of NET/ROM, ROSE and AppleTalk by device, also where a device is not told or has no blank behind it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atalkArp } from '../../../src/collectors/legacy/atalk-arp.ts';
import { nrNeigh } from '../../../src/collectors/legacy/nr-neigh.ts';
import { roseNeigh } from '../../../src/collectors/legacy/rose-neigh.ts';
import { memory } from '../../../src/procfs/source.ts';
import { countedIn, familyIn, lines, littleEndian, readSource, samplesOf } from '../reading.ts';

test('a neighbour of NET/ROM that the operator locked is permanent', () => {
  const text = lines(
    'addr  callsign  dev  qual lock count failed digipeaters',
    '00002 REMOTE-3  bpq0  100    1     2      0 DIGI-1',
    '00001 TESTB-2   bpq0  128    0     2      3',
    '00003 TESTC-2   ???   128    0     0      0',
  );
  assert.deepEqual(
    samplesOf(nrNeigh, text),
    [
      'neighbours{family="netrom",device="",state="PERMANENT"} 0',
      'neighbours{family="netrom",device="",state=""} 1',
      'neighbours{family="netrom",device="bpq0",state="PERMANENT"} 1',
      'neighbours{family="netrom",device="bpq0",state=""} 1',
    ].toSorted(),
  );
});

test('kernel 2.0 counts no failures of a neighbour', () => {
  const text = lines('addr  callsign  dev  qual lock count', '00001 GB7DXM-0  ax0   192    0     1');
  assert.deepEqual(countedIn(nrNeigh, text), ['neighbours{family="netrom",device="ax0",state=""} 1']);
});

test('a neighbour of ROSE has no state, and the loopback among them no device', () => {
  const text = lines(
    'addr  callsign  dev  count use mode restart  t0  tf digipeaters',
    '00003 REMOTE-3  bpq0     1   1  DTE      no 166   0 DIGI-1',
    '00001 RSLOOP-0  ???      2   4  DCE     yes   0   0',
  );
  const before = lines(
    'addr  callsign  dev  count  restart   t0   tf',
    '00003 REMOTE-3  bpq0     1       no  166    0',
    '00001 RSLOOP-0  ???      2      yes    0    0',
  );
  for (const each of [text, before]) {
    assert.deepEqual(samplesOf(roseNeigh, each), [
      'neighbours{family="rose",device="",state=""} 1',
      'neighbours{family="rose",device="bpq0",state=""} 1',
    ]);
  }
});

const header = 'Address  Interface   Hardware Address   Expires LastSend  Retry Status';

test('AppleTalk has resolved, asks, or answers for others; what it says beyond that is counted apart', () => {
  const text = lines(
    header,
    'FF00:01  eth0        00:a0:c9:11:22:33    59.20                 resolved',
    'FF00:07  eth0        00:00:00:00:00:00     0.00     0.40      3 unresolved',
    'FF00:2A  ????        00:a0:c9:77:88:99   -5.-20                 proxies',
    'FF00:2B  eth1        00:a0:c9:77:88:99     0.00                 unknown',
  );
  assert.deepEqual(countedIn(atalkArp, text), [
    'neighbours{family="ddp",device="",state="PUBLISHED"} 1',
    'neighbours{family="ddp",device="eth0",state="COMPLETE"} 1',
    'neighbours{family="ddp",device="eth0",state="INCOMPLETE"} 1',
    'neighbours{family="ddp",device="eth1",state="other"} 1',
  ]);
  assert.equal(familyIn(samplesOf(atalkArp, text), 'neighbours').length, 12);
});

test('a long name of a device has no blank behind it', () => {
  const text = lines(
    header,
    'FF00:02  averyveryl0ng1500:a0:c9:11:22:44    12.75                 resolved',
    'FF00:03  \xc3\xbcnlongname12300:a0:c9:11:22:44     0.00     1.12      7 unresolved',
  );
  assert.deepEqual(countedIn(atalkArp, text), [
    'neighbours{family="ddp",device="averyveryl0ng15",state="COMPLETE"} 1',
    'neighbours{family="ddp",device="ünlongname123",state="INCOMPLETE"} 1',
  ]);
});

test('old kernels print decimal addresses, other columns and another word, in a file of their own', () => {
  const source = memory(
    {
      'net/aarp': lines(
        'address     device    hw addr              last_sent     expires xmit_count  status',
        ' 65280:1    eth0      00:A0:C9:11:22:33     8123456      8163456          1   resolved',
        ' 65280:7    eth0      00:00:00:00:00:00     8150000            0          3 unresolved',
        ' 65280:9    longname1000:A0:C9:44:55:66     8123456      8163456          1   resolved',
        ' 65280:42   eth0      00:A0:C9:77:88:99           0            0          0      proxy',
      ),
    },
    littleEndian,
  );
  const { report, counted } = readSource(atalkArp, source);
  assert.equal(report, 'ok');
  assert.deepEqual(counted, [
    'neighbours{family="ddp",device="eth0",state="COMPLETE"} 1',
    'neighbours{family="ddp",device="eth0",state="INCOMPLETE"} 1',
    'neighbours{family="ddp",device="eth0",state="PUBLISHED"} 1',
    'neighbours{family="ddp",device="longname10",state="COMPLETE"} 1',
  ]);
});
