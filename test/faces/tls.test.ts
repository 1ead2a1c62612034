// Protects: over TLS only those get in whom the configuration lets in, with no weaker version or cipher than it says, also after it changed.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { request } from 'node:https';
import { createConnection, type AddressInfo } from 'node:net';
import { after, before, describe, test, type TestContext } from 'node:test';
import { connect, TLSSocket, type ConnectionOptions } from 'node:tls';
import { createWebServer } from '../../src/faces/server.ts';
import {
  cipherSuites,
  clientAuthTypes,
  refusalOf,
  sansIn,
  secureContextOptions,
  type ClientAuth,
  type Tls,
} from '../../src/faces/tls.ts';
import { makeCertificates, type Certificates, type Pair } from '../certificates.ts';
import { needs } from '../needs.ts';

describe('the names in a certificate', () => {
  test('are read one by one, of every kind that can be allowed', () => {
    assert.deepEqual(
      sansIn('DNS:a.example, email:b@c.example, IP Address:10.0.0.1, URI:spiffe://x/y, DirName:/CN=d, DNS:e'),
      ['a.example', 'b@c.example', '10.0.0.1', 'spiffe://x/y', 'e'],
    );
    assert.deepEqual(sansIn(''), []);
  });

  test('cannot pretend to be others', () => {
    assert.deepEqual(sansIn('URI:"http://x, DNS:prometheus", DNS:a'), ['http://x, DNS:prometheus', 'a']);
    assert.deepEqual(sansIn('URI:"\\", DNS:prometheus"'), ['", DNS:prometheus']);
    assert.deepEqual(sansIn('DNS:"unclosed, DNS:prometheus'), []);
  });

  test('are compared as they are, but for the ways to write an address', () => {
    const tls = {
      clientAuth: 'RequireAnyClientCert',
      allowedSans: ['::1', 'Prometheus', '2001:db8::a'],
    } as unknown as Tls;
    const refusal = (subjectAltName: string) =>
      refusalOf(tls, {
        ...{ authorized: false, getPeerX509Certificate: () => ({ subjectAltName }) },
      } as unknown as TLSSocket);
    assert.equal(refusal('IP Address:0:0:0:0:0:0:0:1'), undefined);
    assert.equal(refusal('IP Address:2001:DB8:0:0:0:0:0:A'), undefined);
    assert.equal(refusal('DNS:Prometheus'), undefined);
    for (const other of ['DNS:prometheus', 'DNS:Prometheus.example', 'IP Address:0:0:0:0:0:0:0:2', '']) {
      assert.equal(refusal(other), 'the client has a certificate without an allowed name', other);
    }
  });
});

describe('a server over TLS', needs({ tools: ['openssl'] }), () => {
  let certificates: Certificates;
  let authority: Pair;
  let stranger: Pair;
  let pairs: Readonly<Record<'server' | 'renewed' | 'good' | 'untrusted' | 'unnamed', Pair>>;
  let plain: Tls;

  before(() => {
    certificates = makeCertificates();
    authority = certificates.authority('authority');
    stranger = certificates.authority('stranger');
    pairs = {
      server: certificates.issue(authority, 'server', 'DNS:localhost'),
      renewed: certificates.issue(authority, 'renewed', 'DNS:localhost'),
      good: certificates.issue(authority, 'good', 'DNS:prometheus,email:a@b.example,IP:::1,URI:spiffe://x/y'),
      unnamed: certificates.issue(authority, 'unnamed', 'DNS:other'),
      untrusted: certificates.issue(stranger, 'untrusted', 'DNS:prometheus'),
    };
    plain = {
      cert: pairs.server.cert,
      key: pairs.server.key,
      clientCa: undefined,
      clientAuth: 'NoClientCert',
      allowedSans: [],
      minVersion: 'TLS12',
      maxVersion: 'TLS13',
      cipherSuites: [],
      prefersOwnCiphers: true,
      curves: [],
    };
  });
  after(() => {
    rmSync(certificates.folder, { recursive: true });
  });

  interface Site {
    readonly port: number;
    /** The name of the server's certificate and what was answered, or undefined where nothing was. */
    readonly ask: (client?: Pair, options?: ConnectionOptions) => Promise<string | undefined>;
    readonly use: (tls: Tls) => void;
    readonly refusals: readonly string[];
  }

  const start = async (t: TestContext, tls: Tls): Promise<Site> => {
    let current = tls;
    const refusals: string[] = [];
    const server = createWebServer(
      (_request, response) => {
        response.end('answer');
      },
      () => current,
      reason => refusals.push(reason),
    );
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    t.after(() => {
      server.close();
      server.closeAllConnections();
    });
    const { port } = server.address() as AddressInfo;
    return {
      port,
      refusals,
      use(next) {
        current = next;
      },
      ask: (client, options = {}) =>
        new Promise(resolve => {
          const sent = request(
            {
              ...{ host: '127.0.0.1', port, servername: 'localhost', agent: false, ca: authority.cert },
              ...(client !== undefined && { cert: client.cert, key: client.key }),
              ...options,
            },
            response => {
              const { socket } = response;
              assert.ok(socket instanceof TLSSocket);
              const name = String(socket.getPeerCertificate().subject.CN);
              response.on('data', (text: Buffer) => {
                resolve(`${name} ${text.toString()}`);
              });
            },
          );
          sent.on('error', () => {
            resolve(undefined);
          });
          sent.end();
        }),
    };
  };

  const letIn: Readonly<Record<ClientAuth, readonly [none: boolean, good: boolean, untrusted: boolean]>> = {
    NoClientCert: [true, true, true],
    RequestClientCert: [true, true, true],
    RequireAnyClientCert: [false, true, true],
    VerifyClientCertIfGiven: [true, true, false],
    RequireAndVerifyClientCert: [false, true, false],
  };
  for (const maxVersion of ['TLS12', 'TLS13'] as const) {
    for (const clientAuth of clientAuthTypes) {
      test(`with ${clientAuth} over ${maxVersion} lets in whom it should`, async t => {
        const clientCa = clientAuth === 'NoClientCert' ? undefined : authority.cert;
        const { ask, refusals } = await start(t, { ...plain, clientAuth, clientCa, maxVersion });
        const answers = [await ask(), await ask(pairs.good), await ask(pairs.untrusted)];
        assert.deepEqual(
          answers.map(answer => answer === 'server answer'),
          letIn[clientAuth],
        );
        assert.equal(refusals.length, letIn[clientAuth].filter(each => !each).length);
      });
    }
  }

  test('lets in only names that are allowed, whatever kind they are of', async t => {
    const clientCa = authority.cert;
    const tls = { ...plain, clientCa, clientAuth: 'RequireAndVerifyClientCert' } as const;
    const { ask, use } = await start(t, tls);
    for (const name of ['prometheus', 'a@b.example', '::1', 'spiffe://x/y']) {
      use({ ...tls, allowedSans: ['nobody', name] });
      assert.equal(await ask(pairs.good), 'server answer', name);
    }
    assert.equal(await ask(pairs.unnamed), undefined);
    use({ ...tls, allowedSans: ['prometheus'] });
    // It has the name, and nobody who is trusted says so.
    assert.equal(await ask(pairs.untrusted), undefined);
  });

  test('shows a renewed certificate, and asks clients for theirs, from the next connection on', async t => {
    const { ask, use } = await start(t, plain);
    assert.equal(await ask(), 'server answer');
    use({ ...plain, cert: pairs.renewed.cert, key: pairs.renewed.key });
    assert.equal(await ask(), 'renewed answer');
    use({ ...plain, clientCa: authority.cert, clientAuth: 'RequireAndVerifyClientCert' });
    assert.equal(await ask(), undefined);
    assert.equal(await ask(pairs.good), 'server answer');
    // A list of authorities without the one from before: no session of before goes around it.
    use({ ...plain, clientCa: stranger.cert, clientAuth: 'RequireAndVerifyClientCert' });
    assert.equal(await ask(pairs.good), undefined);
    assert.equal(await ask(pairs.untrusted), 'server answer');
    use(plain);
    assert.equal(await ask(), 'server answer');
  });

  test('resumes no session', async t => {
    const { port } = await start(t, plain);
    const options = { host: '127.0.0.1', port, servername: 'localhost', ca: authority.cert } as const;
    /** A whole exchange, with every session that the server gave for later. */
    const exchange = (more: ConnectionOptions): Promise<{ reused: boolean; sessions: readonly Buffer[] }> =>
      new Promise((resolve, reject) => {
        const sessions: Buffer[] = [];
        const socket = connect({ ...options, ...more }, () => {
          socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
        });
        socket.on('session', session => sessions.push(session)).on('error', reject);
        socket.resume().on('end', () => {
          resolve({ reused: socket.isSessionReused(), sessions });
        });
      });
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const { sessions } = await exchange({ maxVersion });
      for (const session of sessions) {
        assert.equal((await exchange({ maxVersion, session })).reused, false, maxVersion);
      }
    }
  });

  test('cannot be talked down to an older version', async t => {
    const { ask } = await start(t, plain);
    const old = { ciphers: 'ALL:@SECLEVEL=0', minVersion: 'TLSv1' } as const;
    for (const maxVersion of ['TLSv1', 'TLSv1.1'] as const) {
      assert.equal(await ask(undefined, { ...old, maxVersion }), undefined, maxVersion);
    }
    assert.equal(await ask(undefined, { maxVersion: 'TLSv1.2' }), 'server answer');

    const newest = await start(t, { ...plain, minVersion: 'TLS13' });
    assert.equal(await newest.ask(undefined, { maxVersion: 'TLSv1.2' }), undefined);
    assert.equal(await newest.ask(), 'server answer');

    // Which shows that the client of this test could.
    const oldest = await start(t, { ...plain, minVersion: 'TLS10' });
    assert.equal(await oldest.ask(undefined, { ...old, maxVersion: 'TLSv1' }), 'server answer');
  });

  test('cannot be talked into a weak cipher, and speaks those that it was told', async t => {
    const { ask } = await start(t, plain);
    const tls12 = { maxVersion: 'TLSv1.2' } as const;
    for (const ciphers of [
      'ECDHE-ECDSA-AES128-SHA',
      'aNULL:eNULL:@SECLEVEL=0',
      'ECDHE-ECDSA-AES128-SHA256',
    ]) {
      assert.equal(await ask(undefined, { ...tls12, ciphers }), undefined, ciphers);
    }
    assert.equal(
      await ask(undefined, { ...tls12, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' }),
      'server answer',
    );

    const one = await start(t, {
      ...plain,
      cipherSuites: ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'],
      curves: ['CurveP384'],
    });
    assert.equal(await one.ask(undefined, { ...tls12, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' }), undefined);
    assert.equal(await one.ask(undefined, tls12), 'server answer');
    assert.equal(await one.ask(undefined, { ecdhCurve: 'X25519' }), undefined);
    assert.equal(await one.ask(undefined, { ecdhCurve: 'P-384' }), 'server answer');
  });

  test('has every cipher by its name in Go', () => {
    for (const name of cipherSuites)
      assert.ok(secureContextOptions({ ...plain, cipherSuites: [name] }), name);
  });

  test('cuts off who speaks HTTP with it, and goes on', async t => {
    const { ask, port } = await start(t, plain);
    const answer = await new Promise<string>(resolve => {
      let text = '';
      const socket = createConnection(port, '127.0.0.1', () => {
        socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
      });
      socket.on('data', (piece: Buffer) => (text += piece.toString('latin1'))).on('error', () => undefined);
      socket.on('close', () => {
        resolve(text);
      });
    });
    assert.doesNotMatch(answer, /answer/);
    assert.equal(await ask(), 'server answer');
  });
});
