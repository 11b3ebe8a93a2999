import { answerOf, attempts } from '../plan';
import { type CallReport, type ClientReport, closing } from '../records';
import type { Case, Joined, Violation } from './evidence';

/** What somebody who makes a call may expect of it. */
export function judgeCalls(own: Case): Violation[] {
  return [...judgeAnswers(own), ...judgeStops(own), ...judgePatience(own)];
}

/** A complete answer is whole and was typed once; what is not complete says so, and has nothing twice either. */
function judgeAnswers({ report, joined, evidence }: Case): Violation[] {
  const byCall = new Map<CallReport, Joined[]>();
  for (const each of joined) {
    byCall.set(each.call, [...(byCall.get(each.call) ?? []), each]);
  }
  return report.calls.flatMap((call) => {
    const own = byCall.get(call) ?? [];
    const expected = answerOf(evidence.planOf(call.id));
    return [...judgeText(call, expected, own), ...judgeContinuing(call, own), ...judgeEnd(call, own, report.turns)];
  });
}

function judgeText(call: CallReport, expected: string, own: readonly Joined[]): Violation[] {
  const says = (what: string, look: string) => [{ who: call.id, what: `${what}: “${call.text}”`, look }];
  const last = own.at(-1);
  if (call.outcome !== 'complete') {
    return expected.startsWith(call.text)
      ? []
      : says('text was typed twice, or is not the server’s', 'afterValues in src/retry');
  }
  if (last?.exchange?.hasSentFinal !== true) {
    return says(
      `called complete, though attempt ${last?.attempt.number} was cut (${last?.exchange?.fault})`,
      'isFinal in src/stream',
    );
  }
  return call.text === expected ? [] : says(`called complete, but is not “${expected}”`, 'afterValues in src/retry');
}

function judgeContinuing(call: CallReport, own: readonly Joined[]): Violation[] {
  return own.flatMap(({ exchange, plan }) => {
    const wrong =
      exchange?.madeUp ?? (plan.afterValues !== 'continue' && exchange?.skipped ? 'an answer begun' : undefined);
    const what = `attempt ${exchange?.attempt} went on from what was not sent: “${wrong}”`;
    return wrong === undefined
      ? []
      : [{ who: call.id, what, look: 'what src/client tells open of what was delivered' }];
  });
}

/** Errors that are not to be retried: by the library's own refusals, or because trying again would not help. */
const final = ['CircuitOpenError', 'PermitRefusedError', 'TokenBudgetExceededError', 'SyntaxError'];

function judgeEnd(call: CallReport, own: readonly Joined[], turns: ClientReport['turns']): Violation[] {
  const { afterValues } = own[0]?.plan ?? {};
  if (call.outcome === 'hung') {
    return [
      {
        who: call.id,
        what: `never ended, after ${own.length} attempts`,
        look: 'the queue in src/limiter, or a lost end',
      },
    ];
  }
  const mayEnd =
    final.includes(call.error?.name ?? '') ||
    wasOpenAfter(own.at(-1), turns) ||
    (afterValues === 'error' && own.some(({ attempt }) => attempt.chunks > 0));
  // Client `a` waits for an open breaker: to return to it costs no retry, at most ten times.
  const most = call.id.startsWith('a') ? attempts + 10 : attempts;
  if (own.length > most || (call.outcome === 'failed' && own.length < attempts && !mayEnd)) {
    const what = `gave up after ${own.length} of ${attempts} attempts: ${call.error?.name} ${call.error?.message}`;
    return [{ who: call.id, what, look: 'maxRetries and retryIf in src/retry' }];
  }
  return [];
}

/** Whether the breaker was open when the attempt had failed: a retry that is bound to be refused is not waited for. */
function wasOpenAfter(last: Joined | undefined, turns: ClientReport['turns']): boolean {
  const ended = last?.attempt.ended;
  // The breaker tells of the opening that this failure caused while the attempt settles: right before or after its end.
  return (
    ended !== undefined && turns.some(({ order, openUntil = 0 }) => order <= ended.order + 2 && openUntil > ended.at)
  );
}

/** After a stop nothing is asked for any more, and what was under way is broken off. */
function judgeStops(own: Case): Violation[] {
  const strays = own.strays.map(({ call, attempt }) => ({
    who: call,
    what: `a request for attempt ${attempt} that the client knows nothing of`,
    look: 'fromStream in src/stream: opened twice, or after the end?',
  }));
  const margin = closing + own.evidence.lag;
  const timers = own.report.calls
    .filter(({ timersGone = 1 }) => timersGone < 1)
    .map(({ id }) => ({
      who: id,
      what: 'was stopped before a retry, as the last that waited for one, but the timer stayed',
      look: 'src/internal/time',
    }));
  return [
    ...strays,
    ...timers,
    ...own.joined.flatMap((each) => [...judgeAsking(each, margin), ...judgeClosing(each, margin)]),
  ];
}

/** By order, where the client knows it; by time for what was on its way. */
function judgeAsking({ call, attempt, exchange }: Joined, margin: number): Violation[] {
  const { stopped } = call;
  const isLate = stopped !== undefined && attempt.opened.order > stopped.order;
  const comesLate = stopped !== undefined && exchange !== undefined && exchange.arrivedAt > stopped.at + margin;
  const what = `attempt ${attempt.number} was made after the client was told to stop`;
  return isLate || comesLate ? [{ who: call.id, what, look: 'unsubscribing in src/client and src/retry' }] : [];
}

function judgeClosing({ call, attempt, exchange }: Joined, margin: number): Violation[] {
  const { ended } = attempt;
  if (ended === undefined) {
    const what = `the permit of attempt ${attempt.number} was never settled`;
    return [{ who: call.id, what, look: 'what ends a permit in src/limiter' }];
  }
  const open = exchange && (exchange.closedAt ?? Number.POSITIVE_INFINITY) - ended.at;
  if (open === undefined || open <= margin) {
    return [];
  }
  const what = `attempt ${attempt.number} (${exchange?.fault}) was over, but its connection stayed open for ${open} ms more`;
  return [{ who: call.id, what, look: 'src/stream/from-stream.ts' }];
}

/** ms from a stop to the end of the connection that was open then, as the server saw it; smallest first. */
export function closingTimes({ joined }: Case): readonly number[] {
  return joined
    .flatMap(({ call: { stopped }, exchange }) =>
      stopped === undefined || exchange?.closedAt === undefined ? [] : [exchange.closedAt - stopped.at],
    )
    .filter((ms) => ms >= 0)
    .sort((a, b) => a - b);
}

/** A call that was asked to wait waits, and after a 429 all others of that client do so as well. */
function judgePatience({ joined }: Case): Violation[] {
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
      look: early.call === call ? 'retryAfter in src/retry' : 'pauseOnThrottle in src/limiter',
    }));
}

/** The attempts that were opened after that moment: those of the next seconds, because no wait is longer. */
function after(order: number, byOrder: readonly Joined[]): readonly Joined[] {
  const first = byOrder.findIndex(({ attempt }) => attempt.opened.order > order);
  return first === -1 ? [] : byOrder.slice(first, first + 500);
}
