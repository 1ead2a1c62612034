// Protects: names of hosts come from the system where it knows them in time, and asking is bounded in every way.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHostNames, type HostNameLimits, type HostNames } from '../../src/commands/host-names.ts';
import { needs } from '../needs.ts';

const limits: HostNameLimits = { oneMilliseconds: 2000, allMilliseconds: 5000, atOnce: 4, kept: 1000 };

interface Site extends HostNames {
  /** What was looked up, in its order. */
  readonly asked: readonly string[];
  readonly told: readonly string[];
  /** The most lookups that were under way at one time. */
  readonly most: () => number;
}

const siteWith = (
  lookUp: (address: string) => Promise<string>,
  changed: Partial<HostNameLimits> = {},
): Site => {
  const asked: string[] = [];
  const told: string[] = [];
  let underWay = 0;
  let most = 0;
  const counted = async (address: string): Promise<string> => {
    asked.push(address);
    most = Math.max(most, ++underWay);
    try {
      return await lookUp(address);
    } finally {
      underWay--;
    }
  };
  const names = createHostNames(sentence => told.push(sentence), counted, { ...limits, ...changed });
  return { ...names, asked, told, most: () => most };
};

const nameless = (code: string): Error => Object.assign(new Error(`getnameinfo ${code}`), { code });
const never = (): Promise<string> => new Promise(() => undefined);
const addresses = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `10.0.${i >> 8}.${i & 255}`);
const millisecondsOf = async (work: Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await work;
  return performance.now() - start;
};

describe('host names', () => {
  test('an address has its name once that is learned, and until then is its own', async () => {
    const { learn, nameOf, told } = siteWith(address => Promise.resolve(`host-${address}`));
    assert.equal(nameOf('10.0.0.1'), '10.0.0.1');
    await learn(['10.0.0.1', 'fe80::1']);
    assert.equal(nameOf('10.0.0.1'), 'host-10.0.0.1');
    assert.equal(nameOf('fe80::1'), 'host-fe80::1');
    assert.equal(nameOf('10.0.0.2'), '10.0.0.2');
    assert.deepEqual(told, []);
  });

  test('an address without a name is shown as it is, and that is no news', async () => {
    const { learn, nameOf, told, asked } = siteWith(() => Promise.reject(nameless('ENOTFOUND')));
    await learn(['10.0.0.1']);
    await learn(['10.0.0.1']);
    assert.equal(nameOf('10.0.0.1'), '10.0.0.1');
    assert.deepEqual(told, []);
    assert.deepEqual(asked, ['10.0.0.1']);
  });

  test('each address is asked for once, also by two who ask at the same time', async () => {
    const { learn, asked, nameOf } = siteWith(async address => {
      await sleep(20);
      return `host-${address}`;
    });
    await Promise.all([learn(['10.0.0.1', '10.0.0.1', '10.0.0.2']), learn(['10.0.0.2', '10.0.0.1'])]);
    await learn(['10.0.0.1']);
    assert.deepEqual([...asked].sort(), ['10.0.0.1', '10.0.0.2']);
    assert.equal(nameOf('10.0.0.2'), 'host-10.0.0.2');
  });

  test('what stands for no host is not asked for', async () => {
    const { learn, asked } = siteWith(never);
    await learn(['0.0.0.0', '::']);
    assert.deepEqual(asked, []);
  });

  test('no more are asked for at once than the limit, and all in the end', async () => {
    const { learn, most, nameOf } = siteWith(async address => {
      await sleep(1);
      return `host-${address}`;
    });
    const many = addresses(200);
    await learn(many);
    assert.equal(most(), 4);
    assert.ok(many.every(address => nameOf(address) === `host-${address}`));
  });

  test('an address that nobody answers for does not keep the others waiting', async () => {
    const { learn, nameOf, told } = siteWith(
      address => (address === '10.0.0.1' ? never() : Promise.resolve('other')),
      { oneMilliseconds: 100 },
    );
    const took = await millisecondsOf(learn(addresses(50)));
    assert.ok(took < 2000, `${took} ms`);
    assert.equal(nameOf('10.0.0.1'), '10.0.0.1');
    assert.equal(nameOf('10.0.0.49'), 'other');
    assert.deepEqual(told, ['1 of 50 addresses are shown as they are: nobody told their names in time']);
  });

  test('when nobody answers at all it ends with the time for all, and no more are under way than may be', async () => {
    const { learn, asked, told, most } = siteWith(never, { oneMilliseconds: 50, allMilliseconds: 300 });
    const took = await millisecondsOf(learn(addresses(1000)));
    assert.ok(took >= 250 && took < 2000, `${took} ms`);
    // Those that hang keep their places: others behind them would hang as well.
    assert.equal(asked.length, 4);
    assert.equal(most(), 4);
    assert.deepEqual(told, ['1000 of 1000 addresses are shown as they are: nobody told their names in time']);
  });

  test('nothing more is asked once the time is up', async () => {
    const { learn, asked } = siteWith(
      async () => {
        await sleep(40);
        return 'slow';
      },
      { allMilliseconds: 100 },
    );
    await learn(addresses(1000));
    const count = asked.length;
    await sleep(150);
    assert.equal(asked.length, count);
    assert.ok(count >= 4 && count <= 20, `${count}`);
  });

  test('a name that comes late is there the next time, without being asked for again', async () => {
    const { learn, asked, nameOf, told } = siteWith(
      async () => {
        await sleep(150);
        return 'late';
      },
      { oneMilliseconds: 20 },
    );
    await learn(['10.0.0.1']);
    assert.equal(nameOf('10.0.0.1'), '10.0.0.1');
    await sleep(200);
    await learn(['10.0.0.1']);
    assert.equal(nameOf('10.0.0.1'), 'late');
    assert.deepEqual(asked, ['10.0.0.1']);
    assert.equal(told.length, 1);
  });

  test('a resolver that found out nothing is told, but not asked again', async () => {
    const { learn, asked, told, nameOf } = siteWith(() => Promise.reject(nameless('EAI_AGAIN')));
    await learn(addresses(3));
    await learn(addresses(3));
    assert.equal(asked.length, 3);
    assert.equal(nameOf('10.0.0.1'), '10.0.0.1');
    assert.deepEqual(told, ['3 of 3 addresses are shown as they are: nobody told their names in time']);
  });

  test('names that were wanted longest ago are forgotten beyond the limit', async () => {
    const { learn, asked, nameOf } = siteWith(address => Promise.resolve(`host-${address}`), { kept: 10 });
    const [first = '', second = '', ...rest] = addresses(12);
    await learn([first, second, ...rest.slice(0, 8)]);
    await learn([first, ...rest.slice(8)]);
    assert.equal(nameOf(first), `host-${first}`);
    assert.equal(nameOf(second), second);
    assert.equal(addresses(12).filter(address => nameOf(address) !== address).length, 10);
    assert.equal(asked.length, 12);
  });
});

describe('the system', () => {
  test('tells the name of this host itself, as getent does', needs({ tools: ['getent'] }), async () => {
    const told: string[] = [];
    const { learn, nameOf } = createHostNames(sentence => told.push(sentence));
    await learn(['127.0.0.1', '::1']);
    for (const address of ['127.0.0.1', '::1']) {
      const { status, stdout } = spawnSync('getent', ['hosts', address], {
        encoding: 'utf8',
        timeout: 20_000,
      });
      const expected = status === 0 ? stdout.trim().split(/\s+/)[1] : address;
      assert.equal(nameOf(address), expected, address);
    }
    assert.notEqual(nameOf('127.0.0.1'), '127.0.0.1');
  });

  test('is not asked about what is no address', async () => {
    const told: string[] = [];
    const { learn, nameOf } = createHostNames(sentence => told.push(sentence));
    await learn(['*', 'NODE-1', '', '300.1.1.1']);
    assert.equal(nameOf('NODE-1'), 'NODE-1');
    assert.deepEqual(told, []);
  });
});
