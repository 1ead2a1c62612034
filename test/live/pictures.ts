/**
 * `npm run pictures`: takes the pictures in docs/images of a host on which a program leaks sockets, as tables show it after some
 * minutes. Needs root and what the test of these pages needs.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BrowserContextOptions } from 'playwright-core';
import { root } from '../hosts.ts';
import { startChromium } from './browser.ts';
import { ask, namespaceOfLeak } from './namespaces.ts';
import { mainFile, start } from './programs.ts';

interface Picture {
  readonly name: string;
  readonly path: string;
  readonly width: number;
  /** Below so many rows the page is cut off. */
  readonly rows: number;
  readonly options: BrowserContextOptions;
}

const CLOSE_WAIT = '/tables/sockets?state=CLOSE_WAIT&program=leaky-svc&sort=-age_seconds';

const pictures: readonly Picture[] = [
  {
    ...{ name: 'tables-close-wait', path: CLOSE_WAIT, width: 1400, rows: 10 },
    options: { colorScheme: 'light' },
  },
  {
    ...{ name: 'tables-phone', path: CLOSE_WAIT, width: 390, rows: 2 },
    options: { colorScheme: 'dark', isMobile: true, hasTouch: true },
  },
  {
    ...{ name: 'tables-statistics', path: '/tables/statistics?protocol=tcp', width: 1400, rows: 14 },
    options: { colorScheme: 'light' },
  },
];

const LEAKS = 34;
const LEAK_EVERY_SECONDS = 3;
const BYTES_LIMIT = 200_000;

/** The server goes by the name of the folder that it was started from. */
const linkedMain = (folder: string): string => {
  symlinkSync(root, join(folder, 'netstat-exporter'));
  return join(folder, 'netstat-exporter', relative(root, mainFile));
};

const namespace = await namespaceOfLeak('plain');
const folder = mkdtempSync(join(tmpdir(), 'netstat-exporter-'));
const [enter, ...rest] = namespace.inside([process.execPath, linkedMain(folder)]);
const server = await start(
  [enter, ...rest, 'serve', '--web.listen-address=127.0.0.1:10055', '--web.enable-tables'],
  /msg=listening address=(\S+)/,
);
const origin = `http://${server.ready[1] ?? ''}`;
try {
  for (let leaks = 0; leaks < LEAKS; leaks++) {
    await namespace.tell('leak');
    // The exporter tells how old they are by when it has seen them first.
    ask(namespace, 1, [`${origin}/metrics`]);
    await sleep(LEAK_EVERY_SECONDS * 1000);
  }

  // Outside of the namespace the browser is not among the sockets.
  const chromium = await startChromium();
  mkdirSync(join(root, 'docs', 'images'), { recursive: true });
  for (const { name, path, width, rows, options } of pictures) {
    const { page, close } = await chromium.open(origin, { viewport: { width, height: 2000 }, ...options });
    await page.route('**/*', async route => {
      const { pathname, search } = new URL(route.request().url());
      const [{ status, body } = { status: 500, body: '' }] = ask(namespace, 1, [origin + pathname + search]);
      await route.fulfill({ status, contentType: 'text/html', body: Buffer.from(body, 'latin1') });
    });
    await page.goto(origin + path);
    const file = join(root, 'docs', 'images', `${name}.png`);
    const last = await page
      .locator('tbody tr')
      .nth(rows - 1)
      .boundingBox();
    if (last === null) throw new Error(`${name}: no ${rows} rows`);
    await page.screenshot({ path: file, clip: { x: 0, y: 0, width, height: last.y + last.height } });
    const { size } = statSync(file);
    process.stdout.write(`${relative(root, file)} ${size} bytes\n`);
    if (size > BYTES_LIMIT) throw new Error(`more than ${BYTES_LIMIT} bytes`);
    await close();
  }
  await chromium.stop();
} finally {
  await server.stop();
  await namespace.stop();
  rmSync(folder, { recursive: true });
}
