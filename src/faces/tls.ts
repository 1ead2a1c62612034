/** TLS as Go's programs are told to do it, in the words of OpenSSL; and which clients may connect. */
import { constants, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContextOptions, type SecureVersion, type TLSSocket } from 'node:tls';

export interface Tls {
  /** Certificate, key and authorities of clients as PEM. */
  readonly cert: string;
  readonly key: string;
  /** Undefined where nobody's certificates are trusted. */
  readonly clientCa: string | undefined;
  readonly clientAuth: ClientAuth;
  /** Of which a client's certificate must have one; empty: any. */
  readonly allowedSans: readonly string[];
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  /** Empty: all that are not `weak`. */
  readonly cipherSuites: readonly CipherSuite[];
  readonly prefersOwnCiphers: boolean;
  /** Empty: as OpenSSL likes them. */
  readonly curves: readonly Curve[];
}

export const clientAuthTypes = [
  'NoClientCert',
  'RequestClientCert',
  'RequireAnyClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
] as const;

export type ClientAuth = (typeof clientAuthTypes)[number];

const versions = {
  TLS10: 'TLSv1',
  TLS11: 'TLSv1.1',
  TLS12: 'TLSv1.2',
  TLS13: 'TLSv1.3',
} as const satisfies Readonly<Record<string, SecureVersion>>;

export type TlsVersion = keyof typeof versions;

export const tlsVersions = Object.keys(versions) as readonly TlsVersion[];

/** Those of TLS 1.3 are always offered: Go's programs cannot choose among them. */
const ciphersOfTls13 = {
  TLS_AES_128_GCM_SHA256: 'TLS_AES_128_GCM_SHA256',
  TLS_AES_256_GCM_SHA384: 'TLS_AES_256_GCM_SHA384',
  TLS_CHACHA20_POLY1305_SHA256: 'TLS_CHACHA20_POLY1305_SHA256',
} as const;

/** What Go calls secure: a fresh key for every connection. */
const ciphers = {
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
} as const;

/** The only ones that TLS 1.1 and older know. */
const ciphersOfOldTls = {
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
} as const;

const allCiphers = { ...ciphersOfTls13, ...ciphers, ...ciphersOfOldTls };

export type CipherSuite = keyof typeof allCiphers;

export const cipherSuites = Object.keys(allCiphers) as readonly CipherSuite[];

const curvesByName = {
  CurveP256: 'P-256',
  CurveP384: 'P-384',
  CurveP521: 'P-521',
  X25519: 'X25519',
} as const;

export type Curve = keyof typeof curvesByName;

export const curves = Object.keys(curvesByName) as readonly Curve[];

/** Throws where OpenSSL cannot use the certificate, the key or the authorities. */
export const secureContextOptions = (tls: Tls): SecureContextOptions => {
  const isOld = tls.minVersion === 'TLS10' || tls.minVersion === 'TLS11';
  const options: SecureContextOptions = {
    cert: tls.cert,
    key: tls.key,
    // Without a list Node.js would trust every authority of the web.
    ca: tls.clientCa === undefined ? [] : [withCertificate(tls.clientCa)],
    minVersion: versions[tls.minVersion],
    maxVersion: versions[tls.maxVersion],
    ciphers: [
      ...new Set([
        ...Object.values(ciphersOfTls13),
        ...(tls.cipherSuites.length === 0
          ? [...Object.values(ciphers), ...(isOld ? Object.values(ciphersOfOldTls) : [])]
          : tls.cipherSuites.map(name => allCiphers[name])),
        // At its usual level OpenSSL 3 has no TLS older than 1.2.
        ...(isOld ? ['@SECLEVEL=0'] : []),
      ]),
    ].join(':'),
    honorCipherOrder: tls.prefersOwnCiphers,
    ...(tls.curves.length > 0 && { ecdhCurve: tls.curves.map(name => curvesByName[name]).join(':') }),
    // A session that goes on would go around a new list of authorities.
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
  };
  createSecureContext(options);
  return options;
};

/** OpenSSL says nothing where there is none, and then trusts nobody. */
const withCertificate = (pem: string): string => {
  if (new X509Certificate(pem).ca) return pem;
  throw new Error('the first certificate of client_ca is not that of an authority');
};

/** Why a client may not connect; undefined where it may. */
export const refusalOf = (
  { clientAuth, allowedSans }: Tls,
  socket: Pick<TLSSocket, 'authorized' | 'getPeerX509Certificate'>,
): string | undefined => {
  const certificate = socket.getPeerX509Certificate();
  const isGiven = certificate !== undefined;
  switch (clientAuth) {
    case 'NoClientCert':
    case 'RequestClientCert':
      return undefined;
    case 'VerifyClientCertIfGiven':
      return isGiven && !socket.authorized ? NOT_TRUSTED : undefined;
    case 'RequireAnyClientCert':
    case 'RequireAndVerifyClientCert': {
      if (!isGiven) return 'the client has no certificate';
      if (clientAuth === 'RequireAndVerifyClientCert' && !socket.authorized) return NOT_TRUSTED;
      if (allowedSans.length === 0) return undefined;
      const names = sansIn(certificate.subjectAltName ?? '').map(canonical);
      const isAllowed = allowedSans.some(each => names.includes(canonical(each)));
      return isAllowed ? undefined : 'the client has a certificate without an allowed name';
    }
  }
};

const NOT_TRUSTED = 'the client has a certificate that is not trusted';

/**
 * `DNS:a.example, IP Address:10.0.0.1, URI:"spiffe://a,b"` -> the names. A name in which a comma or a quotation mark could be taken
 * for another name stands in quotes, as in JSON.
 */
export const sansIn = (text: string): readonly string[] => {
  const names: string[] = [];
  const name = /([^:,"]+):("(?:[^"\\]|\\.)*"|[^",]*)(?:, |$)/y;
  while (name.lastIndex < text.length) {
    const [, kind = '', value = ''] = name.exec(text) ?? [];
    // What cannot be read to its end shall allow nobody.
    if (name.lastIndex === 0) return [];
    if (!allowedKinds.includes(kind)) continue;
    names.push(value.startsWith('"') ? (JSON.parse(value) as string) : value);
  }
  return names;
};

const allowedKinds: readonly string[] = ['DNS', 'email', 'IP Address', 'URI'];

/** An IPv6 address can be written in many ways. */
const canonical = (name: string): string => {
  if (!/^[\da-f:.]*:[\da-f:.]*$/i.test(name)) return name;
  try {
    return new URL(`http://[${name}]/`).hostname.slice(1, -1);
  } catch {
    return name;
  }
};
