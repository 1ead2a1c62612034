// Protects: SCTP endpoints count by IP version, whichever addresses they have.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sctpEps } from '../../../src/collectors/sockets/sctp-eps.ts';
import { inMemory, socketsFrom } from '../../rows.ts';
import { countedIn, lines, read, samplesOf } from '../reading.ts';

const header = ' ENDPT     SOCK   STY SST HBKT LPORT   UID INODE LADDRS';
const row = (socketState: number, ...addresses: readonly string[]): string =>
  `ffff0001 ffff0002 2   ${socketState}  29   36412    0 31457 ${addresses.map(each => `${each} `).join('')}`;
const sockets = (family: string, state: string, count: number): string =>
  `sockets{family="${family}",protocol="sctp",state="${state}"} ${count}`;
const loopback6 = '0000:0000:0000:0000:0000:0000:0000:0001';

test('a table without endpoints exposes both IP versions', () => {
  assert.deepEqual(samplesOf(sctpEps, lines(header)), [
    sockets('inet', 'LISTEN', 0),
    sockets('inet', 'other', 0),
    sockets('inet6', 'LISTEN', 0),
    sockets('inet6', 'other', 0),
  ]);
});

test('one address of IPv6 makes it an endpoint of IPv6', () => {
  const text = lines(
    header,
    row(10, '127.0.0.1'),
    row(10, '192.0.2.1', '192.0.2.2'),
    row(10, loopback6),
    row(10, '192.0.2.1', loopback6),
    row(10, loopback6, '192.0.2.1'),
  );
  assert.deepEqual(countedIn(sctpEps, text), [sockets('inet', 'LISTEN', 2), sockets('inet6', 'LISTEN', 3)]);
});

test('one that does not listen is another one, in whatever state', () => {
  const text = lines(header, row(10, '127.0.0.1'), row(7, '127.0.0.1'), row(99, loopback6));
  assert.deepEqual(countedIn(sctpEps, text), [
    sockets('inet', 'LISTEN', 1),
    sockets('inet', 'other', 1),
    sockets('inet6', 'other', 1),
  ]);
});

test('a padded pointer begins with a blank, and a hidden one is zero', () => {
  const text = lines(
    header,
    '45b78b39  bb82a86 0   10  34   2908      0 12991 0.0.0.0 ',
    '       0        0 0   10  34   2908      0 12991 0.0.0.0 ',
  );
  assert.deepEqual(countedIn(sctpEps, text), [sockets('inet', 'LISTEN', 2)]);
});

test('the first kernels print neither user nor inode', () => {
  const text = lines(
    ' ENDPT     SOCK   STY SST HBKT LPORT LADDRS',
    'c1a2b3c4 c1a2b3c5 2   10  29   36412 192.0.2.1 192.0.2.2 ',
  );
  assert.deepEqual(countedIn(sctpEps, text), [sockets('inet', 'LISTEN', 1)]);
});

test('no address, and what is none, cannot be told to be of any IP version', () => {
  const { report, counted } = read(
    sctpEps,
    lines(header, row(10), row(10, '192.0.2.1', 'here'), row(10, '192.0.2.1')),
  );
  assert.equal(
    report,
    'ok, 2 skipped: net/sctp/eps:2: field 9: expected an address; ' +
      'net/sctp/eps:3: field 10: expected an address, found "here"',
  );
  assert.deepEqual(counted, [sockets('inet', 'LISTEN', 1)]);
});

test('a table without addresses is not one that we read', () => {
  const { report, samples } = read(sctpEps, lines(' ENDPT     SOCK   STY SST HBKT LPORT   UID INODE'));
  assert.equal(report, 'failed parse: net/sctp/eps:1: no column "LADDRS" in the header');
  assert.deepEqual(samples, []);
});

const shown = (...text: readonly string[]) =>
  socketsFrom(inMemory('net/sctp/eps', lines(...text)), 'sctp_eps').rows;

test('an endpoint has its port, its user, and all addresses in their shortest form', () => {
  const [socket] = shown(header, row(10, '192.0.2.1', '2001:0db8:0000:0000:0000:0000:0000:0007'));
  const { family, protocol, state, isServer, local, localPort, remote, remotePort, uid, inode, detail } =
    socket ?? assert.fail();
  assert.deepEqual(
    [family, protocol, state, isServer, local, localPort, remote, remotePort, uid, inode],
    ['inet6', 'sctp', 'LISTEN', true, '192.0.2.1', 36412, '', undefined, 0, 31457],
  );
  assert.deepEqual(detail, {
    ...{ kind: 'sctp', localAddresses: ['192.0.2.1', '2001:db8::7'], remoteAddresses: [] },
  });
});

test('what does not listen is no server, and what the first kernels do not print is not told', () => {
  const [socket] = shown(
    ' ENDPT     SOCK   STY SST HBKT LPORT LADDRS',
    'c1a2b3c4 c1a2b3c5 2   7  29   36412 192.0.2.1 ',
  );
  assert.deepEqual(
    [socket?.state, socket?.isServer, socket?.localPort, socket?.uid, socket?.inode, socket?.receiveQueue],
    ['other', false, 36412, undefined, undefined, undefined],
  );
});

test('what looks like an address and is none is shown as it stands', () => {
  assert.equal(shown(header, row(10, 'a:b'))[0]?.local, 'a:b');
});
