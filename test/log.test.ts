// Protects: one event is one line that machines can read, whatever its values hold, and nothing below the level is written.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../src/log.ts';
import type { LogFields } from '../src/log.ts';

function logged(format: 'logfmt' | 'json', message: string, fields?: LogFields): string {
  const lines: string[] = [];
  createLog('debug', format, line => lines.push(line)).info(message, fields);
  assert.equal(lines.length, 1);
  return lines.join('').replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/, 'NOW');
}

test('a logfmt line has the time, the level, the message and the fields', () => {
  assert.equal(
    logged('logfmt', 'Listening now', { address: ':10055', tls: false, count: 3 }),
    'ts=NOW level=info msg="Listening now" address=:10055 tls=false count=3\n',
  );
});

test('a JSON line keeps numbers and booleans', () => {
  const line = logged('json', 'Listening', { address: ':10055', tls: false, count: 3 });
  assert.deepEqual(JSON.parse(line), {
    ts: 'NOW',
    level: 'info',
    msg: 'Listening',
    address: ':10055',
    tls: false,
    count: 3,
  });
  assert.ok(line.endsWith('}\n'));
});

test('logfmt quotes what would not read back as one value', () => {
  for (const [value, written] of [
    ['', '""'],
    ['a b', '"a b"'],
    ['a=b', '"a=b"'],
    ['say "x"', String.raw`"say \"x\""`],
    ['back\\slash', String.raw`"back\\slash"`],
    ['größe', '"größe"'],
    ['/proc/net/tcp:3', '/proc/net/tcp:3'],
  ] as const) {
    assert.equal(logged('logfmt', 'm', { value }), `ts=NOW level=info msg=m value=${written}\n`);
  }
});

test('a value can neither forge a line nor steer a terminal', () => {
  // Line feed, escape, delete, a C1 control, a line separator, a right-to-left override, a lone surrogate, a tag character.
  const value = '\n\u001b[2J\u007f\u009b\u2028\u202e\ud800\u{e0041}';
  const escaped = String.raw`\n\u001b[2J\u007f\u009b\u2028\u202e\ud800\udb40\udc41`;
  assert.equal(logged('logfmt', 'm', { value }), `ts=NOW level=info msg=m value="${escaped}"\n`);
  const json = logged('json', 'm', { value });
  assert.ok(json.includes(escaped));
  assert.deepEqual(JSON.parse(json), { ts: 'NOW', level: 'info', msg: 'm', value });
});

test('a field that is undefined is left out', () => {
  assert.equal(logged('logfmt', 'm', { reason: undefined, a: 1 }), 'ts=NOW level=info msg=m a=1\n');
  assert.equal(logged('json', 'm', { reason: undefined }), '{"ts":"NOW","level":"info","msg":"m"}\n');
});

test('nothing below the level is written', () => {
  const lines: string[] = [];
  const log = createLog('warn', 'logfmt', line => lines.push(line));
  log.debug('one');
  log.info('two');
  log.warn('three');
  log.error('four');
  assert.deepEqual(
    lines.map(line => line.replace(/^\S+ /, '')),
    ['level=warn msg=three\n', 'level=error msg=four\n'],
  );
});
