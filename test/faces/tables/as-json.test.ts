// Protects: a table as JSON has a value for every column, tells what is not known from what is empty, and loses no byte of a name.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { rowAsObject, tableAsJson } from '../../../src/faces/tables/as-json.ts';
import type { TableAsk } from '../../../src/faces/tables/ask.ts';
import type { Detail, TableShown } from '../../../src/faces/tables/shown.ts';
import type { Cell } from '../../../src/snapshot/tables.ts';

const columns = ['program', 'drops', 'cached'].map(name => ({ name, heading: name.toUpperCase() }));

const ask: TableAsk = {
  ...{ view: 'sockets', format: 'json', limit: 200 },
  where: { state: 'CLOSE_WAIT', program: '-' },
  sort: { by: 'age_seconds', descending: true },
};

const table = (cells: readonly (readonly Cell[])[], rest: Partial<TableShown> = {}): TableShown => ({
  ...{ ask, netns: '4026531840', columns, matched: cells.length, counts: {}, unread: [] },
  rows: cells.map(each => ({ cells: each, detail: undefined })),
  ...rest,
});

const parsed = (shown: TableShown): Readonly<Record<string, unknown>> =>
  JSON.parse(tableAsJson(shown)) as Readonly<Record<string, unknown>>;

describe('a table', () => {
  test('tells what was asked, what was found, what could not be read, and then the rows', () => {
    const shown = table([['a', 1, true]], {
      matched: 1234,
      counts: {
        state: [
          ['CLOSE_WAIT', 1200],
          ['LISTEN', 34],
        ],
        program: [['', 1234]],
      },
      unread: [{ collector: 'tcp6', reason: 'deadline', message: 'not done after 2 s' }],
    });
    assert.deepEqual(parsed(shown), {
      table: 'sockets',
      netns: '4026531840',
      where: { state: 'CLOSE_WAIT', program: '-' },
      sort: '-age_seconds',
      limit: 200,
      matched: 1234,
      shown: 1,
      counts: { state: { CLOSE_WAIT: 1200, LISTEN: 34 }, program: { '': 1234 } },
      unread: [{ collector: 'tcp6', reason: 'deadline', message: 'not done after 2 s' }],
      rows: [{ program: 'a', drops: 1, cached: true }],
    });
    assert.equal(Object.keys(parsed(shown)).at(-1), 'rows');
    assert.ok(tableAsJson(shown).endsWith('}\n'));
  });

  test('has the order as its parameter has it, and null where there is none', () => {
    const sortOf = (sort: TableAsk['sort']) => parsed(table([], { ask: { ...ask, sort } }))['sort'];
    assert.equal(sortOf(undefined), null);
    assert.equal(sortOf({ by: 'pid', descending: false }), 'pid');
    assert.equal(sortOf({ by: 'pid', descending: true }), '-pid');
  });

  test('without rows is a table', () => {
    const { rows, matched, shown } = parsed(table([]));
    assert.deepEqual({ rows, matched, shown }, { rows: [], matched: 0, shown: 0 });
  });

  test('counts programs whatever they are called', () => {
    const names = ['__proto__', 'constructor', '12', '"', '\\', '\u2028\u202e\u0000', '\ud800'];
    const counts = { program: names.map((name, i) => [name, i + 1] as const) };
    const told = parsed(table([], { counts }))['counts'] as {
      readonly program: Readonly<Record<string, number>>;
    };
    const programs = new Map(Object.entries(told.program));
    assert.deepEqual(
      names.map(name => programs.get(name)),
      names.map((_, i) => i + 1),
    );
  });
});

describe('a row', () => {
  const object = (cells: readonly Cell[], detail?: Detail) => rowAsObject(columns, { cells, detail });

  test('has every column, with null for what is not known', () => {
    assert.deepEqual(object(['', 0, false]), { program: '', drops: 0, cached: false });
    assert.deepEqual(object([undefined, undefined, undefined]), { program: null, drops: null, cached: null });
    assert.deepEqual(object([]), { program: null, drops: null, cached: null });
  });

  test('has what only this kind of row has, and nothing in its place elsewhere', () => {
    const detail = { kind: 'unix', references: 2, flags: ['ACC'] };
    assert.deepEqual(object(['a', 1, true], detail)['detail'], detail);
    assert.ok(!('detail' in object(['a', 1, true])));
  });

  test('comes back from JSON as it was', () => {
    const names = [
      '</script><script>alert(1)</script>',
      '\u0000\u001b[31m\u202e',
      '\ud800',
      '\ufeff',
      'a\nb',
    ];
    const rows = names.map((name, i) => [name, i === 0 ? Number.MAX_SAFE_INTEGER : 0.25, undefined] as const);
    assert.deepEqual(
      parsed(table(rows))['rows'],
      rows.map(([program, drops]) => ({ program, drops, cached: null })),
    );
  });
});
