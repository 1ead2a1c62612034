/** The server below the pages: HTTP as it is or over TLS, and how much any client may take of it. */
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { refusalOf, secureContextOptions, type Tls } from './tls.ts';

export interface ServerLimits {
  /** A client that is slower with its handshake, or then with its request, is cut off. */
  readonly requestSeconds: number;
  /** A client that has not taken its answer so long after it asked is cut off; longer than the longest scrape. */
  readonly answerSeconds: number;
  /** Longer than the usual scrape interval, so that Prometheus need not connect anew each time. */
  readonly keepAliveSeconds: number;
  readonly connections: number;
  /** So that one who opens many leaves room for others. */
  readonly connectionsOfOneAddress: number;
  /** Requests on one connection that wait for the answer to an earlier one: no client of ours sends any. */
  readonly pipelinedRequests: number;
  readonly headerBytes: number;
  readonly headers: number;
}

export const serverLimits: ServerLimits = {
  requestSeconds: 10,
  answerSeconds: 330,
  keepAliveSeconds: 150,
  connections: 512,
  connectionsOfOneAddress: 128,
  pipelinedRequests: 8,
  headerBytes: 16_384,
  headers: 100,
};

/** How often Node.js looks for clients that are too slow. */
const CHECKS_PER_LIMIT = 5;

const MILLISECONDS_PER_SECOND = 1000;

/**
 * @param currentTls asked for every connection; whether it is undefined must not change
 * @param refused told why a client was not let in
 */
export const createWebServer = (
  handle: RequestListener,
  currentTls: () => Tls | undefined,
  refused: (reason: string, address: string) => void,
  limits: ServerLimits = serverLimits,
): Server => {
  const milliseconds = limits.requestSeconds * MILLISECONDS_PER_SECOND;
  const options = {
    requestTimeout: milliseconds,
    headersTimeout: milliseconds,
    connectionsCheckingInterval: milliseconds / CHECKS_PER_LIMIT,
    keepAliveTimeout: limits.keepAliveSeconds * MILLISECONDS_PER_SECOND,
    maxHeaderSize: limits.headerBytes,
  };
  const listener = limited(handle, limits, () => !server.listening);
  const tls = currentTls();
  const server: Server =
    tls === undefined
      ? createHttpServer(options, listener)
      : createHttpsServer(
          {
            ...options,
            ...secureContextOptions(tls),
            handshakeTimeout: milliseconds,
            requestCert: asksForCertificate(tls),
            // Judged below, in one place for all types of authentication.
            rejectUnauthorized: false,
            ALPNProtocols: ['http/1.1'],
          },
          listener,
        );
  server.maxConnections = limits.connections;
  server.maxHeadersCount = limits.headers;
  if (tls !== undefined) judgeClients(server, tls, currentTls, refused);
  limitConnections(server, limits.connectionsOfOneAddress);
  return server;
};

const asksForCertificate = ({ clientAuth }: Tls): boolean => clientAuth !== 'NoClientCert';

/** What `setSecureContext` leaves as it was. The type of @types/node does not tell of `requestCert`. */
interface Renewable {
  readonly setSecureContext: (options: ReturnType<typeof secureContextOptions>) => void;
  requestCert: boolean;
}

const judgeClients = (
  server: Server,
  atFirst: Tls,
  currentTls: () => Tls | undefined,
  refused: (reason: string, address: string) => void,
): void => {
  let inUse = atFirst;
  const renewable = server as unknown as Renewable;
  // Before Node.js begins with the handshake.
  server.prependListener('connection', () => {
    const current = currentTls();
    if (current === undefined || current === inUse) return;
    renewable.setSecureContext(secureContextOptions(current));
    renewable.requestCert = asksForCertificate(current);
    inUse = current;
  });
  // Before it looks for a request.
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    const reason = refusalOf(inUse, socket);
    if (reason === undefined) return;
    refused(reason, socket.remoteAddress ?? '');
    socket.destroy();
  });
};

const limitConnections = (server: Server, limit: number): void => {
  const counts = new Map<string, number>();
  server.prependListener('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    const count = counts.get(address) ?? 0;
    if (count === limit) {
      socket.destroy();
      return;
    }
    counts.set(address, count + 1);
    socket.once('close', () => {
      const others = (counts.get(address) ?? 1) - 1;
      if (others > 0) counts.set(address, others);
      else counts.delete(address);
    });
  });
};

/**
 * In place of a listener before the other, which Node.js would call even for a connection that is cut off.
 * @param isClosing from then on a connection ends with its answer, which Node.js would keep open for the next request
 */
const limited = (
  handle: RequestListener,
  { answerSeconds, pipelinedRequests }: ServerLimits,
  isClosing: () => boolean,
): RequestListener => {
  const waiting = new WeakMap<Socket, number>();
  return (request, response) => {
    const { socket } = request;
    const count = (waiting.get(socket) ?? 0) + 1;
    if (count > pipelinedRequests) {
      socket.destroy();
      return;
    }
    waiting.set(socket, count);
    const tooSlow = setTimeout(() => {
      socket.destroy();
    }, answerSeconds * MILLISECONDS_PER_SECOND).unref();
    response.once('close', () => {
      clearTimeout(tooSlow);
      const left = (waiting.get(socket) ?? 1) - 1;
      waiting.set(socket, left);
      if (left === 0 && isClosing()) socket.end();
    });
    handle(request, response);
  };
};
