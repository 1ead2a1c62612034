/** A registry of npm on the loopback interface: it has what is installed here, and nothing else. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { root } from '../hosts.ts';

export interface Registry {
  readonly url: string;
  readonly close: () => void;
}

const ARCHIVE = '/-/package.tgz';
/** Of one package, with some room. */
const ARCHIVE_BYTES_LIMIT = 64e6;

export const startRegistry = async (): Promise<Registry> => {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').slice(1);
    const isArchive = path.endsWith(ARCHIVE);
    const name = isArchive ? path.slice(0, -ARCHIVE.length) : path;
    const folder = join(root, 'node_modules', name);
    if (!/^(@[\w.-]+\/)?[\w.-]+$/.test(name) || !existsSync(join(folder, 'package.json'))) {
      response.writeHead(404).end('{}');
      return;
    }
    response.end(isArchive ? archiveOf(folder) : JSON.stringify(packumentOf(folder, url)));
  });
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    url,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
};

interface Manifest {
  readonly name: string;
  readonly version: string;
}

const packumentOf = (folder: string, url: string) => {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  const { name, version } = manifest;
  const dist = { tarball: `${url}${name}${ARCHIVE}` };
  return { name, 'dist-tags': { latest: version }, versions: { [version]: { ...manifest, dist } } };
};

const archiveOf = (folder: string): Buffer =>
  execFileSync('tar', ['-cz', '--transform=s,^\\.,package,', '-C', folder, '.'], {
    maxBuffer: ARCHIVE_BYTES_LIMIT,
  });
