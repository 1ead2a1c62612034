// Protects: sockets of the internet stand in netstat's columns, whatever their addresses, ports and programs are called.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inetLine } from '../../../src/faces/netstat/inet.ts';
import { numbers, type Names } from '../../../src/faces/netstat/names.ts';
import type { SocketColumns } from '../../../src/faces/netstat/sockets.ts';
import type { KeptSocket } from '../../rows.ts';
import { socketOf } from './sockets.ts';

const plain: SocketColumns = { extended: false, programs: false, timers: false, wide: false };
const wide: SocketColumns = { ...plain, wide: true };

const tcp: Parameters<typeof socketOf>[0] = {
  ...{ family: 'inet', protocol: 'tcp', state: 'ESTABLISHED', receiveQueue: 0, sendQueue: 12 },
  ...{ local: '10.1.2.3', localPort: 22, remote: '10.1.2.9', remotePort: 41234, uid: 0, inode: 4711 },
};
const line = (changes: Partial<KeptSocket>, columns = plain, names: Names = numbers): string =>
  inetLine(socketOf({ ...tcp, ...changes }), columns, names, () => undefined);

const programCell = (command: string, columns = plain): string =>
  inetLine(socketOf(tcp), { ...columns, programs: true }, numbers, () => ({ pid: 4711, command })).slice(80);

describe('addresses', () => {
  const serviceOf = (service: string): Names => ({ ...numbers, service: () => service });

  test('a long one is cut so that its port stays, and whole where nothing is to be cut', () => {
    const long = {
      family: 'inet6',
      local: 'fdc7:1111:2222:3333:4444:5555:6666:7777',
      localPort: 65535,
    } as const;
    assert.equal(
      line(long),
      'tcp6       0     12 fdc7:1111:2222:33:65535 10.1.2.9:41234          ESTABLISHED',
    );
    assert.equal(
      line(long, wide),
      'tcp6       0     12 fdc7:1111:2222:3333:4444:5555:6666:7777:65535 10.1.2.9:41234          ESTABLISHED',
    );
  });

  test('a long name of a port leaves four characters of the address, and the columns behind it in place', () => {
    const names = serviceOf('waiting-to-be-accepted');
    assert.equal(
      line({}, plain, names),
      'tcp        0     12 10.1:waiting-to-be-acce 10.1:waiting-to-be-acce ESTABLISHED',
    );
    assert.equal(
      line({ family: 'inet6', local: '::1', remote: '::' }, plain, names),
      'tcp6       0     12 ::1:waiting-to-be-acce  :::waiting-to-be-acce   ESTABLISHED',
    );
  });

  test('an address of IPv4 that is mapped into IPv6 is that of IPv4, and one of any other kind is not', () => {
    assert.match(line({ family: 'inet6', local: '::ffff:10.1.2.3' }), /^tcp6 .* 10\.1\.2\.3:22 {13}/);
    assert.match(line({ family: 'inet6', local: '::ffff:1' }), / ::ffff:1:22 /);
  });

  test('what the kernel does not tell of a listener of SCTP is left empty', () => {
    const listener = { protocol: 'sctp', state: 'LISTEN', receiveQueue: undefined, sendQueue: undefined };
    assert.equal(
      line({ ...listener, remote: '', remotePort: undefined }),
      'sctp                10.1.2.3:22                                     LISTEN     ',
    );
  });

  test('what is none, and the names of hosts, cannot write to the terminal', () => {
    assert.match(line({ local: '\x1b[31m\u202e' }), / \\x1b\[31m\\u\{202e\}:22 /);
    const names = { ...numbers, host: () => 'a\x07' };
    assert.match(line({}, plain, names), / a\\x07:22 +a\\x07:41234 /);
  });
});

describe('programs', () => {
  test('a path is shown by its last part, and nobody by a hyphen', () => {
    assert.equal(programCell('/usr/sbin/sshd'), '4711/sshd           ');
    assert.equal(programCell('sshd: listener'), '4711/sshd: listener ');
    assert.equal(line({}, { ...plain, programs: true }).slice(80), `-${' '.repeat(19)}`);
    assert.equal(programCell(''), '4711/               ');
  });

  test('a long name is cut to its column, and whole where nothing is to be cut', () => {
    assert.equal(programCell('a-name-of-more-than-twenty'), '4711/a-name-of-more ');
    assert.equal(programCell('a-name-of-more-than-twenty', wide), '4711/a-name-of-more-than-twenty');
  });

  test('one that is spelled out is not cut within a character', () => {
    assert.equal(programCell('abcdefghijkl\x1b[31m'), '4711/abcdefghijkl   ');
    assert.equal(programCell('abcdefghij\x1b[31m'), '4711/abcdefghij\\x1b ');
    assert.equal(programCell('abcdefgh\u202e'), '4711/abcdefgh       ');
    assert.equal(programCell('abcdef\u202e!'), '4711/abcdef\\u{202e} ');
    assert.equal(programCell('abcdefghijklmn!'), '4711/abcdefghijklmn ');
  });
});

test('user, inode, program and timer follow each other, and a timer that does not run ends in nothing', () => {
  const all = { extended: true, programs: true, timers: true, wide: false };
  const timer = { kind: 'on', seconds: 12.25, retransmits: 3, probes: undefined };
  assert.equal(line({ timer }, all).slice(79), ' 0          4711       -                    on (12.25/3/-)');
  assert.match(line({ timer: { ...timer, kind: 'off', probes: 0 } }, all), / off \(0\.00\/3\/0\)$/);
});
