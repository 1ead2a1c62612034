/** Certificates for tests, made anew each time: nothing that anybody trusts is kept. Needs `openssl`. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Pair {
  /** Names of the files, and what is in them. */
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

export interface Certificates {
  readonly folder: string;
  /** An authority with this name. */
  readonly authority: (name: string) => Pair;
  /** @param names as openssl writes them: `DNS:a.example,IP:::1` */
  readonly issue: (by: Pair, name: string, names: string) => Pair;
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** In a folder of its own, which the caller removes. */
export const makeCertificates = (): Certificates => {
  const folder = mkdtempSync(join(tmpdir(), 'netstat-exporter-'));
  const openssl = (...args: readonly string[]): void => {
    execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  };
  const pair = (name: string): Pair => {
    const [certFile, keyFile] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
    return { certFile, keyFile, cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  };

  return {
    folder,
    authority(name) {
      const files = ['-keyout', `${name}.key`, '-out', `${name}.pem`];
      openssl('req', '-x509', ...newKey, '-days', '2', '-subj', `/CN=${name}`, ...files);
      return pair(name);
    },
    issue(by, name, names) {
      const files = ['-keyout', `${name}.key`, '-out', `${name}.request`];
      openssl('req', ...newKey, '-subj', `/CN=${name}`, ...files);
      writeFileSync(join(folder, `${name}.names`), `subjectAltName=${names}\n`);
      const authority = ['-CA', by.certFile, '-CAkey', by.keyFile, '-CAcreateserial'];
      const asked = ['-in', `${name}.request`, '-extfile', `${name}.names`, '-out', `${name}.pem`];
      openssl('x509', '-req', ...authority, '-days', '2', ...asked);
      return pair(name);
    },
  };
};
