// Protects: users can compute the name of a metric from the kernel's name, by the one rule in the metrics contract.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { netstat } from '../../../src/collectors/netstat.ts';
import { snmp } from '../../../src/collectors/snmp.ts';
import { snmp6 } from '../../../src/collectors/snmp6.ts';
import { snakeCase } from '../../../src/collectors/statistics/families.ts';

/** The rule as its text says it, letter by letter. */
const byTheText = (name: string): string => {
  const isUpper = (at: number): boolean => /[A-Z]/.test(name[at] ?? '');
  const isLower = (at: number): boolean => /[a-z]/.test(name[at] ?? '');
  let text = '';
  for (let at = 0; at < name.length; at++) {
    const followsLowerOrDigit = /[a-z0-9]/.test(name[at - 1] ?? '');
    const isLastOfRun = isUpper(at - 1) && isLower(at + 1);
    if (isUpper(at) && at > 0 && (followsLowerOrDigit || isLastOfRun)) text += '_';
    text += (name[at] ?? '').toLowerCase();
  }
  return text;
};

test('the examples of the contract', () => {
  const examples = {
    TCPOFOQueue: 'tcpofo_queue',
    TCPRcvQDrop: 'tcp_rcv_q_drop',
    ListenOverflows: 'listen_overflows',
    RetransSegs: 'retrans_segs',
    InReceives: 'in_receives',
  };
  for (const [name, expected] of Object.entries(examples)) {
    assert.equal(snakeCase(name), expected);
    assert.equal(byTheText(name), expected);
  }
});

/** Levels, whose names the contract gives one by one. */
const levels = {
  Ip_Forwarding: 'ip_forwarding',
  Ip_DefaultTTL: 'ip_default_ttl',
  Tcp_RtoAlgorithm: 'tcp_rto_algorithm',
  Tcp_RtoMin: 'tcp_rto_min_seconds',
  Tcp_RtoMax: 'tcp_rto_max_seconds',
  Tcp_MaxConn: 'tcp_max_conn',
  Tcp_CurrEstab: 'tcp_curr_estab',
  MPTcpExt_MPCurrEstab: 'mptcpext_curr_estab',
};

test('every statistic is named by the rule, but for those that are named here', () => {
  const all = [snmp, snmp6, netstat].flatMap(({ families }) => families);
  const odd = all.flatMap(({ name, statistic }) => {
    const [section = '', field = ''] = statistic?.kernelName.split('_') ?? [];
    const expected = `${section.replace(/6$/, '').toLowerCase()}_${byTheText(field)}_total`;
    return name === expected ? [] : [`${statistic?.kernelName ?? 'none'} ${name}`];
  });
  assert.deepEqual(
    odd.sort(),
    [
      ...Object.entries(levels).map(([kernelName, name]) => `${kernelName} ${name}`),
      // `h` alone reads as an abbreviated unit.
      'MPTcpExt_MPJoinAckHMacFailure mptcpext_mp_join_ack_hmac_failure_total',
      'MPTcpExt_MPJoinSynAckHMacFailure mptcpext_mp_join_syn_ack_hmac_failure_total',
      'Icmp6_InEchoReplies icmp_in_echo_reps_total',
      'Icmp6_InParmProblems icmp_in_parm_probs_total',
      'Icmp6_OutEchoReplies icmp_out_echo_reps_total',
      'Icmp6_OutParmProblems icmp_out_parm_probs_total',
      'IcmpMsg_Messages icmp_messages_total',
      'Ip6_OutForwDatagrams ip_forw_datagrams_total',
    ].sort(),
  );
});

test('no name of the kernel is listed twice', () => {
  for (const { name, families } of [snmp, snmp6, netstat]) {
    const names = families.map(({ statistic }) => statistic?.kernelName);
    assert.deepEqual(
      names.filter((each, i) => names.indexOf(each) !== i),
      [],
      name,
    );
  }
});
