// Protects: only the right password lets in; guessing is slow, tells nothing of who exists, and leaves room for others.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hashSync } from 'bcryptjs';
import { compareInThread, createPasswordCheck, type Compare } from '../../src/faces/passwords.ts';

/** The least cost there is: what is tested here is not bcrypt. */
const hash = (password: string, cost = 4): string => hashSync(password, cost);
const users = new Map([
  ['alice', hash('secret of alice')],
  ['bob', hash('secret of bob')],
]);
const here = '127.0.0.1';
const stays = (): boolean => false;

/** Compares at once, and tells what it was asked. */
const recorded = (isRight: (password: string) => boolean = () => true) => {
  const asked: { readonly password: string; readonly hash: string }[] = [];
  const compare: Compare = comparison => {
    asked.push(comparison);
    return Promise.resolve(isRight(comparison.password));
  };
  return { asked, compare };
};

describe('a password', () => {
  test('is right only for its user, as bcrypt says', async () => {
    const check = createPasswordCheck(compareInThread());
    const verdict = (user: string, password: string) => check(users, { user, password }, here, stays);
    assert.equal(await verdict('alice', 'secret of alice'), 'right');
    assert.equal(await verdict('bob', 'secret of bob'), 'right');
    assert.equal(await verdict('alice', 'secret of alice'), 'right');
    for (const [user, password] of [
      ['alice', 'secret of bob'],
      ['alice', ''],
      ['alice', users.get('alice') ?? ''],
      ['Alice', 'secret of alice'],
      ['', 'secret of alice'],
      ['constructor', 'secret of alice'],
    ] as const) {
      assert.equal(await verdict(user, password), 'wrong', `${user} ${password}`);
    }
  });

  test('of every kind of hash that htpasswd and others write is known', async () => {
    const compare = compareInThread();
    const written = hash('pass: wörd');
    for (const kind of ['2a', '2b', '2y']) {
      const same = written.replace(/^\$2.\$/, `$${kind}$`);
      assert.equal(await compare({ password: 'pass: wörd', hash: same }), true, kind);
      assert.equal(await compare({ password: 'pass: word', hash: same }), false, kind);
    }
  });

  test('that was right is compared once, and again when its hash is another', async () => {
    const { asked, compare } = recorded();
    const check = createPasswordCheck(compare);
    const credentials = { user: 'alice', password: 'a' };
    for (let i = 0; i < 3; i++) assert.equal(await check(users, credentials, here, stays), 'right');
    assert.equal(asked.length, 1);
    await check(new Map([['alice', hash('other')]]), credentials, here, stays);
    assert.equal(asked.length, 2);
    assert.equal(await check(new Map(), credentials, here, stays), 'wrong', 'of a user who was taken away');
  });

  test('that was wrong is compared each time, and pushes out none that was right', async () => {
    const { asked, compare } = recorded(password => password === 'right');
    const check = createPasswordCheck(compare);
    const good = { user: 'alice', password: 'right' };
    await check(users, good, here, stays);
    for (let i = 0; i < 150; i++) {
      assert.equal(await check(users, { user: 'alice', password: `guess ${i % 2}` }, here, stays), 'wrong');
    }
    assert.equal(asked.length, 151);
    assert.equal(await check(users, good, here, stays), 'right');
    assert.equal(asked.length, 151);
  });

  test('is remembered for a hundred at the most, the longest unused forgotten first', async () => {
    const { asked, compare } = recorded();
    const check = createPasswordCheck(compare);
    const many = new Map(Array.from({ length: 101 }, (_, i) => [`user${i}`, `$2b$04$${'a'.repeat(53)}`]));
    const ask = (i: number) => check(many, { user: `user${i}`, password: 'p' }, here, stays);
    for (let i = 0; i < 100; i++) await ask(i);
    await ask(0);
    assert.equal(asked.length, 100);
    await ask(100);
    await ask(0);
    assert.equal(asked.length, 101, 'the first is still known, for it was used');
    await ask(1);
    assert.equal(asked.length, 102);
  });
});

describe('a user who does not exist', () => {
  test('costs what one who does costs, and is never let in', async () => {
    const { asked, compare } = recorded();
    const check = createPasswordCheck(compare);
    const costly = new Map([['alice', `$2y$12$${'a'.repeat(53)}`]]);
    assert.equal(await check(costly, { user: 'nobody', password: 'p' }, here, stays), 'wrong');
    assert.match(asked[0]?.hash ?? '', /^\$2b\$12\$[./\dA-Za-z]{53}$/);
  });

  test('always has the same cost, one of those of users who do', async () => {
    const { asked, compare } = recorded();
    const check = createPasswordCheck(compare);
    const mixed = new Map([10, 12].map(cost => [`of ${cost}`, `$2y$${cost}$${'a'.repeat(53)}`]));
    const costOf = async (user: string): Promise<string> => {
      await check(mixed, { user, password: 'p' }, here, stays);
      return asked.at(-1)?.hash.slice(4, 6) ?? '';
    };
    const costs = new Set<string>();
    for (let i = 0; i < 32; i++) {
      const cost = await costOf(`nobody ${i}`);
      assert.equal(await costOf(`nobody ${i}`), cost);
      costs.add(cost);
    }
    assert.deepEqual([...costs].sort(), ['10', '12']);
  });

  test('cannot be told by time from one who does', async () => {
    const check = createPasswordCheck(compareInThread());
    const slower = new Map([['alice', hash('secret', 8)]]);
    const secondsFor = async (user: string): Promise<number> => {
      const start = performance.now();
      assert.equal(await check(slower, { user, password: 'guess' }, here, stays), 'wrong');
      return performance.now() - start;
    };
    await secondsFor('alice');
    // In turns, so that what else the machine does slows down both; the quickest of each tell most.
    const known: number[] = [];
    const unknown: number[] = [];
    for (let i = 0; i < 25; i++) {
      known.push(await secondsFor('alice'));
      unknown.push(await secondsFor('nobody'));
    }
    const quickest = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[3] ?? 0;
    const ratio = quickest(unknown) / quickest(known);
    // Without the compare it would be some hundredth.
    assert.ok(ratio > 0.5 && ratio < 2, `${ratio}`);
  });
});

describe('passwords that wait', () => {
  /** Compares one after the other when it is told to, all of them wrong. */
  const held = () => {
    const waiting: (() => void)[] = [];
    let mostAtOnce = 0;
    const compare: Compare = () =>
      new Promise(resolve => {
        waiting.push(() => {
          resolve(false);
        });
        mostAtOnce = Math.max(mostAtOnce, waiting.length);
      });
    const next = async (): Promise<void> => {
      waiting.shift()?.();
      await new Promise(resolve => setImmediate(resolve));
    };
    return { compare, next, mostAtOnce: () => mostAtOnce };
  };

  test('are compared one at a time, four of one address and sixteen in all', async () => {
    const { compare, next, mostAtOnce } = held();
    const check = createPasswordCheck(compare);
    const ask = (address: string, i: number) =>
      check(users, { user: 'alice', password: `guess ${i}` }, address, stays);
    const ofOne = Array.from({ length: 6 }, (_, i) => ask('10.0.0.1', i));
    assert.deepEqual(await Promise.all(ofOne.slice(4)), ['busy', 'busy']);
    const ofOthers = Array.from({ length: 13 }, (_, i) => ask(`10.0.1.${i}`, i));
    assert.equal(await ofOthers.at(-1), 'busy');
    for (let i = 0; i < 16; i++) await next();
    const verdicts = await Promise.all([...ofOne.slice(0, 4), ...ofOthers.slice(0, -1)]);
    assert.deepEqual(new Set(verdicts), new Set(['wrong']));
    assert.equal(mostAtOnce(), 1);
    const again = ask('10.0.0.1', 7);
    await next();
    await next();
    assert.equal(await again, 'wrong', 'there is room again');
  });

  test('of clients that went away are not compared', async () => {
    const { asked, compare } = recorded();
    const check = createPasswordCheck(compare);
    assert.equal(await check(users, { user: 'alice', password: 'p' }, here, () => true), 'wrong');
    assert.equal(asked.length, 0);
  });

  test('of the same user are compared once when the first was right', async () => {
    const { asked, compare } = recorded();
    const check = createPasswordCheck(compare);
    const verdicts = await Promise.all(
      [1, 2, 3].map(() => check(users, { user: 'alice', password: 'p' }, here, stays)),
    );
    assert.deepEqual(verdicts, ['right', 'right', 'right']);
    assert.equal(asked.length, 1);
  });

  test('go on after one that could not be compared', async () => {
    let fails = true;
    const check = createPasswordCheck(() =>
      fails ? Promise.reject(new Error('no thread')) : Promise.resolve(true),
    );
    const credentials = { user: 'alice', password: 'p' };
    await assert.rejects(check(users, credentials, here, stays), /no thread/);
    fails = false;
    assert.equal(await check(users, credentials, here, stays), 'right');
  });
});
