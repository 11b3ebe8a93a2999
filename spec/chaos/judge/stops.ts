import { closing } from '../client-process';
import type { Case, Joined, Violation } from './evidence';

/** After a stop nothing is asked for any more, and what was under way is broken off. */
export function judgeStops(own: Case): Violation[] {
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
      look: 'SharedTimer in src/internal',
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
  return isLate || comesLate ? [{ who: call.id, what, look: 'unsubscribing in src/client/call.ts and src/retry' }] : [];
}

function judgeClosing({ call, attempt, exchange }: Joined, margin: number): Violation[] {
  const { ended } = attempt;
  if (ended === undefined) {
    const what = `the permit of attempt ${attempt.number} was never settled`;
    return [{ who: call.id, what, look: 'PermitUse in src/limiter' }];
  }
  const open = exchange && (exchange.closedAt ?? Number.POSITIVE_INFINITY) - ended.at;
  if (open === undefined || open <= margin) {
    return [];
  }
  const what = `attempt ${attempt.number} (${exchange?.fault}) was over, but its connection stayed open for ${open} ms more`;
  return [{ who: call.id, what, look: '#stop in src/stream/from-stream.ts' }];
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
