import { estimateTokens } from 'rxjs-resilience';
import { estimateOf, wordsOf } from '../answer';
import type { Case, Joined, Violation } from './evidence';

const look = 'src/budget/spending.ts';

/** The budget was charged what the server has sent: to the token where it said so, else within what can be known. */
export function judgeSpending({ report, joined }: Case): Violation[] {
  const charged = joined.reduce((sum, { attempt }) => sum + (attempt.charged?.tokens ?? 0), 0);
  const sums = [
    ...(report.used === charged ? [] : [`the budget counts ${report.used} tokens, its calls were charged ${charged}`]),
    ...(report.chargedForNothing === 0 ? [] : [`${report.chargedForNothing} tokens were charged without a request`]),
  ];
  return [...sums.map((what) => ({ who: `client ${report.client}`, what, look })), ...joined.flatMap(judgeCharge)];
}

function judgeCharge(each: Joined): Violation[] {
  const { call, attempt } = each;
  const [least, most] = bounds(each);
  const { reserved } = attempt;
  const charged = attempt.charged?.tokens;
  const says = (what: string) => [{ who: call.id, what: `attempt ${attempt.number} ${what}`, look }];
  if (reserved === undefined) {
    return says('had no reservation');
  }
  if (charged === undefined) {
    return says(`was never settled, ${reserved.tokens} tokens stay reserved`);
  }
  const range = least === most ? `${least}` : `${least} to ${most}`;
  return charged < least || charged > most
    ? says(`(${each.exchange?.fault}) was charged ${charged} tokens, not ${range}`)
    : [];
}

/** What an attempt may have cost, in tokens. */
function bounds(each: Joined): [least: number, most: number] {
  const { attempt, exchange, plan } = each;
  const { input, output } = estimateOf(plan);
  const wasStopped = endedBy(each, 'stopped');
  const isWhole = endedBy(each, 'complete');
  if (exchange?.hasBegun !== true) {
    return wasStopped ? [input, input] : [0, 0]; // no byte of an answer was sent
  }
  const { skipped, wordsSent, usage } = exchange;
  if (isWhole && usage !== undefined) {
    return [usage, usage];
  }
  if (isWhole && attempt.text === '') {
    return [input + output, input + output]; // nothing was left to be sent, and nothing to count
  }
  const sent =
    input +
    estimateTokens(
      wordsOf(plan)
        .slice(skipped, skipped + wordsSent)
        .join(''),
    );
  const delivered = wasStopped || attempt.chunks > 0 ? input + estimateTokens(attempt.text) : 0;
  // The client may have been stopped after it had read the usage.
  return [Math.min(delivered, usage ?? delivered), Math.max(sent, usage ?? sent)];
}

/** Whether it was this attempt in which the call ended, and that way. */
function endedBy({ call, attempt }: Joined, outcome: 'stopped' | 'complete'): boolean {
  return call.outcome === outcome && call.attempts.at(-1) === attempt && attempt.error === undefined;
}
