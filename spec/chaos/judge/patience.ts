import type { Case, Joined, Violation } from './evidence';

/** Who was asked to wait waits, and after a 429 so do all others of that client. */
export function judgePatience({ joined }: Case): Violation[] {
  const byOrder = [...joined].sort((a, b) => a.attempt.opened.order - b.attempt.opened.order);
  return joined.flatMap((each) => judgeHint(each, byOrder));
}

/** The wait counts from when the server asked for it, which is before the client heard of it: so no margin is needed. */
function judgeHint({ call, attempt, exchange }: Joined, byOrder: readonly Joined[]): Violation[] {
  const { at, hint } = exchange?.refused ?? {};
  const { ended, error } = attempt;
  if (at === undefined || hint === undefined || ended === undefined || error?.status === undefined) {
    return [];
  }
  return after(ended.order, byOrder)
    .filter((other) => error.status === 429 || other.call === call)
    .filter(({ attempt: { granted } }) => granted !== undefined && granted.at < at + hint)
    .map((early) => ({
      who: early.call.id,
      what: `attempt ${early.attempt.number} began ${at + hint - early.attempt.granted!.at} ms before the end of the ${hint} ms that ${call.id} was asked to wait`,
      look: early.call === call ? 'retryAfter in src/retry/retrying.ts' : 'heed in src/limiter/permit-use.ts',
    }));
}

/** The attempts that were opened after that moment: those of the next seconds, for no wait is longer. */
function after(order: number, byOrder: readonly Joined[]): readonly Joined[] {
  const first = byOrder.findIndex(({ attempt }) => attempt.opened.order > order);
  return first === -1 ? [] : byOrder.slice(first, first + 500);
}
