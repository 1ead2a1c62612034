// Protects: the tables in a real browser: from the counts to the very sockets that ss shows, with forms and links alone, and no name of the host does anything but stand there.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { views } from '../../src/faces/tables/ask.ts';
import { needs } from '../needs.ts';
import { startChromium, type Chromium, type Window } from './browser.ts';
import { ask, namespaceOfLeak, type LeakNamespace } from './namespaces.ts';
import { complaintsIn, eventually, startServer, type Running } from './programs.ts';
import { tcpOfSs, type TcpRow } from './tables.ts';

const tools = ['unshare', 'nsenter', 'python3', 'ip', 'ss', 'chromium'];

/** As leak.py calls them, and as everybody may read it. */
const LEAKER = String.raw`<script>x\u{1b}\u{202e}`;
const SCRIPT = String.raw`<img src=x onerror=alert(1)>\u{1b}\xff.py`;
const SOCKET_PATHS = [
  String.raw`<script>alert(1)</script>\x1b[31m\u{202e}"'&amp;`,
  // Of what is no UTF-8 every byte counts.
  String.raw`<script>alert(1)</script>\x1b[31m\xe2\x80\xae"'&amp;\xff`,
];
const INTERFACE = String.raw`<b>&"'\\xff`;

const desktop = { width: 1400, height: 900 };
const phone = { width: 390, height: 844 };

describe('tables in a browser', needs({ root: true, tools }), () => {
  let namespace: LeakNamespace;
  let server: Running;
  let origin: string;
  let chromium: Chromium;
  let window: Window;
  let page: Page;

  before(async () => {
    namespace = await namespaceOfLeak('odd');
    assert.deepEqual(namespace.started().missing, []);
    const [enter, ...rest] = namespace.inside(['env']);
    const started = await startServer([enter, ...rest], '--web.enable-tables');
    server = started;
    origin = new URL(started.url).origin;
    chromium = await startChromium(namespace.inside);
    window = await chromium.open(origin, { viewport: desktop });
    page = window.page;
  });
  after(async () => {
    await chromium.stop();
    await server.stop();
    await namespace.stop();
  });

  const go = async (path: string, on = page): Promise<void> => {
    const response = await on.goto(origin + path);
    assert.equal(response?.status(), 200, path);
  };
  /** Clicks what leads to another page, and waits for that. */
  const follow = async (link: Locator): Promise<void> => {
    const on = link.page();
    await Promise.all([on.waitForEvent('framenavigated'), link.click()]);
    await on.waitForLoadState();
  };
  const queryOf = (on = page): Readonly<Record<string, string>> =>
    Object.fromEntries([...new URL(on.url()).searchParams].filter(([, value]) => value !== ''));

  const headings = async (): Promise<readonly string[]> =>
    (await page.locator('th').allTextContents()).map(text => text.replace(/ [▲▼]$/, ''));

  /** By their headings. */
  const rows = async (): Promise<readonly Readonly<Record<string, string>>[]> => {
    const names = await headings();
    const lines = await page.locator('tbody tr').all();
    return Promise.all(
      lines.map(async line => {
        const cells = await line.locator('td').allTextContents();
        return Object.fromEntries(names.map((name, i) => [name, cells[i] ?? '']));
      }),
    );
  };

  /** What a row of the page and one of ss have in common. */
  const asShown = async (): Promise<readonly string[]> =>
    (await rows())
      .map(row =>
        [
          ...[row['State'], row['Recv-Q'], row['Local address : Port'], row['Foreign address : Port']],
          ...[row['PID'], row['Inode']],
        ].join(' '),
      )
      .sort();
  const asPrinted = (printed: readonly TcpRow[]): readonly string[] =>
    printed
      .map(row =>
        [
          ...[row.state, row.receiveQueue, `${row.address}:${row.port}`],
          ...[`${row.peerAddress}:${row.peerPort}`, row.pid, row.inode],
        ].join(' '),
      )
      .sort();
  const leakedOfSs = (): readonly TcpRow[] => {
    const { pid } = namespace.started().leaker;
    return tcpOfSs(namespace).filter(row => row.state === 'CLOSE_WAIT' && row.pid === pid);
  };

  /** The link of a count, in the list of this name. */
  const count = (list: string, value: string) =>
    page
      .locator('.counts', { has: page.getByRole('heading', { name: list, exact: true }) })
      .getByRole('link', {
        name: new RegExp(`^${value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')} \\d`),
      });

  test('from the counts, over two links, to the very sockets that ss -tanp shows', async () => {
    await go('/tables/sockets');
    assert.match(await page.title(), /^Sockets$/);
    const told = Number(/\d+$/.exec((await count('State', 'CLOSE_WAIT').textContent()) ?? '')?.[0]);
    await follow(count('State', 'CLOSE_WAIT'));
    assert.deepEqual(queryOf(), { state: 'CLOSE_WAIT' });
    assert.equal((await rows()).length, told);

    const program = count('Program', LEAKER);
    const { unread, read } = namespace.started().leaker;
    assert.equal(await program.textContent(), `${LEAKER} ${unread + read}`);
    await follow(program);
    assert.deepEqual(queryOf(), { state: 'CLOSE_WAIT', program: LEAKER });
    const ours = await asShown();
    assert.equal(ours.length, unread + read);
    assert.deepEqual(ours, asPrinted(leakedOfSs()));
    assert.equal(await page.locator('td span.unread').count(), unread);
    assert.equal(await page.locator('td span.read').count(), read);
    assert.match((await page.locator('.found').textContent()) ?? '', /^6 sockets with state CLOSE_WAIT and /);
  });

  test('one more leak is there when the page is loaded again', async () => {
    await go(`/tables/sockets?state=CLOSE_WAIT&program=${encodeURIComponent(LEAKER)}`);
    const before = (await rows()).length;
    await namespace.tell('leak');
    await page.reload();
    assert.equal((await rows()).length, before + 1);
    assert.deepEqual(await asShown(), asPrinted(leakedOfSs()));
  });

  test('the form filters, keeps the order and what it was filled with, and can be cleared', async () => {
    await go('/tables/sockets?sort=-inode');
    await page.getByLabel('State').selectOption('CLOSE_WAIT');
    await page.getByLabel('Program').fill(LEAKER);
    await page.getByLabel('Port', { exact: true }).fill('8080');
    await follow(page.getByRole('button', { name: 'Show' }));
    assert.deepEqual(queryOf(), { state: 'CLOSE_WAIT', program: LEAKER, port: '8080', sort: '-inode' });
    assert.deepEqual(await asShown(), asPrinted(leakedOfSs()));
    const inodes = (await rows()).map(row => Number(row['Inode']));
    assert.deepEqual(
      inodes,
      inodes.toSorted((a, b) => b - a),
    );
    assert.equal(await page.getByLabel('State').inputValue(), 'CLOSE_WAIT');
    assert.equal(await page.getByLabel('Program').inputValue(), LEAKER);
    assert.equal(await page.getByLabel('Port', { exact: true }).inputValue(), '8080');

    await page.getByLabel('Port', { exact: true }).fill('8081');
    await Promise.all([page.waitForEvent('framenavigated'), page.keyboard.press('Enter')]);
    await page.waitForLoadState();
    assert.match((await page.locator('.found').textContent()) ?? '', /^No such socket now/);
    await follow(page.locator('form').getByRole('link', { name: 'clear' }));
    assert.deepEqual(queryOf(), { sort: '-inode' });
  });

  test('headings sort, the largest first, and the other way when they are asked again', async () => {
    await go(`/tables/sockets?protocol=tcp&program=${encodeURIComponent(LEAKER)}`);
    const queues = async () => (await rows()).map(row => Number(row['Recv-Q']));
    const heading = page.getByRole('columnheader', { name: 'Recv-Q' });
    await follow(heading.getByRole('link'));
    assert.equal(queryOf()['sort'], '-receive_queue');
    assert.equal(await heading.getAttribute('aria-sort'), 'descending');
    const largest = await queues();
    assert.deepEqual(
      largest,
      largest.toSorted((a, b) => b - a),
    );
    assert.ok(new Set(largest).size > 1);
    await follow(heading.getByRole('link'));
    assert.equal(queryOf()['sort'], 'receive_queue');
    assert.deepEqual(await queues(), largest.toReversed());
    assert.equal(queryOf()['program'], LEAKER);
  });

  test('a name in a cell leads to its rows, and a wrong question to a sentence', async () => {
    await go('/tables/sockets?state=LISTEN&sort=program');
    await follow(page.locator('tbody').getByRole('link', { name: 'shop-api', exact: true }));
    assert.deepEqual(queryOf(), { state: 'LISTEN', program: 'shop-api', sort: 'program' });
    assert.equal((await rows()).length, 1);
    const response = await page.goto(`${origin}/tables/sockets?state=CLOSEWAIT`);
    assert.equal(response?.status(), 400);
    assert.match(
      await page.locator('body').innerText(),
      /^There is no state "CLOSEWAIT"\. Did you mean CLOSE_WAIT\?/,
    );
  });

  test('the landing page leads to every view, and every view to every other', async () => {
    await go('/');
    for (const view of views) {
      await follow(page.getByRole('link', { name: view, exact: true }));
      assert.equal(new URL(page.url()).pathname, `/tables/${view}`);
      assert.equal(await page.locator('nav a[aria-current=page]').textContent(), view);
    }
  });

  describe('a name that would do harm', () => {
    /** Elements that only such a name could have made. */
    const intruders = 'script, img, i, b script, iframe, object, embed, link, base, [onerror], [onload]';
    const assertHarmless = async (): Promise<void> => {
      assert.equal(await page.locator(intruders).count(), 0, page.url());
      const text = (await page.locator('body').textContent()) ?? '';
      assert.doesNotMatch(text, /[^\n\P{Cc}]|\p{Cf}|\ufffd/u, page.url());
    };

    test('of programs stands in the page as text, its marks spelled out', async () => {
      for (const name of [LEAKER, SCRIPT]) {
        await go(`/tables/sockets?program=${encodeURIComponent(name)}&state=CLOSE_WAIT`);
        const [row] = await rows();
        assert.equal(row?.['Program'], name);
        assert.ok((await page.title()).includes(name));
        assert.ok((await page.locator('.found').textContent())?.includes(`program ${name};`));
        await assertHarmless();
      }
    });

    test('of a socket as well', async () => {
      await go('/tables/sockets?family=unix&state=LISTENING');
      const paths = (await rows()).map(row => row['Local address'] ?? '');
      for (const expected of SOCKET_PATHS)
        assert.equal(paths.filter(path => path.endsWith(`/${expected}`)).length, 1, paths.join('\n'));
      await assertHarmless();
    });

    test('of an interface as well, in every view that has one', async () => {
      for (const [view, heading] of [
        ['interfaces', 'Iface'],
        ['routes', 'Iface'],
        ['groups', 'Interface'],
      ] as const) {
        await go(`/tables/${view}`);
        const names = (await rows()).map(row => row[heading]);
        assert.ok(names.includes(INTERFACE), `${view}: ${names.join()}`);
        await assertHarmless();
      }
      await go('/tables/routes');
      await follow(count('Interface', INTERFACE));
      assert.ok((await rows()).length > 0);
      assert.ok((await rows()).every(row => row['Iface'] === INTERFACE));
    });

    test('as text and as JSON is shown as such, never as a page', async () => {
      for (const format of ['text', 'json']) {
        for (const view of views) {
          await go(`/tables/${view}?format=${format}`);
          assert.equal(await page.locator('script, img, table').count(), 0);
        }
      }
      await go('/tables/sockets?format=text');
      const text = (await page.locator('body').textContent()) ?? '';
      for (const expected of SOCKET_PATHS) assert.ok(text.includes(expected), text);
      assert.doesNotMatch(text, /[^\n\P{Cc}]|\p{Cf}/u);
    });
  });

  test('on a telephone nothing is wider than the screen, and each row has its names beside its values', async () => {
    const {
      page: small,
      complaints,
      close,
    } = await chromium.open(origin, {
      ...{ viewport: phone, deviceScaleFactor: 2, isMobile: true, hasTouch: true, colorScheme: 'dark' },
    });
    for (const view of views) {
      await go(`/tables/${view}`, small);
      const widths = await small.evaluate(
        '[document.documentElement.scrollWidth, document.documentElement.clientWidth, window.innerWidth]',
      );
      assert.deepEqual(widths, [390, 390, 390], view);
    }
    await go('/tables/sockets?state=CLOSE_WAIT', small);
    await small.locator('summary', { hasText: 'Filter' }).tap();
    await small.getByLabel('Port', { exact: true }).fill('8082');
    await follow(small.getByRole('button', { name: 'Show' }));
    assert.equal(queryOf(small)['port'], '8082');
    const label = await small.evaluate(
      "getComputedStyle(document.querySelector('tbody td'), '::before').content",
    );
    assert.equal(label, '"Family"');
    assert.equal(await small.locator('tbody tr').count(), 1);
    assert.deepEqual(complaints(), []);
    await close();
  });

  test('is dark where the user has it dark, and can be read in both', async () => {
    const luminances: number[][] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await go('/tables/sockets?state=CLOSE_WAIT');
      // Every text against what is behind it.
      const colors = await page.evaluate<readonly string[]>(`(() => {
        const shown = [...document.querySelectorAll('h1, p, a, td, th, span.read, span.unread, label, button')];
        const behind = element => {
          for (let each = element; each; each = each.parentElement) {
            const { backgroundColor } = getComputedStyle(each);
            if (backgroundColor !== 'rgba(0, 0, 0, 0)') return backgroundColor;
          }
          return 'none';
        };
        return [...new Set(shown.map(each => getComputedStyle(each).color + ' | ' + behind(each)))];
      })()`);
      for (const pair of colors) {
        const [text = '', ground = ''] = pair.split(' | ');
        assert.ok(contrast(text, ground) >= 4.5, `${colorScheme}: ${pair}`);
      }
      const [body = ''] = colors;
      luminances.push(body.split(' | ').map(luminance));
    }
    const [[lightText = 1, lightGround = 0] = [], [darkText = 0, darkGround = 1] = []] = luminances;
    assert.ok(lightText < lightGround && darkText > darkGround && darkGround < 0.05);
    await page.emulateMedia({ colorScheme: null });
  });

  test('all of it works where scripts are switched off', async () => {
    const { page: plain, close } = await chromium.open(origin, { javaScriptEnabled: false });
    await go('/tables/sockets', plain);
    await plain.getByLabel('Program').fill('shop-api');
    await follow(plain.getByRole('button', { name: 'Show' }));
    assert.deepEqual(queryOf(plain), { program: 'shop-api' });
    assert.equal(await plain.locator('tbody tr').count(), 13);
    await close();
  });

  test('no script ran into an error, nobody else was asked, nothing popped up, and the server is well', async () => {
    assert.deepEqual(
      window.complaints().filter(each => !each.includes('status of 400')),
      [],
    );
    const [answer] = ask(namespace, 1, [`${origin}/-/healthy`]);
    assert.equal(answer?.status, 200);
    assert.deepEqual(complaintsIn(server.printed()), []);
    await eventually(() => {
      assert.equal(server.child.exitCode, null);
    });
  });
});

/** Of `rgb(1, 2, 3)`, as WCAG reckons it. */
const luminance = (color: string): number => {
  const [red = 0, green = 0, blue = 0] = [...color.matchAll(/[\d.]+/g)].map(([part]) => {
    const share = Number(part) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};

const contrast = (text: string, ground: string): number => {
  const [dark = 0, light = 0] = [luminance(text), luminance(ground)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
};
