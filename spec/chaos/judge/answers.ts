import { answerOf } from '../answer';
import { attempts } from '../plan';
import type { CallReport } from '../report';
import type { Case, Joined, Violation } from './evidence';

/** A complete answer is whole and was typed once; what is not complete says so, and has nothing twice either. */
export function judgeAnswers({ report, joined, evidence }: Case): Violation[] {
  const byCall = new Map<CallReport, Joined[]>();
  for (const each of joined) {
    byCall.set(each.call, [...(byCall.get(each.call) ?? []), each]);
  }
  return report.calls.flatMap((call) => {
    const own = byCall.get(call) ?? [];
    const expected = answerOf(evidence.planOf(call.id));
    return [...judgeText(call, expected, own), ...judgeContinuing(call, own), ...judgeEnd(call, own)];
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
    return wrong === undefined ? [] : [{ who: call.id, what, look: '#attempts(delivered) in src/client/call.ts' }];
  });
}

/** Errors that are not to be retried: by the library's own refusals, or because trying again would not help. */
const final = ['CircuitOpenError', 'PermitRefusedError', 'TokenBudgetExceededError', 'SyntaxError'];

function judgeEnd(call: CallReport, own: readonly Joined[]): Violation[] {
  const { afterValues } = own[0]?.plan ?? {};
  if (call.outcome === 'hung') {
    return [
      {
        who: call.id,
        what: `never ended, after ${own.length} attempts`,
        look: 'the line in src/limiter, or a lost end',
      },
    ];
  }
  const mayEnd =
    final.includes(call.error?.name ?? '') ||
    (afterValues === 'error' && own.some(({ attempt }) => attempt.chunks > 0));
  if (own.length > attempts || (call.outcome === 'failed' && own.length < attempts && !mayEnd)) {
    const what = `gave up after ${own.length} of ${attempts} attempts: ${call.error?.name} ${call.error?.message}`;
    return [{ who: call.id, what, look: 'maxRetries and retryIf in src/retry/retrying.ts' }];
  }
  return [];
}
