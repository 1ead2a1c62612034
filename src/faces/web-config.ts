/**
 * The web configuration: who may ask, and over what. The file is that of Prometheus's exporter-toolkit, read as strictly, with the
 * place of everything that is wrong. It is YAML 1.1, as theirs is.
 */
import { dirname, resolve } from 'node:path';
import { readConfigFile, type ConfigFile } from '../config-file.ts';
import {
  listOf,
  mapOf,
  oneNameOf,
  orDefault,
  plainText,
  section,
  whole,
  yes,
  type Infer,
  type Path,
  type Problem,
} from '../schema.ts';
import {
  cipherSuites,
  clientAuthTypes,
  curves,
  secureContextOptions,
  tlsVersions,
  type ClientAuth,
  type Tls,
} from './tls.ts';

export interface WebConfig {
  /** Undefined where HTTP is served as it is. */
  readonly tls: Tls | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** The bcrypt hash of each user's password. Without users everybody may ask. */
  readonly users: ReadonlyMap<string, string>;
  readonly rateLimit: RateLimit | undefined;
}

/** So many requests at once, and one more after each interval. */
export interface RateLimit {
  readonly burst: number;
  readonly intervalSeconds: number;
}

/** Where there is no file. */
export const openWebConfig: WebConfig = {
  tls: undefined,
  headers: {},
  users: new Map(),
  rateLimit: undefined,
};

/**
 * @param read the text of a file that the configuration names; throws where it cannot be read
 * Throws a ConfigError.
 */
export const parseWebConfig = (source: ConfigFile, read: (file: string) => string): WebConfig => {
  const { data, refuse } = readConfigFile(schema, { ...source, yaml: '1.1' }, kindOf);
  const problems: Problem[] = [];
  const complain = (path: Path, sentence: string): void => {
    problems.push({ path, sentence, of: 'value' });
  };

  const { interval, burst } = data.rate_limit;
  const intervalSeconds = secondsOf(interval) ?? 0;
  if (intervalSeconds > 0 && burst === 0)
    complain(['rate_limit', 'burst'], 'expected at least 1, or every request is refused');

  const tls = asksForTls(data.tls_server_config)
    ? tlsOf(data.tls_server_config, name => read(resolve(dirname(source.file), name)), complain)
    : undefined;
  refuse(problems);
  return {
    tls,
    headers: Object.fromEntries(
      Object.entries(data.http_server_config.headers).filter(([, value]) => value !== ''),
    ),
    users: new Map(Object.entries(data.basic_auth_users)),
    rateLimit: intervalSeconds > 0 ? { burst, intervalSeconds } : undefined,
  };
};

/** As exporter-toolkit decides it: a section that only names versions or ciphers switches nothing on. */
const asksForTls = ({ cert, cert_file, key, key_file, ...client }: TlsSection): boolean =>
  [cert, cert_file, key, key_file, client.client_ca, client.client_ca_file, client.client_auth_type].some(
    each => each !== '',
  );

type Complain = (path: Path, sentence: string) => void;

const tlsOf = (section: TlsSection, read: (file: string) => string, complain: Complain): Tls | undefined => {
  const wrongKeys = new Set<string | undefined>();
  const wrong = (key: keyof TlsSection | undefined, sentence: string): void => {
    wrongKeys.add(key);
    complain(['tls_server_config', ...(key === undefined ? [] : [key])], sentence);
  };
  /** The file wins where both are given. */
  const pemOf = (inline: 'cert' | 'key' | 'client_ca'): string => {
    const key = `${inline}_file` as const;
    if (section[key] === '') return section[inline];
    try {
      return read(section[key]);
    } catch (error) {
      wrong(key, error instanceof Error ? error.message : String(error));
      return '';
    }
  };

  const [cert, key, clientCa] = [pemOf('cert'), pemOf('key'), pemOf('client_ca')];
  const hasClientCa = section.client_ca !== '' || section.client_ca_file !== '';
  const clientAuth = clientAuthOf(section.client_auth_type);
  const verifies = clientAuth === 'VerifyClientCertIfGiven' || clientAuth === 'RequireAndVerifyClientCert';
  const requires = clientAuth === 'RequireAnyClientCert' || clientAuth === 'RequireAndVerifyClientCert';

  for (const each of ['cert', 'key'] as const) {
    if (section[each] === '' && section[`${each}_file`] === '')
      wrong(undefined, `expected ${each} or ${each}_file`);
  }
  if (hasClientCa && clientAuth === 'NoClientCert')
    wrong('client_auth_type', 'expected a type that asks for certificates, since there is a client_ca');
  if (!hasClientCa && verifies)
    wrong('client_auth_type', 'expected client_ca or client_ca_file, or no certificate is trusted');
  if (section.client_allowed_sans.length > 0 && !requires)
    wrong('client_allowed_sans', 'expected a client_auth_type that requires a certificate');
  if (tlsVersions.indexOf(section.min_version) > tlsVersions.indexOf(section.max_version))
    wrong('max_version', 'expected no version older than min_version');
  if (wrongKeys.size > 0) return undefined;

  const tls: Tls = {
    cert,
    key,
    clientCa: hasClientCa ? clientCa : undefined,
    clientAuth,
    allowedSans: section.client_allowed_sans,
    minVersion: section.min_version,
    maxVersion: section.max_version,
    cipherSuites: section.cipher_suites,
    prefersOwnCiphers: section.prefer_server_cipher_suites,
    curves: section.curve_preferences,
  };
  try {
    secureContextOptions(tls);
    return tls;
  } catch (error) {
    wrong(undefined, `OpenSSL refuses it: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
};

/** Another name of `RequireAnyClientCert`, from before there were so many. */
const OLD_NAME = 'RequireClientCert';
const authNames = ['', ...clientAuthTypes, OLD_NAME] as const;

const clientAuthOf = (name: (typeof authNames)[number]): ClientAuth => {
  if (name === '') return 'NoClientCert';
  return name === OLD_NAME ? 'RequireAnyClientCert' : name;
};

/** A compare takes twice as long with every step: this one some six seconds. */
const COSTLIEST_HASH = 16;

const isBcryptHash = (hash: string): boolean => {
  const [, cost] = /^\$2[aby]\$(\d\d)\$[./\dA-Za-z]{53}$/.exec(hash) ?? [];
  return cost !== undefined && Number(cost) >= 4 && Number(cost) <= COSTLIEST_HASH;
};

const secondsIn = { ns: 1e-9, us: 1e-6, '\u00b5s': 1e-6, '\u03bcs': 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };

/** "1m30s" as Go reads it; undefined where it is no duration. */
const secondsOf = (text: string): number | undefined => {
  if (!/^(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h))+)$/.test(text)) return undefined;
  return [...text.matchAll(/([\d.]+)([^\d.]+)/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (new Map(Object.entries(secondsIn)).get(unit ?? '') ?? 0),
    0,
  );
};

const aText = () => orDefault(plainText('expected text').default(''));

/** What Node.js lets through; a line end would begin another header. */
const aHeader = (
  sentence: string,
  holds: (value: string) => boolean = value => /^[\t -~\x80-\xff]*$/.test(value),
) => orDefault(plainText(sentence, holds).default(''));

const schema = section({
  tls_server_config: section({
    cert: aText(),
    cert_file: aText(),
    key: aText(),
    key_file: aText(),
    client_ca: aText(),
    client_ca_file: aText(),
    client_auth_type: orDefault(oneNameOf('type of client authentication', authNames).default('')),
    client_allowed_sans: orDefault(
      listOf(plainText('expected text', name => name !== ''))
        .refine(names => names.length > 0, 'expected at least one name')
        .default([]),
    ),
    min_version: orDefault(oneNameOf('TLS version', tlsVersions).default('TLS12')),
    max_version: orDefault(oneNameOf('TLS version', tlsVersions).default('TLS13')),
    cipher_suites: orDefault(listOf(oneNameOf('cipher suite', cipherSuites)).default([])),
    curve_preferences: orDefault(listOf(oneNameOf('curve', curves)).default([])),
    prefer_server_cipher_suites: orDefault(yes(true)),
  }),
  http_server_config: section({
    // Read and not heeded: HTTP/1.1 is what is spoken.
    http2: orDefault(yes(true)),
    headers: section({
      'Strict-Transport-Security': aHeader('expected text in one line'),
      'X-Content-Type-Options': aHeader('expected nosniff', value => value === 'nosniff'),
      'X-Frame-Options': aHeader('expected deny or sameorigin', value => /^(deny|sameorigin)$/.test(value)),
      'X-XSS-Protection': aHeader('expected text in one line'),
      'Content-Security-Policy': aHeader('expected text in one line'),
    }),
  }),
  basic_auth_users: mapOf(
    plainText(
      `expected a bcrypt hash such as htpasswd -B prints, of a cost from 4 to ${COSTLIEST_HASH}`,
      isBcryptHash,
    ),
  ),
  rate_limit: section({
    interval: orDefault(
      plainText('expected a duration such as 100ms or 1m30s', text => secondsOf(text) !== undefined).default(
        '0s',
      ),
    ),
    burst: orDefault(whole(0, 1_000_000).default(0)),
  }),
});

type TlsSection = Infer<typeof schema>['tls_server_config'];

const kindOf = (path: Path): string => {
  if (path.length === 1) return 'section';
  return path.includes('headers') ? 'header' : 'key';
};
