// Protects: the counters of SCTP have the names that the rule gives them, and a sum that dips below zero stays one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sctpSnmp } from '../../src/collectors/sctp-snmp.ts';
import { lines, onlyTier, read, samplesOf } from './reading.ts';

test('names follow the rule, whatever stands between name and value', () => {
  const text = lines(
    'SctpOutOfBlues                  \t3',
    'SctpT3RtxExpireds\t4',
    'SctpOutSCTPPacks 5',
    'SctpT5ShutdownGuardExpireds     \t18446744073709551615',
  );
  assert.deepEqual(samplesOf(sctpSnmp, text), [
    'sctp_out_of_blues_total 3',
    'sctp_out_sctp_packs_total 5',
    `sctp_t3_rtx_expireds_total 4`,
    `sctp_t5_shutdown_guard_expireds_total ${2 ** 64}`,
  ]);
});

test('the current associations may be below zero for a moment, a counter may not', () => {
  const { report, samples } = read(
    sctpSnmp,
    lines('SctpCurrEstab\t-1', 'SctpAborteds\t-1', 'SctpShutdowns\t2'),
  );
  assert.equal(report, 'ok, 1 skipped: net/sctp/snmp:2: field 2: expected a decimal number, found "-1"');
  assert.deepEqual(samples, ['sctp_curr_estab -1', 'sctp_shutdowns_total 2']);
});

test('a counter of a newer kernel comes with all the others', () => {
  const text = lines('SctpCurrEstab\t1', 'SctpNewThings\t7', 'Other\t8');
  assert.deepEqual(samplesOf(sctpSnmp, text), ['sctp_curr_estab 1', 'sctp_new_things_total 7']);
  assert.deepEqual(samplesOf(sctpSnmp, text, onlyTier('all')), ['sctp_new_things_total 7']);
});
