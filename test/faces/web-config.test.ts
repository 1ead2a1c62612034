// Protects: a web configuration is what the file says or refused, with the place of everything that is wrong; nothing in it is weaker than it looks.
import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { ConfigError } from '../../src/config-file.ts';
import { parseWebConfig } from '../../src/faces/web-config.ts';
import { makeCertificates, type Certificates, type Pair } from '../certificates.ts';
import { needs } from '../needs.ts';

const hash = '$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi';

const configOf = (text: string, read: (file: string) => string = () => assert.fail('no file is named')) =>
  parseWebConfig({ file: '/etc/exporter/web.yaml', text }, read);

const problemsOf = (text: string, read?: (file: string) => string): readonly string[] => {
  try {
    configOf(text, read);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.messages;
  }
  return assert.fail(`this file was accepted: ${text}`);
};

describe('a web configuration', () => {
  test('without content lets everybody ask over HTTP', () => {
    for (const text of ['', '{}', 'tls_server_config:\n', 'basic_auth_users: {}\nrate_limit:\n']) {
      assert.deepEqual(configOf(text), {
        ...{ tls: undefined, headers: {}, users: new Map(), rateLimit: undefined },
      });
    }
  });

  test('has users, headers and a limit', () => {
    const config = configOf(
      `basic_auth_users: {alice: ${hash}, "1": ${hash}}
http_server_config: {http2: off, headers: {X-Frame-Options: deny, X-XSS-Protection: 0}}
rate_limit: {interval: 1m0.5s, burst: 20}
`,
    );
    assert.deepEqual([...config.users.keys()].sort(), ['1', 'alice']);
    assert.equal(config.users.get('alice'), hash);
    assert.deepEqual(config.headers, { 'X-Frame-Options': 'deny', 'X-XSS-Protection': '0' });
    assert.deepEqual(config.rateLimit, { burst: 20, intervalSeconds: 60.5 });
  });

  test('has no user whom JavaScript gives to every object', () => {
    const { users } = configOf(`basic_auth_users: {alice: ${hash}}`);
    for (const name of ['constructor', '__proto__', 'toString']) assert.equal(users.get(name), undefined);
  });

  const refused: Readonly<Record<string, readonly string[]>> = {
    'basic_auth_user: {}': [
      '1:1 basic_auth_user: unknown section "basic_auth_user"; did you mean "basic_auth_users"?',
    ],
    'tls_server_config:\n  cert_fil: a\n': [
      '2:3 tls_server_config.cert_fil: unknown key "cert_fil"; did you mean "cert_file"?',
    ],
    'http_server_config: {headers: {X-Frame-Option: deny}}': [
      '1:32 http_server_config.headers.X-Frame-Option: unknown header "X-Frame-Option"; did you mean "X-Frame-Options"?',
    ],
    'http_server_config: {headers: {Server: x}}': [
      '1:32 http_server_config.headers.Server: unknown header "Server"',
    ],
    'http_server_config: {headers: {X-Frame-Options: allow}}': [
      '1:49 http_server_config.headers.X-Frame-Options: expected deny or sameorigin',
    ],
    'http_server_config: {headers: {X-Content-Type-Options: sniff}}': [
      '1:56 http_server_config.headers.X-Content-Type-Options: expected nosniff',
    ],
    'http_server_config: {headers: {Content-Security-Policy: "a\\r\\nSet-Cookie: b"}}': [
      '1:57 http_server_config.headers.Content-Security-Policy: expected text in one line',
    ],
    'basic_auth_users: {alice: secret}': [
      '1:27 basic_auth_users.alice: expected a bcrypt hash such as htpasswd -B prints, of a cost from 4 to 16',
    ],
    [`basic_auth_users:\n  alice: ${hash.replace('$10$', '$17$')}\n`]: [
      '2:10 basic_auth_users.alice: expected a bcrypt hash such as htpasswd -B prints, of a cost from 4 to 16',
    ],
    'rate_limit: {interval: 1 s}': ['1:24 rate_limit.interval: expected a duration such as 100ms or 1m30s'],
    'rate_limit: {interval: 1s}': ['1:13 rate_limit.burst: expected at least 1, or every request is refused'],
    'tls_server_config: {min_version: TLS1.2}': [
      '1:34 tls_server_config.min_version: unknown TLS version "TLS1.2"; did you mean "TLS12"?',
    ],
    'tls_server_config: {cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]}': [
      '1:37 tls_server_config.cipher_suites[0]: unknown cipher suite "TLS_RSA_WITH_RC4_128_SHA"',
    ],
    'tls_server_config: {curve_preferences: [X25518]}': [
      '1:41 tls_server_config.curve_preferences[0]: unknown curve "X25518"; did you mean "X25519"?',
    ],
    'tls_server_config: {client_auth_type: RequireAndVerifyClient}': [
      '1:39 tls_server_config.client_auth_type: unknown type of client authentication "RequireAndVerifyClient"',
    ],
    'tls_server_config: {client_allowed_sans: []}': [
      '1:42 tls_server_config.client_allowed_sans: expected at least one name',
    ],
    'tls_server_config: {client_auth_type: RequireAndVerifyClientCert}': [
      '1:20 tls_server_config: expected cert or cert_file',
      '1:20 tls_server_config: expected key or key_file',
      '1:39 tls_server_config.client_auth_type: expected client_ca or client_ca_file, or no certificate is trusted',
    ],
    'tls_server_config: {cert: a, key: b, client_ca: c}': [
      '1:20 tls_server_config.client_auth_type: expected a type that asks for certificates, since there is a client_ca',
    ],
    'tls_server_config: {cert: a, key: b, client_auth_type: RequestClientCert, client_allowed_sans: [a]}': [
      '1:96 tls_server_config.client_allowed_sans: expected a client_auth_type that requires a certificate',
    ],
    'tls_server_config: {cert: a, key: b, min_version: TLS13, max_version: TLS12}': [
      '1:71 tls_server_config.max_version: expected no version older than min_version',
    ],
  };
  for (const [text, messages] of Object.entries(refused)) {
    test(`is refused: ${JSON.stringify(text)}`, () => {
      assert.deepEqual(
        problemsOf(text),
        messages.map(each => `/etc/exporter/web.yaml:${each}`),
      );
    });
  }

  test('names files relative to its folder, and tells where it named one that cannot be read', () => {
    const asked: string[] = [];
    const problems = problemsOf('tls_server_config:\n  cert_file: a.pem\n  key_file: /run/key\n', file => {
      asked.push(file);
      throw new Error(`${file}: gone`);
    });
    assert.deepEqual(asked, ['/etc/exporter/a.pem', '/run/key']);
    assert.deepEqual(problems, [
      '/etc/exporter/web.yaml:2:14 tls_server_config.cert_file: /etc/exporter/a.pem: gone',
      '/etc/exporter/web.yaml:3:13 tls_server_config.key_file: /run/key: gone',
    ]);
  });

  test('that only names versions or ciphers switches no TLS on, as in exporter-toolkit', () => {
    assert.equal(configOf('tls_server_config: {min_version: TLS13}').tls, undefined);
  });
});

describe('a certificate', needs({ tools: ['openssl'] }), () => {
  let certificates: Certificates;
  let server: Pair;
  let other: Pair;
  before(() => {
    certificates = makeCertificates();
    server = certificates.authority('server');
    other = certificates.authority('other');
  });
  after(() => {
    rmSync(certificates.folder, { recursive: true });
  });

  const inFile = (key: Pair, more = '') =>
    `tls_server_config: {cert_file: ${server.certFile}, key_file: ${key.keyFile}${more}}\n`;
  const read = (file: string): string => readFileSync(file, 'utf8');

  test('may stand in the file or beside it', () => {
    const { tls } = configOf(inFile(server), read);
    const indented = (text: string): string => text.replace(/^/gm, '    ');
    const inline = configOf(
      `tls_server_config:\n  cert: |\n${indented(server.cert)}\n  key: |\n${indented(server.key)}\n`,
    );
    assert.equal(tls?.cert, server.cert);
    assert.equal(inline.tls?.cert.trim(), server.cert.trim());
    assert.equal(inline.tls.key.trim(), server.key.trim());
    assert.deepEqual([tls.minVersion, tls.maxVersion, tls.clientAuth], ['TLS12', 'TLS13', 'NoClientCert']);
  });

  test('and a key that is not its own are refused, and so is what is no certificate', () => {
    assert.match(
      problemsOf(inFile(other), read).join(),
      /:1:20 tls_server_config: OpenSSL refuses it: .*mismatch/,
    );
    assert.match(
      problemsOf(inFile(server), () => 'not PEM').join(),
      /:1:20 tls_server_config: OpenSSL refuses it: /,
    );
    const noAuthority = ', client_ca: nonsense, client_auth_type: RequireAndVerifyClientCert';
    assert.match(problemsOf(inFile(server, noAuthority), read).join(), /OpenSSL refuses it: /);
  });

  test('is never told in a message', () => {
    for (const message of problemsOf(inFile(other), read)) {
      assert.doesNotMatch(message, /BEGIN|PRIVATE/);
    }
    const secret = `tls_server_config: {cert: a, key: "${other.key.replaceAll('\n', '\\n')}", x: 1}`;
    for (const message of problemsOf(secret)) assert.doesNotMatch(message, /BEGIN|PRIVATE/);
  });

  test('by the old name of a type is required and not verified', () => {
    const { tls } = configOf(inFile(server, ', client_auth_type: RequireClientCert'), read);
    assert.equal(tls?.clientAuth, 'RequireAnyClientCert');
  });
});
