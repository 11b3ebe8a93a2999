import { type CrowdReport, crowd, type Rule, type Setting } from './crowd';
import { byAimd, pace } from './ours';
import { paced, placed } from './settings';

/** What a rule promises in some settings. */
export interface Promised {
  readonly title: string;
  readonly rule: Rule;
  readonly settings: readonly Setting[];
  /** Seconds of a simulation, with the minute that does not count. */
  duration(setting: Setting): number;
}

/** The promises of L10 and A1. */
export const promises = {
  pace: {
    title: 'L10: the pace',
    rule: pace,
    settings: paced,
    duration: ({ perSecond }) => (perSecond! < 100 ? 180 : 120),
  },
  aimd: { title: 'A1: aimd()', rule: byAimd, settings: placed, duration: () => 660 },
} satisfies { [name: string]: Promised };

/** At least so much is used of what is possible. */
export const leastUsed = 0.9;
/** At most so many of the requests are refused. */
export const mostRefused = 0.05;

/** What came of a setting: the least that was used with any seed, and what was refused of all requests. */
export interface Outcome extends Pick<CrowdReport, 'used' | 'refused'> {
  readonly setting: Setting;
}

export async function tryPromise({ rule, duration }: Promised, setting: Setting, seeds: number): Promise<Outcome> {
  let [used, sent, refused] = [Number.POSITIVE_INFINITY, 0, 0];
  for (let seed = 1; seed <= seeds; seed += 1) {
    const report = await crowd(rule, setting, { seed, duration: duration(setting) });
    used = Math.min(used, report.used);
    sent += report.sent;
    refused += report.sent * report.refused;
  }
  return { setting, used, refused: refused / sent };
}
