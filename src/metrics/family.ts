/**
 * Metric families as plain values. A family says what it is and how its samples are read off a
 * collector's data; it knows no kernel file and no exposition library.
 */
import type { Label } from './label.ts';

export type Kind = 'counter' | 'gauge';

/** How much of netstat -s is exposed: each tier holds the one before it. */
export const tiers = ['minimal', 'default', 'all'] as const;
export type Tier = (typeof tiers)[number];

/** Hands over one sample: its value, then one label value per label, in the family's order. */
export type Emit = (value: number, ...labels: readonly string[]) => void;

export interface FamilySpec<T> {
  /** Without the program's prefix. */
  readonly name: string;
  readonly kind: Kind;
  /** One sentence for the person paged at night, then the kernel's own name. */
  readonly help: string;
  readonly labels: readonly Label[];
  /** Set on protocol counters only, which users select by tier and by this name (`TcpExt_ListenDrops`). */
  readonly statistic?: { readonly kernelName: string; readonly tier: Tier };
  sample(data: T, emit: Emit): void;
}

/** A family with the samples of one moment; no two of them have the same labels, and none changes. */
export interface MetricFamily {
  /** As exposed. */
  readonly name: string;
  readonly kind: Kind;
  readonly help: string;
  readonly labels: readonly string[];
  readonly samples: readonly Sample[];
  /** Whether the same arrays of label values, which are of no other family, come with the next scrape, and this very object where no value changes. */
  readonly isKept: boolean;
}

export interface Sample {
  readonly value: number;
  readonly labels: readonly string[];
}
