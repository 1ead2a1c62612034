/** Pages on a free port of the loopback interface, and a client that keeps no connection. */
import { createServer, request, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { createApp } from '../../src/faces/http.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
  readonly milliseconds: number;
}

export interface Site {
  readonly get: (path: string, headers?: OutgoingHttpHeaders, method?: string) => Promise<Answer>;
  readonly close: () => Promise<void>;
}

export const openSite = async (app: ReturnType<typeof createApp>): Promise<Site> => {
  const server = createServer(app);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    get: (path, headers = {}, method = 'GET') =>
      new Promise((resolve, reject) => {
        const begin = performance.now();
        const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, response => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => {
            const body = Buffer.concat(chunks);
            resolve({
              ...{ status: response.statusCode ?? 0, headers: response.headers },
              ...{ body, text: body.toString(), milliseconds: performance.now() - begin },
            });
          });
        });
        sent.on('error', reject);
        sent.end();
      }),
    close: () =>
      new Promise(resolve => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
};
