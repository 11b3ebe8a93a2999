import { estimateTokens } from 'rxjs-resilience';
import { estimateOf, wordsOf } from '../plan';
import { mostFailures } from '../policies';
import type { Case, Joined, Violation } from './evidence';

/** What budget and breaker promise. */
export function judgeGuards(own: Case): Violation[] {
  return [...judgeSpending(own), ...judgeOpenings(own), ...judgeTripping(own)];
}

/** The budget was charged what the server has sent: to the token where it said so, else within what can be known. */
function judgeSpending({ report, joined }: Case): Violation[] {
  const charged = joined.reduce((sum, { attempt }) => sum + (attempt.charged?.tokens ?? 0), 0);
  const sums = [
    ...(report.used === charged ? [] : [`the budget counts ${report.used} tokens, its calls were charged ${charged}`]),
    ...(report.chargedForNothing === 0 ? [] : [`${report.chargedForNothing} tokens were charged without a request`]),
  ];
  return [
    ...sums.map((what) => ({ who: `client ${report.client}`, what, look: 'src/budget' })),
    ...joined.flatMap(judgeCharge),
  ];
}

function judgeCharge(each: Joined): Violation[] {
  const { call, attempt } = each;
  const [least, most] = bounds(each);
  const { reserved } = attempt;
  const charged = attempt.charged?.tokens;
  const says = (what: string) => [{ who: call.id, what: `attempt ${attempt.number} ${what}`, look: 'src/budget' }];
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
    if (exchange?.refused !== undefined) {
      return [0, wasStopped ? input : 0]; // a status says that nothing was billed, if it came before the stop
    }
    return [exchange === undefined ? 0 : input, input]; // the server may have worked, whatever the connection did
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

/** No attempt is made while the breaker is open. */
function judgeOpenings({ report, joined }: Case): Violation[] {
  return report.turns.flatMap(({ order, openUntil = Number.NEGATIVE_INFINITY }) =>
    joined
      .filter(({ attempt: { opened } }) => opened.order > order && opened.at < openUntil)
      .map(({ call, attempt: { number, opened } }) => ({
        who: call.id,
        what: `attempt ${number} was made ${openUntil - opened.at} ms before the open breaker let anybody through`,
        look: 'src/circuit',
      })),
  );
}

/**
 * The breaker opens when it must. Counts failures in a row that nothing else came between, among attempts since the breaker's
 * last turn. The first chunk of an answer that goes on is something else: for a breaker it may be a success.
 */
function judgeTripping({ report, joined }: Case): Violation[] {
  const ended = joined.filter(({ attempt }) => attempt.ended !== undefined).sort((a, b) => endOf(a) - endOf(b));
  let row = 0;
  let turn = 0;
  let before = 0;
  return ended.flatMap((each) => {
    const lastTurn = report.turns.filter(({ order }) => order < endOf(each)).at(-1)?.order ?? 0;
    const isBroken = joined.some(({ attempt: { answered } }) => isBetween(before, answered?.order, endOf(each)));
    before = endOf(each);
    row = lastTurn === turn && !isBroken ? row : 0;
    turn = lastTurn;
    const isOfLate = each.attempt.opened.order > turn; // what began before does not count
    row = isOfLate ? ((each.attempt.error?.status ?? 0) >= 500 ? row + 1 : 0) : row;
    const what = `failed as number ${row} in a row, and the breaker did not open`;
    return row === mostFailures + 1 ? [{ who: each.call.id, what, look: 'src/circuit' }] : [];
  });
}

function isBetween(from: number, order: number | undefined, to: number): boolean {
  return order !== undefined && order > from && order < to;
}

function endOf({ attempt }: Joined): number {
  return attempt.ended!.order;
}
