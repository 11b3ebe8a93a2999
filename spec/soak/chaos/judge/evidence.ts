import type { Plan } from '../plan';
import type { AttemptReport, CallReport, ClientReport, ClientRun, Exchange } from '../records';

/** What is held against what. */
export interface Evidence {
  readonly exchanges: readonly Exchange[];
  readonly runs: readonly ClientRun[];
  readonly planOf: (call: string) => Plan;
  /** Connections that are open a second after the last client has gone. */
  readonly sockets: number;
  /** The longest that server or clients were late, in ms: how far clocks may differ from events. */
  readonly lag: number;
}

export interface Violation {
  /** A call, or a client. */
  readonly who: string;
  readonly what: string;
  /** Where to look first. */
  readonly look: string;
}

/** An attempt and its request: either may be missing. */
export interface Joined {
  readonly call: CallReport;
  readonly attempt: AttemptReport;
  readonly exchange: Exchange | undefined;
  readonly plan: Plan;
}

/** Everything about one client. */
export interface Case {
  readonly report: ClientReport;
  readonly joined: readonly Joined[];
  /** Requests that belong to no attempt, or to one that had another already. */
  readonly strays: readonly Exchange[];
  readonly evidence: Evidence;
}

export function casesOf(evidence: Evidence): readonly Case[] {
  const byAttempt = new Map<string, Exchange>();
  const strays: Exchange[] = [];
  for (const exchange of evidence.exchanges) {
    const key = keyOf(exchange.call, exchange.attempt);
    if (byAttempt.has(key)) {
      strays.push(exchange);
    } else {
      byAttempt.set(key, exchange);
    }
  }
  return evidence.runs.flatMap(({ report }) =>
    report === undefined ? [] : [caseOf(report, byAttempt, strays, evidence)],
  );
}

function caseOf(
  report: ClientReport,
  byAttempt: ReadonlyMap<string, Exchange>,
  twice: readonly Exchange[],
  evidence: Evidence,
): Case {
  const joined = report.calls.flatMap((call) =>
    call.attempts.map((attempt) => ({
      call,
      attempt,
      exchange: byAttempt.get(keyOf(call.id, attempt.number)),
      plan: evidence.planOf(call.id),
    })),
  );
  const known = new Set(joined.map(({ exchange }) => exchange));
  const own = [...byAttempt.values()].filter(({ call }) => call.startsWith(report.client));
  const strays = [
    ...own.filter((exchange) => !known.has(exchange)),
    ...twice.filter(({ call }) => call.startsWith(report.client)),
  ];
  return { report, joined, strays, evidence };
}

function keyOf(call: string, attempt: number): string {
  return `${call}#${attempt}`;
}
