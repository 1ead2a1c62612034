// Protects: what can be asked of a table by its URL, the sentence for what makes no sense, and that a link asks for the same again.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { collectors } from '../../../src/collectors/index.ts';
import {
  askOf,
  filtersOf,
  formats,
  isView,
  queryText,
  ROWS_LIMIT,
  rowsDefault,
  valuesOf,
  views,
  type Domains,
  type Parameters,
  type TableAsk,
  type View,
} from '../../../src/faces/tables/ask.ts';
import { filterNames, tables, type FilterName } from '../../../src/snapshot/tables.ts';

const domains: Domains = { collectors, netns: '4026531840' };

/** Of a query that makes sense. */
const asked = (view: View, parameters: Parameters = {}): TableAsk => {
  const ask = askOf(view, parameters, domains);
  assert.ok(typeof ask !== 'string', `${JSON.stringify(parameters)}: ${JSON.stringify(ask)}`);
  return ask;
};

test('nothing is asked: all rows in the order of the kernel, as a page', () => {
  for (const view of views) {
    const limit = rowsDefault(view);
    assert.deepEqual(asked(view), { view, format: 'html', where: {}, sort: undefined, limit });
    assert.equal(limit, view === 'statistics' ? ROWS_LIMIT : 200);
  }
});

test('where several namespaces are read any of them can be asked for, and is asked for again by every link', () => {
  const ask = askOf('sockets', { netns: 'web-1', state: 'LISTEN' }, { collectors, netns: undefined });
  assert.ok(typeof ask !== 'string');
  assert.equal(ask.netns, 'web-1');
  assert.equal(queryText(ask), 'state=LISTEN&netns=web-1');
});

test('empty fields of a form ask for nothing', () => {
  for (const view of views) {
    const names = ['format', 'sort', 'limit', 'netns', ...filtersOf(view)];
    assert.deepEqual(asked(view, Object.fromEntries(names.map(name => [name, '']))), asked(view));
  }
});

test('each view takes the filters that its rows can be chosen by', () => {
  assert.deepEqual(Object.fromEntries(views.map(view => [view, filtersOf(view)])), {
    sockets: [...filterNames],
    routes: ['family', 'device'],
    interfaces: ['device'],
    groups: ['family', 'device'],
    nat: ['state', 'family', 'protocol', 'port'],
    statistics: ['family', 'protocol'],
  });
});

describe('what is understood', () => {
  const understood: readonly (readonly [view: View, parameters: Parameters, ask: Partial<TableAsk>])[] = [
    ['sockets', { state: 'CLOSE_WAIT' }, { where: { state: 'CLOSE_WAIT' } }],
    ['sockets', { state: 'close_wait' }, { where: { state: 'CLOSE_WAIT' } }],
    ['sockets', { state: 'Listening' }, { where: { state: 'LISTENING' } }],
    ['sockets', { state: 'other' }, { where: { state: 'other' } }],
    ['sockets', { family: 'INET6' }, { where: { family: 'inet6' } }],
    ['sockets', { protocol: 'UDPLite' }, { where: { protocol: 'udplite' } }],
    ['sockets', { program: 'leaky-svc' }, { where: { program: 'leaky-svc' } }],
    ['sockets', { program: '-' }, { where: { program: '-' } }],
    ['sockets', { program: ' ' }, { where: { program: ' ' } }],
    ['sockets', { program: '<b>\u0000\u202e"' }, { where: { program: '<b>\u0000\u202e"' } }],
    ['sockets', { user: '0' }, { where: { user: '0' } }],
    ['sockets', { user: 'www-data' }, { where: { user: 'www-data' } }],
    ['sockets', { port: '0' }, { where: { port: '0' } }],
    ['sockets', { port: '65535' }, { where: { port: '65535' } }],
    ['sockets', { port: '00080' }, { where: { port: '80' } }],
    ['sockets', { device: 'eth0.100' }, { where: { device: 'eth0.100' } }],
    ['sockets', { age: '060' }, { where: { age: '60' } }],
    ['sockets', { age: '999999999' }, { where: { age: '999999999' } }],
    ['sockets', { netns: '4026531840' }, { where: {} }],
    ['sockets', { sort: 'age_seconds' }, { sort: { by: 'age_seconds', descending: false } }],
    ['sockets', { sort: '-age_seconds' }, { sort: { by: 'age_seconds', descending: true } }],
    ['nat', { sort: '-expires_seconds' }, { sort: { by: 'expires_seconds', descending: true } }],
    ['nat', { state: 'replied', port: '53' }, { where: { state: 'REPLIED', port: '53' } }],
    ['routes', { family: 'NetRom', device: 'nr0' }, { where: { family: 'netrom', device: 'nr0' } }],
    ['interfaces', { device: 'lo' }, { where: { device: 'lo' } }],
    ['statistics', { protocol: 'TCP', family: 'inet6' }, { where: { protocol: 'tcp', family: 'inet6' } }],
    ['sockets', { limit: '1' }, { limit: 1 }],
    ['sockets', { limit: '0200' }, { limit: 200 }],
    ['sockets', { limit: '2000' }, { limit: 2000 }],
    ['sockets', { limit: '2001' }, { limit: ROWS_LIMIT }],
    ['sockets', { limit: '999999999' }, { limit: ROWS_LIMIT }],
    ...formats.map(format => ['groups', { format }, { format }] as const),
  ];
  for (const [view, parameters, ask] of understood) {
    test(`${view} ${JSON.stringify(parameters)}`, () => {
      assert.deepEqual(asked(view, parameters), { ...asked(view), ...ask });
    });
  }

  test('every value of every closed list, as it is and in the other case', () => {
    let values = 0;
    for (const view of views) {
      for (const filter of filtersOf(view)) {
        for (const value of valuesOf(view, filter, domains)) {
          for (const written of [value, value.toUpperCase(), value.toLowerCase()])
            assert.deepEqual(asked(view, { [filter]: written }).where, { [filter]: value });
          values++;
        }
      }
    }
    assert.ok(values > 100);
  });

  test('the lists are there wherever a state, a family or a protocol can be asked for', () => {
    for (const view of views) {
      for (const filter of filtersOf(view)) {
        const isClosed = ['state', 'family', 'protocol'].includes(filter);
        const values = valuesOf(view, filter, domains);
        assert.equal(values.length > 0, isClosed, `${view} ${filter}`);
        assert.equal(new Set(values.map(value => value.toLowerCase())).size, values.length);
        assert.ok(!values.includes(''), 'an empty parameter chooses nothing');
      }
    }
  });

  test('every column of every table can be sorted by, both ways', () => {
    for (const view of ['sockets', 'routes', 'groups', 'nat'] as const) {
      for (const { name } of tables[view].columns) {
        assert.deepEqual(asked(view, { sort: name }).sort, { by: name, descending: false });
        assert.deepEqual(asked(view, { sort: `-${name}` }).sort, { by: name, descending: true });
      }
    }
  });
});

describe('what makes no sense is refused in a sentence', () => {
  const port = 'port is a number from 0 to 65535.';
  const age = 'age is a whole number of seconds.';
  const limit = 'limit is a whole number from 1.';
  const refused: readonly (readonly [view: View, parameters: Parameters, sentence: string])[] = [
    ['sockets', { stat: 'LISTEN' }, 'The table sockets takes no parameter "stat". Did you mean state?'],
    ['sockets', { State: 'LISTEN' }, 'The table sockets takes no parameter "State". Did you mean state?'],
    [
      'routes',
      { program: 'x' },
      'The table routes takes no parameter "program". It takes format, sort, limit, netns, family, device.',
    ],
    [
      'interfaces',
      { state: 'up' },
      'The table interfaces takes no parameter "state". It takes format, sort, limit, netns, device.',
    ],
    // Whatever its value, even none.
    ['nat', { user: '' }, 'The table nat takes no parameter "user". It takes '],
    ['sockets', { __proto__x: '1' }, 'The table sockets takes no parameter "__proto__x". It takes '],
    ['sockets', { '<script>\n': '1' }, 'The table sockets takes no parameter "<script>\\n". It takes '],
    ['sockets', { state: ['LISTEN', 'CLOSE_WAIT'] }, 'state is given more than once.'],
    ['sockets', { state: ['LISTEN', 'LISTEN'] }, 'state is given more than once.'],
    ['sockets', { program: ['', ''] }, 'program is given more than once.'],
    ['sockets', { format: ['json', 'text'] }, 'format is given more than once.'],
    ['sockets', { format: 'xml' }, 'format is one of html, text, json.'],
    ['sockets', { format: 'JSON' }, 'format is one of html, text, json.'],
    ['sockets', { netns: '1' }, 'There is no namespace "1" here; the one that is read is "4026531840".'],
    ['sockets', { state: 'CLOSEWAIT' }, 'There is no state "CLOSEWAIT". Did you mean CLOSE_WAIT?'],
    ['sockets', { state: 'clsoe_wait' }, 'There is no state "clsoe_wait". Did you mean CLOSE_WAIT?'],
    ['sockets', { family: 'inte' }, 'There is no family "inte". Did you mean inet?'],
    ['sockets', { family: 'bluetoth' }, 'There is no family "bluetoth". Did you mean bluetooth?'],
    ['groups', { family: 'bluetooth' }, 'There is no family "bluetooth". It is one of inet, inet6.'],
    ['sockets', { protocol: 'tpc' }, 'There is no protocol "tpc". Did you mean tcp?'],
    ['statistics', { protocol: 'tcpext' }, 'There is no protocol "tcpext". It is one of ip, icmp, tcp'],
    ['sockets', { port: '65536' }, port],
    ['sockets', { port: '-1' }, port],
    ['sockets', { port: '80 ' }, port],
    ['sockets', { port: '8e1' }, port],
    ['sockets', { port: 'http' }, port],
    ['sockets', { port: '000080' }, port],
    ['sockets', { port: '٨٠' }, port],
    ['sockets', { age: '1.5' }, age],
    ['sockets', { age: '-1' }, age],
    ['sockets', { age: '1h' }, age],
    ['sockets', { age: '1000000000' }, age],
    ['sockets', { limit: '0' }, limit],
    ['sockets', { limit: '00' }, limit],
    ['sockets', { limit: '-5' }, limit],
    ['sockets', { limit: 'all' }, limit],
    ['sockets', { limit: '1e3' }, limit],
    ['sockets', { limit: '9999999999' }, limit],
    ['sockets', { sort: 'states' }, 'There is no column "states" to sort by. Did you mean state?'],
    ['sockets', { sort: '-age' }, 'There is no column "age" to sort by. It is one of family, protocol, '],
    [
      'sockets',
      { sort: '--age_seconds' },
      'There is no column "-age_seconds" to sort by. Did you mean age_seconds?',
    ],
    ['sockets', { sort: '-' }, 'There is no column "" to sort by. It is one of '],
    ['sockets', { sort: 'toString' }, 'There is no column "toString" to sort by. It is one of '],
    ['interfaces', { sort: 'device' }, 'The table interfaces has an order of its own.'],
    ['statistics', { sort: '-value' }, 'The table statistics has an order of its own.'],
  ];
  for (const [view, parameters, sentence] of refused) {
    test(`${view} ${JSON.stringify(parameters)}: ${sentence}`, () => {
      const told = askOf(view, parameters, domains);
      assert.ok(typeof told === 'string');
      if (sentence.endsWith('.') || sentence.endsWith('?')) assert.equal(told, sentence);
      else assert.ok(told.startsWith(sentence) && told.endsWith('.'), told);
    });
  }

  test('a namespace is refused where the kernel does not tell which one is read', () => {
    const told = askOf('sockets', { netns: '4026531840' }, { collectors, netns: '' });
    assert.equal(told, 'There is no namespace "4026531840" here; the one that is read is "".');
  });

  test('whatever a client sends, the answer is one sentence on one line or a table that there is', () => {
    const names = fc.oneof(fc.constantFrom('format', 'sort', 'limit', 'netns', ...filterNames), fc.string());
    const text = fc.string({ unit: 'binary' });
    const values = fc.oneof(text, fc.array(text), fc.constantFrom('CLOSE_WAIT', '-pid', '-', '0', 'inet'));
    fc.assert(
      fc.property(fc.constantFrom(...views), fc.dictionary(names, values), (view, parameters) => {
        const told = askOf(view, parameters, domains);
        if (typeof told === 'string') assert.match(told, /^[^\n\r]+[.?]$/);
        else assert.ok(told.limit >= 1 && told.limit <= ROWS_LIMIT);
      }),
      { numRuns: 1000, seed: 20_261_126 },
    );
  });
});

test('only the views are views', () => {
  for (const view of views) assert.ok(isView(view));
  for (const other of ['', 'Sockets', 'sockets/', 'toString', '__proto__']) assert.ok(!isView(other), other);
});

describe('the query of a link', () => {
  test('is short, in a fixed order, and leaves out what is the default', () => {
    const alert = asked('sockets', { sort: '-age_seconds', program: 'leaky-svc', state: 'close_wait' });
    assert.equal(queryText(alert), 'state=CLOSE_WAIT&program=leaky-svc&sort=-age_seconds');
    for (const view of views) assert.equal(queryText(asked(view)), '');
  });

  /** Anything that may be asked of a view. */
  const asks = fc.constantFrom(...views).chain(view => {
    const some = (name: FilterName): fc.Arbitrary<string> => {
      const values = valuesOf(view, name, domains);
      if (values.length > 0) return fc.constantFrom(...values);
      if (name === 'port') return fc.integer({ min: 0, max: 65_535 }).map(String);
      if (name === 'age') return fc.integer({ min: 0, max: 999_999_999 }).map(String);
      return fc.string({ unit: 'binary', minLength: 1 });
    };
    const filters = Object.fromEntries(filtersOf(view).map(name => [name, some(name)]));
    const columns = view in tables ? tables[view as keyof typeof tables].columns.map(({ name }) => name) : [];
    const sorts = (...names: readonly string[]): fc.Arbitrary<TableAsk['sort']> =>
      names.length === 0
        ? fc.constant(undefined)
        : fc.option(
            fc.record({ by: fc.constantFrom(...names), descending: fc.boolean() }, { noNullPrototype: true }),
            { nil: undefined },
          );
    const ask = {
      view: fc.constant(view),
      format: fc.constantFrom(...formats),
      where: fc.record(filters, { requiredKeys: [], noNullPrototype: true }),
      sort: sorts(...columns),
      limit: fc.integer({ min: 1, max: ROWS_LIMIT }),
    };
    return fc.record(ask, { noNullPrototype: true });
  });

  test('asks for the same again', () => {
    fc.assert(
      fc.property(asks, ask => {
        const sent = Object.fromEntries(new URL(`http://host/?${queryText(ask)}`).searchParams);
        assert.deepEqual(asked(ask.view, sent), ask);
      }),
      { numRuns: 2000, seed: 20_261_126 },
    );
  });
});
