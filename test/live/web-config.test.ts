// Protects: promtool and we judge the same of a web configuration, so that a file that other exporters take is taken here.
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { followWebConfig } from '../../src/commands/web-config-file.ts';
import { cipherSuites, clientAuthTypes, curves, tlsVersions } from '../../src/faces/tls.ts';
import { makeCertificates, type Certificates } from '../certificates.ts';
import { needs } from '../needs.ts';
import { run } from './programs.ts';

const hash = '$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi';
const pair = 'cert_file: one.pem, key_file: one.key';
const tls = (more: string): string => `tls_server_config: {${pair}, ${more}}`;
const verified = 'client_ca_file: one.pem, client_auth_type: RequireAndVerifyClientCert';

const good: readonly string[] = [
  '',
  '{}',
  '# nothing',
  'tls_server_config:',
  'basic_auth_users:',
  'http_server_config:',
  `tls_server_config: {${pair}}`,
  ...clientAuthTypes.filter(type => !type.includes('Verify')).map(type => tls(`client_auth_type: ${type}`)),
  tls('client_auth_type: RequireClientCert'),
  tls(verified),
  tls('client_ca_file: one.pem, client_auth_type: VerifyClientCertIfGiven'),
  tls('client_ca_file: one.pem, client_auth_type: RequestClientCert'),
  ...tlsVersions.map(version => tls(`min_version: ${version}`)),
  ...cipherSuites.map(name => tls(`cipher_suites: [${name}]`)),
  ...curves.map(name => tls(`curve_preferences: [${name}]`)),
  tls('min_version: , max_version: null, cipher_suites: , curve_preferences: []'),
  tls('prefer_server_cipher_suites: no'),
  'tls_server_config: {min_version: TLS13}',
  'tls_server_config: {client_auth_type: ""}',
  'http_server_config: {http2: on}',
  'http_server_config: {http2: }',
  'http_server_config: {headers: }',
  'http_server_config: {headers: {X-Frame-Options: sameorigin, X-Content-Type-Options: nosniff, X-XSS-Protection: 0}}',
  'http_server_config: {headers: {Strict-Transport-Security: max-age=1, Content-Security-Policy: "a; b"}}',
  `basic_auth_users: {a: ${hash}, "b c": '${hash.replace('2y', '2a')}', 1: ${hash.replace('2y', '2b')}}`,
  `basic_auth_users: {a: &hash ${hash}, b: *hash}`,
];

const bad: readonly string[] = [
  '[]',
  'text',
  '{',
  'foo: 1',
  'tls_server_config: []',
  'tls_server_config: {cert_file: one.pem}',
  'tls_server_config: {key_file: one.key}',
  'tls_server_config: {client_ca_file: one.pem}',
  'tls_server_config: {client_auth_type: NoClientCert}',
  'tls_server_config: {cert_file: one.pem, key_file: two.key}',
  'tls_server_config: {cert_file: nowhere.pem, key_file: one.key}',
  'tls_server_config: {cert_file: one.key, key_file: one.pem}',
  'tls_server_config: {cert_file: web.yaml, key_file: one.key}',
  tls('client_ca_file: one.pem'),
  tls('client_ca_file: one.pem, client_auth_type: NoClientCert'),
  tls('client_ca_file: nowhere.pem, client_auth_type: RequireAndVerifyClientCert'),
  tls('client_auth_type: requireanyclientcert'),
  tls('min_version: TLS9'),
  tls('max_version: 1.2'),
  tls('cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]'),
  tls('cipher_suites: [ECDHE-RSA-AES128-GCM-SHA256]'),
  tls('cipher_suites: TLS_AES_128_GCM_SHA256'),
  tls('curve_preferences: [P-256]'),
  tls('prefer_server_cipher_suites: "true"'),
  'http_server_config: {http2: 1}',
  'http_server_config: {headers: {Server: x}}',
  'http_server_config: {headers: {x-frame-options: deny}}',
  'http_server_config: {headers: {X-Frame-Options: ""}}',
  'http_server_config: {headers: {X-Frame-Options: DENY}}',
  'http_server_config: {headers: {X-Content-Type-Options: sniff}}',
  'http_server_config: {headers: [X-Frame-Options]}',
  'basic_auth_users: [a]',
  'basic_auth_users: {a: }',
  'basic_auth_users: {a: secret}',
  `basic_auth_users: {a: ${hash.slice(0, 50)}}`,
  `basic_auth_users: {a: ${hash.replace('$2y', '$3y')}}`,
  `basic_auth_users: {a: ${hash.replace('$10$', '$03$')}}`,
  `basic_auth_users: {a: ${hash}, a: ${hash}}`,
  `basic_auth_users: {a: *nothing}`,
];

/** Taken by promtool and not by us, each for a reason: it would open less or more than it says. */
const stricter: Readonly<Record<string, string>> = {
  'no certificate could be trusted': tls('client_auth_type: RequireAndVerifyClientCert'),
  'no authority is in the file': tls('client_ca_file: one.key, client_auth_type: VerifyClientCertIfGiven'),
  'no version is left': tls('min_version: TLS13, max_version: TLS12'),
  'newer programs in Go refuse it as well': tls('cipher_suites: [TLS_RSA_WITH_AES_128_CBC_SHA]'),
  'no password has this hash': `basic_auth_users: {a: ${hash.slice(0, -1)}}`,
  'one compare would take a minute': `basic_auth_users: {a: ${hash.replace('$10$', '$20$')}}`,
  'the header would be two': 'http_server_config: {headers: {X-XSS-Protection: "0\\r\\nX: y"}}',
};

describe('promtool check web-config', needs({ tools: ['promtool', 'openssl'] }), () => {
  let certificates: Certificates;
  let file: string;
  before(() => {
    certificates = makeCertificates();
    certificates.authority('one');
    certificates.authority('two');
    file = join(certificates.folder, 'web.yaml');
  });
  after(() => {
    rmSync(certificates.folder, { recursive: true });
  });

  const verdicts = (text: string) => {
    writeFileSync(file, `${text}\n`);
    const { status, stdout, stderr } = run(['promtool', 'check', 'web-config', file]);
    try {
      followWebConfig(file, () => undefined);
      return { promtool: status === 0, ours: true, why: stdout + stderr };
    } catch (error) {
      return { promtool: status === 0, ours: false, why: `${stdout}${stderr}${String(error)}` };
    }
  };

  test('takes what we take', () => {
    for (const text of good) {
      const { promtool, ours, why } = verdicts(text);
      assert.deepEqual({ promtool, ours }, { promtool: true, ours: true }, `${text}\n${why}`);
    }
  });

  test('refuses what we refuse', () => {
    for (const text of bad) {
      const { promtool, ours, why } = verdicts(text);
      assert.deepEqual({ promtool, ours }, { promtool: false, ours: false }, `${text}\n${why}`);
    }
  });

  for (const [reason, text] of Object.entries(stricter)) {
    test(`takes what we refuse, because ${reason}`, () => {
      const { promtool, ours, why } = verdicts(text);
      assert.deepEqual({ promtool, ours }, { promtool: true, ours: false }, why);
    });
  }
});
