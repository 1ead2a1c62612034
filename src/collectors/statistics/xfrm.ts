/** net/xfrm_stat (net/xfrm/xfrm_proc.c, xfrm_statistics_seq_show()): packets that IPsec dropped, and why, over IPv4 and IPv6 together. */
import { inet, type Statistic } from './statistic.ts';

export const xfrm: readonly Statistic[] = [
  inet(
    'InError',
    'default',
    'Packets that arrived and were dropped for a reason that has no counter of its own.',
  ),
  inet(
    'InBufferError',
    'default',
    'Packets that arrived and were dropped because there was no memory for them.',
  ),
  inet('InHdrError', 'default', 'Packets that arrived with a header that could not be read.'),
  inet(
    'InNoStates',
    'minimal',
    'Packets that arrived for an SPI, address and protocol that no association stands for: the peers disagree, as after a restart of one of them.',
  ),
  inet(
    'InStateProtoError',
    'minimal',
    'Packets that arrived and could not be decrypted or failed their check: keys that differ, or somebody who forges.',
  ),
  inet(
    'InStateModeError',
    'default',
    'Packets that arrived in another mode than the association has, tunnel or transport.',
  ),
  inet(
    'InStateSeqError',
    'minimal',
    'Packets that arrived with a number that was seen already or is too old: they were replayed, or overtook each other by more than the replay window.',
  ),
  inet('InStateExpired', 'default', 'Packets that arrived for an association whose lifetime is over.'),
  inet(
    'InStateMismatch',
    'default',
    'Packets that arrived with another encapsulation than the association has.',
  ),
  inet(
    'InStateInvalid',
    'default',
    'Packets that arrived for an association that is not in use yet, or not any more.',
  ),
  inet(
    'InTmplMismatch',
    'minimal',
    'Packets that were decrypted but not protected as the policy asks: the policies of the two ends differ.',
  ),
  inet('InNoPols', 'minimal', 'Packets that were decrypted and for which there is no policy.'),
  inet('InPolBlock', 'default', 'Packets that arrived and that a policy blocks.'),
  inet('InPolError', 'default', 'Packets that arrived and whose policy could not be applied.'),
  inet('InStateDirError', 'default', 'Packets that arrived for an association that is for sending.'),
  inet(
    'InIptfsError',
    'default',
    'Packets that arrived and could not be taken out of aggregated frames (IP-TFS).',
  ),
  inet(
    'OutError',
    'default',
    'Packets to be sent that were dropped for a reason that has no counter of its own.',
  ),
  inet(
    'OutBundleGenError',
    'default',
    'Packets to be sent for which no way through their associations could be made.',
  ),
  inet(
    'OutBundleCheckError',
    'default',
    'Packets to be sent whose way through their associations did not hold any more.',
  ),
  inet(
    'OutNoStates',
    'minimal',
    'Packets to be sent that a policy wants protected and for which there is no association: the negotiation of keys fails or is slow.',
  ),
  inet('OutStateProtoError', 'default', 'Packets to be sent that could not be encrypted.'),
  inet(
    'OutStateModeError',
    'default',
    'Packets to be sent that do not fit the mode of their association, as when they are too long.',
  ),
  inet(
    'OutStateSeqError',
    'minimal',
    'Packets to be sent whose association has used up its numbers: it was not renewed in time.',
  ),
  inet(
    'OutStateExpired',
    'minimal',
    'Packets to be sent whose association has come to the end of its lifetime: it was not renewed in time.',
  ),
  inet('OutStateInvalid', 'default', 'Packets to be sent whose association is not in use any more.'),
  inet('OutStateDirError', 'default', 'Packets to be sent whose association is for receiving.'),
  inet('OutPolBlock', 'default', 'Packets to be sent that a policy blocks.'),
  inet('OutPolDead', 'default', 'Packets to be sent whose policy was deleted meanwhile.'),
  inet('OutPolError', 'default', 'Packets to be sent whose policy could not be applied.'),
  inet(
    'OutNoQueueSpace',
    'default',
    'Packets to be sent for which there was no room in the queue of aggregated frames (IP-TFS).',
  ),
  inet('FwdHdrError', 'default', 'Packets to be forwarded whose route could not be found.'),
  inet(
    'AcquireError',
    'minimal',
    'Packets whose association had not been negotiated yet when they were to be sent or taken.',
  ),
];
