/** Whom Alertmanager tells: `webhook.js PORT` prints each message that is posted to it as a line of JSON, with the path it came to. */
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => (body += chunk));
  request.on('end', () => {
    process.stdout.write(`${JSON.stringify({ path: request.url, message: JSON.parse(body) as unknown })}\n`);
    response.end();
  });
});
server.listen(Number(process.argv[2]), () => {
  process.stdout.write('listening\n');
});
