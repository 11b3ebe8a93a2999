import { type CrowdReport, crowd, type Rule } from './crowd';
import { firstEdition } from './first-edition';
import { byAimd, byGradient, pace } from './ours';
import { byBottleneck, byOpenAi, byPThrottle } from './peers';
import { drawn, type Hints, type Kind } from './settings';

export const rules: readonly Rule[] = [pace, byAimd, byGradient, firstEdition, byBottleneck, byPThrottle, byOpenAi];

/** Providers to compare them at. */
export const providers: readonly (readonly [kind: Kind, hints: Hints])[] = [
  ['bucket', 'none'],
  ['minute', 'none'],
  ['places', 'none'],
  ['bucket', 'retry-after'],
  ['minute', 'retry-after'],
  ['places', 'retry-after'],
];

/** The means of some simulations. */
export interface Figures {
  /** Requests sent in a minute. */
  readonly sent: number;
  readonly refused: number;
  readonly used: number;
  readonly failed: number;
  /** ms from the beginning of a call until its request was taken. */
  readonly median: number;
  readonly p99: number;
}

/** One rule at one kind of provider: each seed has another time to the first value, and other streams. */
export async function figuresOf(rule: Rule, kind: Kind, hints: Hints, seeds: number): Promise<Figures> {
  const reports: CrowdReport[] = [];
  for (let seed = 1; seed <= seeds; seed += 1) {
    reports.push(await crowd(rule, drawn(kind, hints, seed, seeds), { seed, duration: 120 }));
  }
  const mean = (of: (report: CrowdReport) => number) =>
    reports.reduce((sum, report) => sum + of(report), 0) / reports.length;
  return {
    sent: mean(({ sent }) => sent),
    refused: mean(({ refused }) => refused),
    used: mean(({ used }) => used),
    failed: mean(({ failed }) => failed),
    median: mean(({ waits }) => percentile(waits, 0.5)),
    p99: mean(({ waits }) => percentile(waits, 0.99)),
  };
}

/** Of sorted values; of none it is 0. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
