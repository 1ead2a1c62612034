// Protects: the log has a line when something begins or ends, and none while it lasts.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { outcomeChanges } from '../../src/snapshot/changes.ts';
import type {
  FailureReason,
  Outcome,
  ReaderChoice,
  ReaderReason,
  SocketReader,
} from '../../src/snapshot/outcome.ts';

const ok = (skipped = 0): Outcome => ({
  status: 'ok',
  data: undefined,
  skipped: { count: skipped, examples: skipped === 0 ? [] : ['net/tcp:7: bad'] },
  seconds: Math.random(),
});
const absent: Outcome = { status: 'absent', seconds: 0 };
const failed = (reason: FailureReason = 'io', message = 'EIO'): Outcome => ({
  status: 'failed',
  reason,
  message,
  seconds: 0,
});

const told = (before: Outcome | undefined, after: Outcome): string | undefined => {
  const changes = outcomeChanges(
    before === undefined ? new Map() : new Map([['tcp', before]]),
    new Map([['tcp', after]]),
  );
  assert.ok(changes.length <= 1);
  const [change] = changes;
  if (change === undefined) return undefined;
  assert.equal(change.fields['collector'], 'tcp');
  return `${change.level}: ${change.message}`;
};

const steady: readonly (readonly [what: string, before: Outcome | undefined, after: Outcome])[] = [
  ['a first reading that went well', undefined, ok()],
  ['a first reading without the file', undefined, absent],
  ['well and well again', ok(), ok()],
  ['a file that comes', absent, ok()],
  ['a file that goes', ok(), absent],
  ['the same failure again', failed(), failed()],
  ['the same failure in other words', failed('io', 'EIO'), failed('io', 'EIO at another line')],
  ['lines skipped again, fewer or more', ok(2), ok(5)],
];
for (const [what, before, after] of steady) {
  test(`nothing is told of ${what}`, () => {
    assert.equal(told(before, after), undefined);
  });
}

const changing: readonly (readonly [
  what: string,
  before: Outcome | undefined,
  after: Outcome,
  message: string,
])[] = [
  ['a first reading that failed', undefined, failed(), 'warn: collector failed'],
  ['a failure', ok(), failed(), 'warn: collector failed'],
  ['another failure', failed('io'), failed('parse'), 'warn: collector failed'],
  ['a recovery', failed(), ok(), 'info: collector recovered'],
  ['a recovery by the file being gone', failed(), absent, 'info: collector recovered'],
  ['the first skipped lines', ok(), ok(1), 'warn: collector skipped lines that it could not read'],
  [
    'skipped lines in a first reading',
    undefined,
    ok(1),
    'warn: collector skipped lines that it could not read',
  ],
  ['no skipped lines any more', ok(1), ok(), 'info: collector skips no lines any more'],
];
for (const [what, before, after, message] of changing) {
  test(`${what} is told once`, () => {
    assert.equal(told(before, after), message);
    assert.equal(told(after, after), undefined);
  });
}

test('the line says why, and which line was the first', () => {
  const [failure] = outcomeChanges(new Map(), new Map([['udp', failed('permission', 'net/udp: EACCES')]]));
  assert.deepEqual(failure?.fields, { collector: 'udp', reason: 'permission', error: 'net/udp: EACCES' });
  const [skipped] = outcomeChanges(new Map(), new Map([['udp', ok(2)]]));
  assert.deepEqual(skipped?.fields, { collector: 'udp', lines: 2, first: 'net/tcp:7: bad' });
});

test('collectors that were not read this time are left alone', () => {
  assert.deepEqual(outcomeChanges(new Map([['tcp', ok()]]), new Map()), []);
});

describe('a note', () => {
  const noted = (note = 'the owners are hidden', skipped = 0): Outcome => ({
    status: 'ok',
    data: undefined,
    skipped: { count: skipped, examples: [] },
    note,
    seconds: 0,
  });
  const messages = (before: Outcome | undefined, after: Outcome): readonly string[] =>
    outcomeChanges(
      before === undefined ? new Map() : new Map([['programs', before]]),
      new Map([['programs', after]]),
    ).map(({ level, message }) => `${level}: ${message}`);
  const comesUp = 'warn: collector cannot tell all';

  test('is one line when it comes up, in the first reading or later', () => {
    for (const before of [undefined, ok(), absent]) assert.deepEqual(messages(before, noted()), [comesUp]);
    const [change] = outcomeChanges(new Map(), new Map([['programs', noted('only root sees them')]]));
    assert.deepEqual(change?.fields, { collector: 'programs', reason: 'only root sees them' });
  });

  test('is none while it stays, be it in other words', () => {
    assert.deepEqual(messages(noted(), noted()), []);
    assert.deepEqual(messages(noted(), noted('other words')), []);
  });

  test('is none when it goes', () => {
    for (const after of [ok(), absent]) assert.deepEqual(messages(noted(), after), []);
  });

  test('of a collector that fails is not told, but that it fails', () => {
    assert.deepEqual(messages(noted(), failed()), ['warn: collector failed']);
  });

  test('that comes up as the collector recovers is told beside the recovery', () => {
    assert.deepEqual(messages(failed(), noted()), ['info: collector recovered', comesUp]);
  });

  test('that comes up with the first skipped lines is told beside them', () => {
    assert.deepEqual(messages(ok(), noted('the owners are hidden', 1)), [
      'warn: collector skipped lines that it could not read',
      comesUp,
    ]);
  });
});

describe('which way sockets are read', () => {
  const readBy = (reader: SocketReader, reason: ReaderReason, wanted: ReaderChoice = 'auto'): Outcome => ({
    ...{ status: 'ok', data: undefined, skipped: { count: 0, examples: [] }, seconds: 0 },
    readBy: { reader, reason, wanted },
  });
  const changes = (
    before: Outcome | undefined,
    after: Outcome,
    ...names: readonly string[]
  ): readonly unknown[] => {
    const all = (outcome: Outcome | undefined) =>
      new Map(outcome === undefined ? [] : names.map(name => [name, outcome]));
    return outcomeChanges(all(before), all(after)).map(
      ({ level, message, fields }) =>
        `${level}: ${message} (${String(fields['collectors'])}: ${String(fields['reason'])})`,
    );
  };
  const netlink = readBy('netlink', 'cheaper');
  const lean: Outcome = {
    ...{ status: 'ok', data: undefined, skipped: { count: 0, examples: [] }, seconds: 0 },
    readBy: { reader: 'netlink', reason: 'cheaper', wanted: 'auto', extent: 'lean' },
  };
  const withoutPackage = readBy('procfs', 'package');

  test('is told when it is not the usual one, in one line for all of them', () => {
    assert.deepEqual(changes(undefined, netlink, 'tcp', 'udp'), []);
    assert.deepEqual(changes(undefined, readBy('procfs', 'chosen', 'procfs'), 'tcp'), []);
    assert.deepEqual(changes(undefined, withoutPackage, 'tcp', 'udp'), [
      'info: sockets are read from procfs (tcp,udp: package)',
    ]);
  });

  test('is told when it changes, and not while it lasts', () => {
    assert.deepEqual(changes(netlink, readBy('procfs', 'timeout'), 'tcp'), [
      'info: sockets are read from procfs (tcp: timeout)',
    ]);
    assert.deepEqual(changes(readBy('procfs', 'timeout'), netlink, 'tcp'), [
      'info: sockets are read over netlink (tcp: cheaper)',
    ]);
    assert.deepEqual(changes(netlink, netlink, 'tcp'), []);
    assert.deepEqual(changes(withoutPackage, withoutPackage, 'tcp'), []);
  });

  test('is told once when it is lean, and again when it is so after a failure', () => {
    const told = ['info: sockets are read over netlink (tcp,tcp6: cheaper)'];
    assert.deepEqual(changes(undefined, lean, 'tcp', 'tcp6'), told);
    assert.deepEqual(changes(lean, lean, 'tcp', 'tcp6'), []);
    assert.deepEqual(changes(readBy('procfs', 'timeout'), lean, 'tcp', 'tcp6'), told);
    assert.deepEqual(outcomeChanges(new Map(), new Map([['tcp', lean]]))[0]?.fields, {
      ...{ collectors: 'tcp', reason: 'cheaper' },
      lean: 'ESTABLISHED sockets are counted and nothing else is told of them',
    });
  });

  test('is a warning where netlink was asked for by name', () => {
    assert.deepEqual(changes(undefined, readBy('procfs', 'unsupported', 'netlink'), 'raw'), [
      'warn: sockets are read from procfs (raw: unsupported)',
    ]);
  });
});
