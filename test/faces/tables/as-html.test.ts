// Protects: the pages of the tables: what they say of the rows, where their links lead, and that no name of the host breaks out of its cell.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { collectors } from '../../../src/collectors/index.ts';
import { shown as spelledOut } from '../../../src/faces/netstat/shown.ts';
import { tableAsHtml } from '../../../src/faces/tables/as-html.ts';
import {
  askOf,
  rowsDefault,
  views,
  type Domains,
  type TableAsk,
  type View,
} from '../../../src/faces/tables/ask.ts';
import type { Detail, Heading, TableShown } from '../../../src/faces/tables/shown.ts';
import { tables, type Cell, type RowTableName } from '../../../src/snapshot/tables.ts';
import { allOf, elementsOf, oneOf, parsePage, textOf, type Element } from './strict-html.ts';

const domains: Domains = { collectors, netns: '4026531840' };

const html = (shown: TableShown): string => tableAsHtml(shown, { version: '1.2.3', domains });
const page = (shown: TableShown): Element => parsePage(html(shown));

const ask = (view: View, asked: Partial<TableAsk> = {}): TableAsk => ({
  ...{ view, format: 'html', where: {}, sort: undefined, limit: rowsDefault(view) },
  ...asked,
});

const headingsOf = (view: RowTableName): readonly Heading[] =>
  tables[view].columns.map(({ name, heading }) => ({ name, heading }));

type Row = Readonly<Record<string, Cell>>;

const table = (
  asked: TableAsk,
  columns: readonly Heading[],
  rows: readonly Row[],
  rest: Partial<TableShown> = {},
) => ({
  ...{ ask: asked, netns: '4026531840', columns, matched: rows.length, counts: {}, unread: [] },
  rows: rows.map(row => ({ cells: columns.map(({ name }) => row[name]), detail: undefined })),
  ...rest,
});

const sockets = (
  rows: readonly Row[],
  asked: Partial<TableAsk> = {},
  rest: Partial<TableShown> = {},
): TableShown => table(ask('sockets', asked), headingsOf('sockets'), rows, rest);

const tcp: Row = {
  ...{ family: 'inet', protocol: 'tcp', receive_queue: 0, send_queue: 0, state: 'ESTABLISHED' },
  ...{ local_address: '10.1.2.3', local_port: 80, remote_address: '10.9.8.7', remote_port: 51234 },
  ...{ program: 'nginx', pid: 4711, command: '/usr/sbin/nginx', user: 'www-data', uid: 33, inode: 998877 },
};
const closeWait: Row = { ...tcp, state: 'CLOSE_WAIT', program: 'leaky-svc', age_seconds: 734 };

/** What the server makes of a link. */
const asked = (href: string): TableAsk => {
  const { pathname, searchParams } = new URL(href, 'http://localhost');
  const [, first, view] = pathname.split('/');
  assert.equal(first, 'tables');
  const found = views.find(each => each === view);
  assert.ok(found !== undefined, href);
  const told = askOf(found, Object.fromEntries(searchParams), domains);
  assert.ok(typeof told !== 'string', `${href}: ${JSON.stringify(told)}`);
  return told;
};

const links = (element: Element): readonly Element[] => allOf(element, 'a');
const hrefOf = (element: Element): string => element.attributes['href'] ?? '';
const linkCalled = (element: Element, text: string): string => {
  const found = links(element).filter(each => textOf(each) === text);
  assert.equal(found.length, 1, `links called ${text}`);
  return hrefOf(found[0] ?? element);
};

const headings = (element: Element): readonly string[] => allOf(element, 'th').map(textOf);
/** Cells of a row by their heading. */
const cellsOf = (element: Element, row = 0): ReadonlyMap<string, Element> => {
  const cells = allOf(allOf(oneOf(element, 'tbody'), 'tr')[row] ?? element, 'td');
  const names = headings(element);
  assert.equal(cells.length, names.length);
  return new Map(names.map((name, i) => [name, cells[i] ?? element]));
};
const cell = (element: Element, heading: string, row = 0): Element => {
  const found = cellsOf(element, row).get(heading);
  assert.ok(found !== undefined, `no ${heading} in ${headings(element).join(', ')}`);
  return found;
};

const found = (shown: TableShown): string => textOf(oneOf(page(shown), '.found'));

const allViews: readonly TableShown[] = [
  sockets([tcp, closeWait]),
  table(ask('routes'), headingsOf('routes'), [
    {
      family: 'inet',
      destination: '0.0.0.0',
      prefix_length: 0,
      gateway: '10.0.0.1',
      flags: 'UG',
      device: 'eth0',
      cached: false,
    },
  ]),
  table(ask('groups'), headingsOf('groups'), [
    { family: 'inet', device: 'lo', users: 1, group: '224.0.0.1' },
  ]),
  table(ask('nat'), headingsOf('nat'), [
    { family: 'inet', protocol: 'tcp', state: 'CLOSE_WAIT', source_address: '::1', source_port: 9 },
  ]),
  table(
    ask('interfaces'),
    [
      { name: 'device', heading: 'Iface' },
      { name: 'receive_bytes', heading: 'RX' },
    ],
    [{ device: 'eth0', receive_bytes: 18_446_744_073_709 }],
  ),
  table(
    ask('statistics'),
    [
      { name: 'name', heading: 'Name' },
      { name: 'help', heading: 'Help' },
    ],
    [{ name: 'x', help: 'What it is. '.repeat(9) }],
  ),
];

describe('a page', () => {
  test('is well formed, and has nothing that runs or is loaded, in every view', () => {
    assert.deepEqual(new Set(allViews.map(each => each.ask.view)), new Set(views));
    for (const shown of allViews) {
      const elements = elementsOf(page(shown));
      for (const { tag, attributes } of elements) {
        assert.ok(!['script', 'link', 'img', 'iframe', 'object', 'base', 'svg'].includes(tag), tag);
        for (const [name, value] of Object.entries(attributes)) {
          assert.doesNotMatch(name, /^(on.*|style|src|srcset)$/);
          if (name === 'href' || name === 'action') assert.match(value, /^\/(?!\/)/);
        }
      }
      const style = textOf(oneOf(page(shown), 'style'));
      assert.doesNotMatch(style, /url\(|@import|<|expression/);
      assert.match(style, /prefers-color-scheme: dark/);
    }
  });

  test('leads to all views, with nothing of the query', () => {
    const nav = oneOf(page(sockets([tcp], { where: { port: '80' }, limit: 5 })), 'nav');
    assert.deepEqual(links(nav).map(hrefOf), ['/', ...views.map(view => `/tables/${view}`)]);
    const current = links(nav).filter(({ attributes }) => attributes['aria-current'] === 'page');
    assert.deepEqual(current.map(textOf), ['sockets']);
  });

  test('names the namespace, unless the kernel does not tell', () => {
    assert.equal(textOf(oneOf(page(sockets([tcp])), 'h1')), 'Sockets in network namespace 4026531840');
    assert.equal(textOf(oneOf(page(sockets([tcp], {}, { netns: '' })), 'h1')), 'Sockets');
  });

  test('has what was asked for in its title, before the name of the view', () => {
    const shown = sockets([closeWait], { where: { program: 'leaky-svc', state: 'CLOSE_WAIT' } });
    assert.equal(textOf(oneOf(page(shown), 'title')), 'CLOSE_WAIT · leaky-svc · Sockets');
  });

  test('leads to the same as text and as JSON', () => {
    const shown = sockets([tcp], { where: { user: 'a b' }, sort: { by: 'pid', descending: true }, limit: 7 });
    const line = oneOf(page(shown), '.links');
    assert.deepEqual(asked(linkCalled(line, 'as text')), { ...shown.ask, format: 'text' });
    assert.deepEqual(asked(linkCalled(line, 'as JSON')), { ...shown.ask, format: 'json' });
  });

  test('has links to pages only beside those, whatever it was made for', () => {
    const shown = sockets([tcp], { format: 'json' }, { counts: { state: [['ESTABLISHED', 1]] } });
    const others = links(page(shown)).filter(each => !textOf(each).startsWith('as '));
    for (const each of others.slice(1)) assert.equal(asked(hrefOf(each)).format, 'html');
  });
});

describe('the sentence', () => {
  const forty = Array.from({ length: 40 }, () => closeWait);

  test('says what was asked for, and that all is shown', () => {
    assert.equal(found(sockets([tcp])), '1 socket; it is shown.');
    assert.equal(
      found(sockets(forty, { where: { state: 'CLOSE_WAIT', program: 'leaky-svc' } })),
      '40 sockets with state CLOSE_WAIT and program leaky-svc; all are shown.',
    );
    assert.equal(
      found(sockets(forty, { sort: { by: 'receive_queue', descending: true } })),
      '40 sockets; all are shown, in descending order of Recv-Q.',
    );
  });

  test('says which rows are shown where some are left out, with the limit and the most that can be had', () => {
    const sort = { by: 'receive_queue', descending: false };
    assert.equal(
      found(sockets(forty, { sort }, { matched: 1234 })),
      '1,234 sockets; the first 40 in order of Recv-Q are shown (limit 200; at most 2,000).',
    );
    assert.equal(
      found(
        sockets(
          forty,
          { limit: 2000, sort: { by: 'remote_port', descending: true } },
          { matched: 1_000_000 },
        ),
      ),
      '1,000,000 sockets; the first 40 in descending order of the port of Foreign address are shown (limit 2,000, which is the most).',
    );
  });

  test('has a word for the order of ages, of which the heading is none', () => {
    const sort = { by: 'age_seconds', descending: true };
    assert.equal(
      found(sockets([closeWait, closeWait], { sort })),
      '2 sockets; all are shown, in descending order of age.',
    );
  });

  test('says every filter in words', () => {
    const where = {
      state: 'LISTEN',
      family: 'inet6',
      protocol: 'tcp',
      program: '-',
      user: '33',
      port: '80',
      device: 'eth0',
      age: '7325',
    };
    assert.equal(
      found(sockets([tcp, tcp], { where })),
      '2 sockets with state LISTEN, family inet6, protocol tcp, no program that is known to hold it, user 33, port 80, device eth0 and an age of 2 h 2 min (7325 s) or more; all are shown.',
    );
  });

  test('leads to more rows while there are more to be had', () => {
    const more = page(sockets(forty, { where: { port: '80' } }, { matched: 300 }));
    assert.deepEqual(
      asked(linkCalled(more, 'show 2,000')),
      ask('sockets', { where: { port: '80' }, limit: 2000 }),
    );
    for (const none of [sockets(forty), sockets(forty, { limit: 2000 }, { matched: 3000 })])
      assert.ok(!links(page(none)).some(each => textOf(each).startsWith('show ')));
  });

  test('says plainly that there is nothing, and how to ask for more', () => {
    assert.equal(found(table(ask('nat'), headingsOf('nat'), [])), 'There is no translated connection now.');
    const where = { state: 'CLOSE_WAIT', program: 'leaky-svc' };
    const nothing = page(sockets([], { where, limit: 9 }));
    const sentence = oneOf(nothing, '.found');
    assert.equal(
      textOf(sentence),
      'No such socket now: none with state CLOSE_WAIT and program leaky-svc. Ask for more: with any state, with any program or all sockets.',
    );
    assert.deepEqual(
      links(sentence).map(each => asked(hrefOf(each)).where),
      [{ program: 'leaky-svc' }, { state: 'CLOSE_WAIT' }, {}],
    );
    assert.deepEqual(allOf(nothing, 'table'), []);
    assert.match(
      found(sockets([], { where: { port: '1' } })),
      /^No such socket now: none with port 1\. Ask for more: all sockets\.$/,
    );
  });

  test('claims no more than what could be read', () => {
    const unread = [{ collector: 'tcp', reason: 'deadline', message: 'not done' } as const];
    assert.equal(found(sockets([tcp], {}, { unread })), '1 socket in what could be read; it is shown.');
    assert.equal(found(sockets([], {}, { unread })), 'There is no socket now in what could be read.');
    assert.match(
      found(sockets([], { where: { port: '1' } }, { unread })),
      /^No such socket now in what could be read: /,
    );
  });
});

test('files that could not be read are listed in a warning: rows are missing', () => {
  assert.deepEqual(allOf(page(sockets([tcp])), '.warning'), []);
  const unread = [
    { collector: 'tcp6', reason: 'deadline', message: 'not done within <2 s>' },
    { collector: 'unix', reason: 'skipped lines', message: '3 lines, the first: net/unix:7: "zz"' },
  ] as const;
  const warning = oneOf(page(sockets([tcp], {}, { unread })), '.warning');
  assert.match(textOf(warning), /Rows are missing\n2 kernel files could not be read, wholly or in part/);
  assert.deepEqual(allOf(warning, 'li').map(textOf), [
    'tcp6 deadline: not done within <2 s>',
    'unix skipped lines: 3 lines, the first: net/unix:7: "zz"',
  ]);
});

describe('the form', () => {
  /** What a browser sends of it. */
  const sent = (element: Element): URLSearchParams => {
    const parameters = new URLSearchParams();
    for (const { tag, attributes, children } of elementsOf(oneOf(element, 'form'))) {
      if (tag === 'input') parameters.append(attributes['name'] ?? '', attributes['value'] ?? '');
      if (tag !== 'select') continue;
      const options = children.filter(each => typeof each !== 'string');
      const selected = options.find(each => 'selected' in each.attributes) ?? options[0];
      parameters.append(attributes['name'] ?? '', selected?.attributes['value'] ?? '');
    }
    return parameters;
  };
  const sentAgain = (shown: TableShown): TableAsk | string =>
    askOf(shown.ask.view, Object.fromEntries(sent(page(shown))), domains);

  test('has a field for every filter of the view', () => {
    const fields = allViews.map(shown => [shown.ask.view, [...sent(page(shown)).keys()]]);
    assert.deepEqual(Object.fromEntries(fields), {
      sockets: ['state', 'family', 'protocol', 'program', 'user', 'port', 'device', 'age'],
      routes: ['family', 'device'],
      groups: ['family', 'device'],
      nat: ['state', 'family', 'protocol', 'port'],
      interfaces: ['device'],
      statistics: ['family', 'protocol'],
    });
  });

  test('lists the values of closed filters after an empty one', () => {
    const [family] = allOf(page(allViews[5] ?? sockets([])), 'select');
    assert.deepEqual(
      allOf(family ?? page(sockets([])), 'option').map(each => [each.attributes['value'], textOf(each)]),
      [
        ['', 'any'],
        ['inet', 'inet'],
        ['inet6', 'inet6'],
      ],
    );
    const [state] = allOf(page(sockets([tcp])), 'select');
    assert.ok(allOf(state ?? page(sockets([])), 'option').some(each => textOf(each) === 'CLOSE_WAIT'));
  });

  test('asks for the same when nothing is changed', () => {
    const all = {
      state: 'CLOSE_WAIT',
      family: 'inet6',
      protocol: 'tcp',
      program: '-',
      user: 'root',
      port: '0',
      device: 'eth0',
      age: '60',
    };
    for (const asks of [
      {},
      { where: all },
      { where: all, limit: 3, sort: { by: 'pid', descending: true } },
    ]) {
      const shown = sockets([tcp], asks);
      assert.deepEqual(sentAgain(shown), shown.ask);
    }
  });

  test('asks for the same however odd the name is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), program => {
        const shown = sockets([], { where: { program } });
        assert.deepEqual(sentAgain(shown), shown.ask);
      }),
    );
  });

  test('shows a name with marks that cannot be seen beside the fields, spelled out', () => {
    const form = oneOf(page(sockets([], { where: { program: 'a\u202egnp.exe', port: '1' } })), 'form');
    const field = allOf(form, 'input').filter(({ attributes }) => attributes['name'] === 'program');
    assert.deepEqual(
      field.map(({ attributes }) => attributes['type']),
      ['hidden'],
    );
    assert.deepEqual(asked(linkCalled(form, 'a\\u{202e}gnp.exe ×')).where, { port: '1' });
  });

  test('can be cleared of filters, keeping the order and the limit', () => {
    const shown = sockets([tcp], { where: { port: '80' }, limit: 3, sort: { by: 'pid', descending: false } });
    assert.deepEqual(asked(linkCalled(page(shown), 'clear')), { ...shown.ask, where: {} });
    assert.ok(!links(page(sockets([tcp]))).some(each => textOf(each) === 'clear'));
  });

  test('says how to ask for what nobody holds', () => {
    const program = allOf(page(sockets([tcp])), 'input').find(
      ({ attributes }) => attributes['name'] === 'program',
    );
    assert.equal(program?.attributes['placeholder'], "- for nobody's");
  });
});

describe('counts', () => {
  const counted = (shown: TableShown): readonly Element[] => allOf(page(shown), '.counts');

  test('lead to the rows of each value, keeping everything else', () => {
    const asks = { where: { port: '80' }, sort: { by: 'pid', descending: true }, limit: 9 };
    const counts = {
      state: [
        ['CLOSE_WAIT', 1240],
        ['LISTEN', 2],
      ],
      program: [['leaky-svc', 3]],
    } as const;
    const [state, program] = counted(sockets([tcp], asks, { counts, matched: 1242 }));
    assert.ok(state !== undefined && program !== undefined);
    assert.equal(textOf(oneOf(state, 'h2')), 'State');
    const where = { port: '80', state: 'CLOSE_WAIT' };
    assert.deepEqual(asked(linkCalled(state, 'CLOSE_WAIT 1,240')), ask('sockets', { ...asks, where }));
    assert.deepEqual(asked(linkCalled(program, 'leaky-svc 3')).where, { port: '80', program: 'leaky-svc' });
  });

  test('mark the value that is applied, and lead away from it', () => {
    const counts = { state: [['CLOSE_WAIT', 40]] } as const;
    const [state] = counted(sockets([tcp], { where: { state: 'CLOSE_WAIT', port: '80' } }, { counts }));
    assert.ok(state !== undefined);
    assert.equal(textOf(oneOf(state, '.applied')), 'CLOSE_WAIT 40 ×');
    assert.deepEqual(asked(hrefOf(oneOf(state, '.applied'))).where, { port: '80' });
  });

  test('of no program lead to what nobody holds', () => {
    const counts = { program: [['', 5]] } as const;
    const [program] = counted(sockets([tcp], {}, { counts }));
    assert.ok(program !== undefined);
    assert.deepEqual(asked(linkCalled(program, '- 5')).where, { program: '-' });
    const [applied] = counted(sockets([tcp], { where: { program: '-' } }, { counts }));
    assert.ok(applied !== undefined);
    assert.deepEqual(asked(hrefOf(oneOf(applied, '.applied'))).where, {});
  });

  test('of no state and no interface lead nowhere: they cannot be asked for', () => {
    const [state] = counted(sockets([tcp], {}, { counts: { state: [['', 5]] }, matched: 5 }));
    assert.ok(state !== undefined);
    assert.equal(textOf(oneOf(state, 'li')), '(none) 5');
    assert.deepEqual(links(state), []);
  });

  test('say how many rows have none of the values', () => {
    const [program] = counted(sockets([tcp], {}, { counts: { program: [['a', 5]] }, matched: 1005 }));
    assert.ok(program !== undefined);
    assert.deepEqual(allOf(program, 'li').map(textOf), ['a 5', 'others 1,000']);
  });

  test('of many values show the first ten, and the others when they are asked for', () => {
    const many = (length: number) => Array.from({ length }, (_, i) => [`p${i}`, 1] as const);
    const counts = (length: number) =>
      sockets([tcp], {}, { counts: { program: many(length) }, matched: length });
    const [eleven] = counted(counts(11));
    const [fifty] = counted(counts(50));
    assert.ok(eleven !== undefined && fifty !== undefined);
    assert.deepEqual(allOf(eleven, 'details'), []);
    assert.equal(textOf(oneOf(fifty, 'summary')), '40 more');
    assert.equal(links(oneOf(fifty, 'details')).length, 40);
    assert.equal(links(fifty).length, 50);
  });
});

describe('headings', () => {
  const headingOf = (shown: TableShown, text: string): Element => {
    const heading = allOf(page(shown), 'th').find(each => textOf(each).startsWith(text));
    assert.ok(heading !== undefined, text);
    return heading;
  };

  test('sort numbers by the largest, text from its beginning, and keep everything else', () => {
    const shown = sockets([tcp], { where: { port: '80' }, limit: 7, sort: { by: 'pid', descending: true } });
    const sorted = (text: string) => asked(hrefOf(links(headingOf(shown, text))[0] ?? page(shown)));
    assert.deepEqual(sorted('Recv-Q'), { ...shown.ask, sort: { by: 'receive_queue', descending: true } });
    assert.deepEqual(sorted('Program'), { ...shown.ask, sort: { by: 'program', descending: false } });
  });

  test('turn round the order that is applied, and show it', () => {
    for (const descending of [true, false]) {
      const shown = sockets([tcp], { sort: { by: 'receive_queue', descending } });
      const heading = headingOf(shown, 'Recv-Q');
      assert.equal(heading.attributes['aria-sort'], descending ? 'descending' : 'ascending');
      assert.equal(textOf(heading), descending ? 'Recv-Q ▼' : 'Recv-Q ▲');
      assert.deepEqual(asked(linkCalled(heading, textOf(heading))).sort, {
        by: 'receive_queue',
        descending: !descending,
      });
      assert.equal(allOf(page(shown), 'th').filter(({ attributes }) => 'aria-sort' in attributes).length, 1);
    }
  });

  test('of an address and its port sort by either', () => {
    const shown = sockets([tcp], { sort: { by: 'local_port', descending: true } });
    const heading = headingOf(shown, 'Local address');
    assert.equal(textOf(heading), 'Local address : Port ▼');
    assert.equal(heading.attributes['aria-sort'], 'descending');
    assert.deepEqual(
      links(heading).map(each => asked(hrefOf(each)).sort),
      [
        { by: 'local_address', descending: false },
        { by: 'local_port', descending: false },
      ],
    );
    const foreign = links(headingOf(shown, 'Foreign address')).map(each => asked(hrefOf(each)).sort);
    assert.deepEqual(foreign, [
      { by: 'remote_address', descending: false },
      { by: 'remote_port', descending: true },
    ]);
  });

  test('are no links where the table has an order of its own', () => {
    for (const shown of allViews.slice(4)) assert.deepEqual(allOf(page(shown), 'th').flatMap(links), []);
  });

  test('say the unit that their column is in', () => {
    const [shown] = allViews.filter(each => each.ask.view === 'nat');
    assert.ok(shown !== undefined);
    const rows = [
      {
        cells: headingsOf('nat').map(({ name }) => (name === 'expires_seconds' ? 30 : '')),
        detail: undefined,
      },
    ];
    assert.equal(headingOf({ ...shown, rows }, 'Expires in').attributes['title'], 'in seconds');
  });
});

describe('cells', () => {
  test('of columns that no row knows are left out', () => {
    const names = headings(page(sockets([tcp])));
    assert.deepEqual(names, [
      'Family',
      'Proto',
      'Recv-Q',
      'Send-Q',
      'Local address : Port',
      'Foreign address : Port',
      'State',
      'Program',
      'PID',
      'User',
      'Inode',
    ]);
    assert.ok(headings(page(sockets([tcp, { ...tcp, drops: 0 }]))).includes('Drops'));
  });

  test('tell what is not known from what is empty and from zero', () => {
    const shown = page(
      sockets([
        { ...tcp, device: '', drops: 0 },
        { ...tcp, device: 'eth0', inode: undefined },
      ]),
    );
    assert.equal(textOf(cell(shown, 'Device')), '');
    assert.equal(textOf(cell(shown, 'Drops')), '0');
    const unknown = cell(shown, 'Inode', 1);
    assert.equal(textOf(unknown), '–');
    assert.equal(unknown.attributes['title'], 'not known');
  });

  test('have all digits, and numbers stand to the right', () => {
    const shown = page(
      sockets([
        { ...tcp, receive_queue: 9_007_199_254_740_991, drops: 0.25 },
        { ...tcp, receive_queue: undefined },
      ]),
    );
    assert.equal(textOf(cell(shown, 'Recv-Q')), '9007199254740991');
    assert.equal(textOf(cell(shown, 'Drops')), '0.25');
    const style = textOf(oneOf(shown, 'style'));
    assert.match(style, /td:nth-child\(3\) \{ text-align: right; \}/);
    assert.doesNotMatch(style, /td:nth-child\(1\) \{ text-align/);
    assert.match(style, /tabular-nums/);
  });

  test('say yes and no', () => {
    const rows = [
      { destination: 'a', cached: true },
      { destination: 'b', cached: false },
    ];
    const shown = page(table(ask('routes'), headingsOf('routes'), rows));
    assert.deepEqual(
      [0, 1].map(row => textOf(cell(shown, 'Cached', row))),
      ['yes', 'no'],
    );
  });

  test('join an address with its port, of IPv6 in brackets, without what is not known', () => {
    const rows = [
      tcp,
      { ...tcp, local_address: '2001:db8::1' },
      { ...tcp, local_address: '/run/x:y', local_port: undefined },
      { ...tcp, local_address: '', local_port: undefined },
      { ...tcp, local_address: undefined, local_port: undefined },
      { ...tcp, local_address: undefined, local_port: 9 },
    ];
    const shown = page(sockets(rows));
    assert.deepEqual(
      rows.map((_, row) => textOf(cell(shown, 'Local address : Port', row))),
      ['10.1.2.3:80', '[2001:db8::1]:80', '/run/x:y', '', '–', ':9'],
    );
  });

  test('of ports without any address stand by themselves', () => {
    const shown = page(sockets([{ ...tcp, local_address: undefined }]));
    assert.equal(textOf(cell(shown, 'Port')), '80');
  });

  test('of program, user and state lead to their rows, unless those are asked for already', () => {
    const shown = page(sockets([tcp], { where: { port: '80' }, limit: 9 }));
    assert.deepEqual(
      asked(linkCalled(cell(shown, 'Program'), 'nginx')),
      ask('sockets', { where: { port: '80', program: 'nginx' }, limit: 9 }),
    );
    assert.deepEqual(asked(linkCalled(cell(shown, 'User'), 'www-data')).where, {
      port: '80',
      user: 'www-data',
    });
    assert.deepEqual(asked(linkCalled(cell(shown, 'State'), 'ESTABLISHED')).where, {
      port: '80',
      state: 'ESTABLISHED',
    });
    const again = page(sockets([tcp], { where: { program: 'nginx' } }));
    assert.deepEqual(links(cell(again, 'Program')), []);
    assert.equal(textOf(cell(again, 'Program')), 'nginx');
  });

  test('have the command and the number of the user beside the names', () => {
    const shown = page(sockets([tcp, { ...tcp, user: '33', program: '', command: undefined }]));
    assert.equal(cell(shown, 'Program').attributes['title'], 'command /usr/sbin/nginx');
    assert.equal(cell(shown, 'User').attributes['title'], 'UID 33');
    assert.equal(cell(shown, 'User', 1).attributes['title'], undefined);
    const nobody = cell(shown, 'Program', 1);
    assert.equal(nobody.attributes['title'], 'no program is known to hold it');
    assert.deepEqual(asked(linkCalled(nobody, '-')).where, { program: '-' });
  });

  test('of ages are in words that never say too much, with the seconds', () => {
    const told = (age_seconds: number): Element =>
      cell(page(sockets([{ ...closeWait, age_seconds }])), 'Seen for at least');
    const words = [0, 59, 60, 734, 3599, 3600, 7325, 86_399, 86_400, 100_000].map(age => textOf(told(age)));
    assert.deepEqual(words, [
      '0 s',
      '59 s',
      '1 min',
      '12 min',
      '59 min',
      '1 h',
      '2 h 2 min',
      '23 h 59 min',
      '1 d',
      '1 d 3 h',
    ]);
    assert.equal(told(734).attributes['title'], '734 s');
  });

  test('have what only this kind of row has at the end, each thing once', () => {
    const details: readonly Detail[] = [
      { kind: 'unix', references: 2, flags: ['ACC', 'W'] },
      { kind: 'datagram', stateNumber: 7, drops: 3 },
      {
        kind: 'netrom',
        mnemonic: undefined,
        isUp: true,
        neighbours: [
          { quality: 203, number: 1 },
          { quality: 9, number: 2 },
        ],
      },
      { kind: 'circuit', user: 'N0CALL-1', digipeaters: [] },
    ];
    const shown = sockets(details.map(() => ({ ...tcp, drops: 3 })));
    const rows = shown.rows.map(({ cells }, i) => ({ cells, detail: details[i] }));
    const read = page({ ...shown, rows: [...rows, ...sockets([tcp]).rows] });
    assert.equal(headings(read).at(-1), 'More');
    assert.deepEqual(
      [0, 1, 2, 3, 4].map(row => textOf(cell(read, 'More', row))),
      [
        'unix references 2 flags ACC, W',
        'datagram state number 7',
        'netrom is up yes neighbours quality 203 number 1; quality 9 number 2',
        'circuit user N0CALL-1',
        '',
      ],
    );
  });
});

describe('sockets in CLOSE_WAIT', () => {
  const rows = [
    closeWait,
    { ...closeWait, receive_queue: 1, age_seconds: 60 },
    tcp,
    { ...closeWait, receive_queue: undefined },
  ];

  test('say what their receive queue tells of the program', () => {
    const shown = page(sockets(rows));
    const marks = [0, 1, 2, 3].map(row => cell(shown, 'End of stream', row));
    assert.deepEqual(marks.map(textOf), ['read', 'unread', '', '']);
    assert.deepEqual(
      marks.flatMap(each => allOf(each, 'span').map(({ attributes }) => attributes['title'])),
      ['read: never closed', 'unread: has not read the end of stream'],
    );
  });

  test('are added up in words, with the age of the oldest', () => {
    const told = oneOf(page(sockets(rows)), '.told');
    assert.equal(textOf(oneOf(told, 'p')), 'Of those in CLOSE_WAIT:');
    assert.deepEqual(allOf(told, 'li').map(textOf), [
      '1 read the program has read the end of stream and never closed: a leaked descriptor',
      '1 unread the program has not read the end of stream: a stuck reader',
      'the oldest was first seen 12 min ago (734 s) and may be older',
    ]);
    const young = oneOf(page(sockets([{ ...closeWait, age_seconds: 59 }])), '.told');
    assert.match(textOf(young), /the oldest was first seen 59 s ago and may be older/);
    const some = oneOf(page(sockets(rows, {}, { matched: 99 })), '.told');
    assert.equal(textOf(oneOf(some, 'p')), 'Of the sockets in CLOSE_WAIT that are shown:');
  });

  test('are not spoken of where there are none, or where the state is that of a tracked connection', () => {
    for (const shown of [sockets([tcp]), allViews[3] ?? sockets([tcp])]) {
      assert.deepEqual(allOf(page(shown), '.told'), []);
      assert.ok(!headings(page(shown)).includes('End of stream'));
    }
  });
});

describe('names of the host', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.string({
      unit: fc.constantFrom(
        '<',
        '>',
        '"',
        "'",
        '&',
        '#',
        '=',
        '/',
        'script',
        '\u202e',
        '\u{e0041}',
        '\0',
        '\n',
        '\x1b',
        '-->',
        ']]>',
        '%20',
        '+',
        ' ',
      ),
    }),
    fc.constantFrom(
      '<script>alert(1)</script>',
      '"><img src=x onerror=alert(1)>',
      '</style>',
      '\ud800',
      '\udc00x',
      '__proto__',
      'constructor',
      '-',
      '',
    ),
  );

  test('stay text, wherever they stand', () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (a, b, c) => {
        const row = {
          ...closeWait,
          program: a,
          command: b,
          user: c,
          local_address: b,
          device: c,
          protocol: a,
        };
        const shown = sockets(
          [row, { ...row, local_port: undefined }],
          { where: { program: b, user: c } },
          {
            ...{ netns: a, unread: [{ collector: a, reason: 'io', message: b }] },
            counts: {
              program: [
                [a, 1],
                [b, 1],
              ],
              state: [[c, 1]],
            },
          },
        );
        const detail = { kind: a, [b]: [c], text: b };
        const text = html({ ...shown, rows: shown.rows.map(({ cells }) => ({ cells, detail })) });
        assert.doesNotMatch(text, /(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/u);
        assert.doesNotMatch(text, /<(script|img)/);
        const read = parsePage(text);
        assert.equal(textOf(cell(read, 'Program')), a === '' ? '-' : spelledOut(a));
        assert.equal(textOf(cell(read, 'Local address : Port', 1)), spelledOut(b));
        assert.equal(textOf(cell(read, 'Proto')), spelledOut(a));
      }),
    );
  });

  test('of columns and interfaces do not leave the style sheet', () => {
    fc.assert(
      fc.property(hostile, hostile, (name, heading) => {
        const shown = table(ask('interfaces'), [{ name, heading }], [{ [name]: heading }]);
        const read = page({ ...shown, rows: [{ cells: [heading], detail: undefined }] });
        const style = textOf(oneOf(read, 'style'));
        const [, content] = /td:nth-child\(1\)::before \{ content: "(.*)"; \}\n/.exec(style) ?? [];
        const meant = content?.replace(/\\([0-9a-f]+) /g, (_, hex: string) =>
          String.fromCodePoint(parseInt(hex, 16)),
        );
        assert.equal(meant, heading);
        assert.deepEqual(headings(read), [spelledOut(heading)]);
      }),
    );
  });

  test('are asked for by their links as they are', () => {
    // A lone half of a character has no place in an address; the kernel's names, read as UTF-8, have none.
    const wellFormed = hostile.filter(text => text !== '' && !/\p{Cs}/u.test(text));
    fc.assert(
      fc.property(wellFormed, wellFormed, (program, user) => {
        const shown = page(
          sockets([{ ...tcp, program }], { where: { user } }, { counts: { program: [[program, 1]] } }),
        );
        const meant = { user, program };
        assert.deepEqual(
          links(cell(shown, 'Program')).map(each => asked(hrefOf(each)).where),
          [meant],
        );
        assert.deepEqual(
          links(oneOf(shown, '.counts')).map(each => asked(hrefOf(each)).where),
          [meant],
        );
        for (const heading of allOf(shown, 'th').flatMap(links))
          assert.deepEqual(asked(hrefOf(heading)).where, { user });
      }),
    );
  });

  test('are shown whole however long they are', () => {
    const long = 'x'.repeat(100_000);
    const shown = page(sockets([{ ...tcp, program: long, local_address: long, local_port: undefined }]));
    for (const heading of ['Program', 'Local address']) {
      const told = [...cellsOf(shown)].find(([name]) => name.startsWith(heading))?.[1];
      assert.ok(told !== undefined);
      assert.equal(textOf(told), long);
      assert.deepEqual([told.attributes['class'], allOf(told, '.huge').length], ['long', 1]);
    }
    const sentence = cell(page(sockets([{ ...tcp, program: 'what it is, '.repeat(9) }])), 'Program');
    assert.deepEqual([sentence.attributes['class'], allOf(sentence, '.huge').length], ['long', 0]);
  });
});

test('the page grows by the same for every row', () => {
  const length = (rows: number): number =>
    html(
      sockets(
        Array.from({ length: rows }, () => tcp),
        { limit: 2000 },
        { matched: 5000 },
      ),
    ).length;
  const row = (length(1000) - length(500)) / 500;
  assert.ok(row < 1000, `${row} characters for a row`);
  assert.ok(Math.abs(length(2000) - length(1000) - 1000 * row) < 10);
});
