/** One kept-alive connection, asked as Prometheus asks. */
import { Agent, get, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { gunzipSync } from 'node:zlib';

export interface Answer {
  /** From before the request to the last byte. */
  readonly wallMs: number;
  /** As it came over the wire. */
  readonly bytes: number;
  text(): string;
}

export interface Connection {
  get(path: string): Promise<Answer>;
  /** How many connections it took: 1 if the first was kept all the time. */
  opened(): number;
  close(): void;
}

/** As Prometheus 2.45 sends them. */
const HEADERS = {
  'User-Agent': 'Prometheus/2.45.0',
  Accept:
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
  'Accept-Encoding': 'gzip',
  'X-Prometheus-Scrape-Timeout-Seconds': '60',
};

const ANSWER_SECONDS_LIMIT = 60;

export const connection = (port: number): Connection => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let opened = 0;
  return {
    async get(path) {
      const start = performance.now();
      const request = get({
        host: '127.0.0.1',
        port,
        path,
        agent,
        headers: HEADERS,
        signal: AbortSignal.timeout(ANSWER_SECONDS_LIMIT * 1000),
      });
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      const wallMs = performance.now() - start;
      if (!request.reusedSocket) opened++;
      if (response.statusCode !== 200) throw new Error(`${path}: HTTP status ${response.statusCode ?? '?'}`);
      const body = Buffer.concat(chunks);
      const isGzip = response.headers['content-encoding'] === 'gzip';
      return { wallMs, bytes: body.length, text: () => (isGzip ? gunzipSync(body) : body).toString() };
    },
    opened: () => opened,
    close() {
      agent.destroy();
    },
  };
};
