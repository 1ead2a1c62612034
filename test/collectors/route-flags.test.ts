// Protects: the letters of a route's flags, which are netstat's and in its order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  cacheLetters,
  ipv4Letters,
  ipv6Letters,
  lettersOf,
  markedLettersOf,
  oldCacheLetters,
  type Letters,
} from '../../src/collectors/route-flags.ts';

const ALL = 0xffffffff;
const REJECT = 0x200;

/** `0 U, 1 G`: each bit alone. */
const alone = (letters: Letters): string =>
  Array.from({ length: 32 }, (_, bit) => [bit, lettersOf(2 ** bit, letters)])
    .filter(([, text]) => text !== '')
    .map(([bit, text]) => `${bit} ${text}`)
    .join(', ');

// What netstat 2.10 printed for tables of our making, a bit a row and then all of them.
test('a flag has the letter that netstat prints for it', () => {
  assert.equal(
    alone(ipv4Letters),
    '0 U, 1 G, 2 H, 3 R, 4 D, 5 M, 6 u, 7 w, 8 i, 9 !, 10 n, 16 d, 17 a, 18 c, 21 o, 22 e, 24 c, 25 f, 26 p, 31 l',
  );
  assert.equal(alone(ipv6Letters), '0 U, 1 G, 2 H, 5 m, 9 !, 16 D, 17 a, 18 A, 21 n, 22 e, 24 C, 25 f');
  assert.equal(
    alone(cacheLetters),
    '0 -, 1 G, 2 o, 3 R, 4 D, 5 M, 9 !, 16 n, 17 d, 19 t, 21 f, 22 q, 23 Ns, 24 r, 26 i, 27 Nd, 28 b, 29 m, 30 #, 31 l',
  );
});

test('letters are in the order that netstat prints them in', () => {
  assert.equal(lettersOf(ALL - REJECT, ipv4Letters), 'UGHRDMdacoecfpluwin');
  assert.equal(lettersOf(ALL, ipv6Letters), 'U!GHDACaemnf');
  assert.equal(lettersOf(ALL - REJECT, oldCacheLetters), 'UHGRDMndtfqNsriNdbm#l');
});

test('what refuses its packets is neither up nor behind a gateway on IPv4', () => {
  assert.equal(markedLettersOf(ALL, ipv4Letters), '!HRDMdacoecfpluwin');
  assert.equal(markedLettersOf(ALL, cacheLetters), '!RDM-ondtfqNsriNdbm#l');
  assert.equal(markedLettersOf(0x203, ipv4Letters), '!');
  assert.equal(markedLettersOf(0x3, ipv4Letters), 'UG');
  assert.equal(markedLettersOf(0, ipv4Letters), '');
});
