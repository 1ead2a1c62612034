/**
 * A client to run inside of a namespace: `client.js STREAMS ROUNDS PAUSE-MILLISECONDS URL...`. Each stream asks all URLs
 * one after the other, round after round, over connections that it keeps, and prints each answer as a line of JSON.
 */
import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const [streams = 1, rounds = 1, pauseMilliseconds = 0] = process.argv.slice(2, 5).map(Number);
const urls = process.argv.slice(5);

const answerTo = (url: string, agent: Agent): Promise<{ status: number; body: string }> =>
  new Promise((resolve, reject) => {
    get(url, { agent }, response => {
      let body = '';
      response.setEncoding('latin1');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body });
      });
      response.on('error', reject);
    }).on('error', reject);
  });

/** Connections of a scene may hold all local ports towards a server for a moment. */
const PORT_TRIES = 40;
const PORT_PAUSE_MILLISECONDS = 500;

const answerInTime = async (url: string, agent: Agent): ReturnType<typeof answerTo> => {
  for (let tries = 1; ; tries++) {
    try {
      return await answerTo(url, agent);
    } catch (error) {
      const isFull = error instanceof Error && 'code' in error && error.code === 'EADDRNOTAVAIL';
      if (!isFull || tries === PORT_TRIES) throw error;
      await sleep(PORT_PAUSE_MILLISECONDS);
    }
  }
};

const askAll = async (stream: number): Promise<void> => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let round = 0; round < rounds; round++) {
    for (const url of urls) {
      const answer = await answerInTime(url, agent);
      process.stdout.write(`${JSON.stringify({ stream, ...answer })}\n`);
    }
    await sleep(pauseMilliseconds);
  }
  agent.destroy();
};

await Promise.all(Array.from({ length: streams }, (_, stream) => askAll(stream)));
