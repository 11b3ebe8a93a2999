import { mostFailures } from '../quota';
import type { Case, Joined, Violation } from './evidence';

const look = 'src/circuit, and #enter in src/client/approach.ts';

/** Nobody calls while the breaker is open, and it opens when it must. */
export function judgeBreaker(own: Case): Violation[] {
  return [...judgeOpenings(own), ...judgeTripping(own)];
}

function judgeOpenings({ report, joined }: Case): Violation[] {
  return report.turns.flatMap(({ order, openUntil = Number.NEGATIVE_INFINITY }) =>
    joined
      .filter(({ attempt: { opened } }) => opened.order > order && opened.at < openUntil)
      .map(({ call, attempt: { number, opened } }) => ({
        who: call.id,
        what: `attempt ${number} was made ${openUntil - opened.at} ms before the open breaker let anybody through`,
        look,
      })),
  );
}

/** Counts failures in a row that nothing else came between, among attempts since the breaker's last turn. */
function judgeTripping({ report, joined }: Case): Violation[] {
  const ended = joined.filter(({ attempt }) => attempt.ended !== undefined).sort((a, b) => endOf(a) - endOf(b));
  let row = 0;
  let turn = 0;
  return ended.flatMap((each) => {
    const lastTurn = report.turns.filter(({ order }) => order < endOf(each)).at(-1)?.order ?? 0;
    row = lastTurn === turn ? row : 0;
    turn = lastTurn;
    const isOfLate = each.attempt.opened.order > turn; // what began before does not count
    row = isOfLate ? ((each.attempt.error?.status ?? 0) >= 500 ? row + 1 : 0) : row;
    const what = `failed as number ${row} in a row, and the breaker did not open`;
    return row === mostFailures + 1 ? [{ who: each.call.id, what, look }] : [];
  });
}

function endOf({ attempt }: Joined): number {
  return attempt.ended!.order;
}
