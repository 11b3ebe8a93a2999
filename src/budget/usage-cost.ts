import type { Ending } from '../guard/guard';
import { estimatedCost, reportedCost } from './cost-of';
import type { Price } from './price';
import type { TokenEstimate } from './token-estimate';
import type { UsageReading } from './usage-reading';

// What an attempt has cost, as budgets see it. Apart from what reads its values, which clients without a budget have, too.

/** What was read of an attempt. */
export type AttemptUsage = Pick<UsageReading<never>, 'usage' | 'reported' | 'counted' | 'estimate' | 'input' | 'sumOf'>;

/** What an attempt has cost that ended so without a final report. */
export function costWithoutReport(reading: AttemptUsage, ending: Ending): number {
  const tokens = tokensByCount(reading, ending);
  const byCount = typeof tokens === 'number' ? tokens : tokens.input + tokens.output;
  return Math.max(byCount, usageSoFar(reading));
}

/** What the attempt has come to while it still runs. */
export function totalOf(reading: AttemptUsage): number {
  return Math.max(reading.input + Math.ceil(reading.counted), usageSoFar(reading), reading.reported ?? 0);
}

/** As `reported`, by a price. */
export function reportedAt(reading: AttemptUsage, price: Price): number | undefined {
  const { reported, usage, input } = reading;
  if (reported === undefined) {
    return undefined;
  }
  // A number that came after a final usage counts, as the last report does.
  return usage?.final && reported === reading.sumOf(usage)
    ? reportedCost(usage, price, input)
    : estimatedCost(reported, price);
}

/** As `totalOf`, by a price. */
export function totalAt(reading: AttemptUsage, price: Price): number {
  const counted = estimatedCost({ input: reading.input, output: Math.ceil(reading.counted) }, price);
  return Math.max(counted, usageAt(reading, price), reportedAt(reading, price) ?? 0);
}

/** As `costWithoutReport`, by a price. */
export function costWithoutReportAt(reading: AttemptUsage, ending: Ending, price: Price): number {
  return Math.max(estimatedCost(tokensByCount(reading, ending), price), usageAt(reading, price));
}

/** What it has used by its estimate and what was counted. */
function tokensByCount({ counted, estimate }: AttemptUsage, ending: Ending): TokenEstimate {
  const output = Math.ceil(counted);
  if (typeof estimate === 'number') {
    return Math.max(estimate, output);
  }
  return { input: estimate.input, output: output === 0 && ending === 'complete' ? estimate.output : output };
}

/** The least that it has cost by what it said so far. */
function usageSoFar({ usage, counted, input: estimated }: AttemptUsage): number {
  if (usage === undefined) {
    return 0;
  }
  const { input = estimated, output = 0, total = 0 } = usage;
  return Math.max(input + Math.max(output, Math.ceil(counted)), total);
}

/** As `usageSoFar`, by a price. */
function usageAt({ usage, counted, input }: AttemptUsage, price: Price): number {
  if (usage === undefined) {
    return 0;
  }
  const output =
    usage.output === undefined && counted === 0 ? undefined : Math.max(usage.output ?? 0, Math.ceil(counted));
  return Math.max(usage.cost ?? 0, reportedCost({ ...usage, output, cost: undefined }, price, input));
}
