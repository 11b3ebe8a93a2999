import type { ClientRun } from '../records';
import { judgeCalls } from './calls';
import { casesOf, type Evidence, type Violation } from './evidence';
import { judgeGuards } from './guards';
import { judgeLimits } from './limits';

/** All that was not as it should be. */
export function judge(evidence: Evidence): Violation[] {
  const ofClients = casesOf(evidence).flatMap((own) => [...judgeCalls(own), ...judgeLimits(own), ...judgeGuards(own)]);
  return [...ofClients, ...judgeEnds(evidence)];
}

/** Nothing is left when all is over: nothing in flight, no timer, no connection, no process. */
function judgeEnds({ runs, sockets }: Evidence): Violation[] {
  const what = `${sockets} connections were open a second after the clients had gone`;
  const open = sockets === 0 ? [] : [{ who: 'server', what, look: 'src/stream/from-stream.ts' }];
  return [...open, ...runs.flatMap((run) => [...judgeExit(run), ...judgeLeft(run)])];
}

function judgeExit({ client, report, exit, leftOpen }: ClientRun): Violation[] {
  const open = leftOpen.map(({ call, attempt, fault }) => ({
    who: call,
    what: `attempt ${attempt} (${fault}) was open a second after the last call had ended`,
    look: 'src/stream/from-stream.ts',
  }));
  const faults = [
    ...(report === undefined
      ? ['sent no report']
      : report.uncaught.map((error) => `let an error go uncaught: ${error}`)),
    ...(exit === 'killed' ? ['did not end by itself and was killed'] : []),
    ...(exit === 'killed' || exit === 0 ? [] : [`ended with exit code ${exit}`]),
  ];
  const look = 'timers that are left, and errors in callbacks';
  return [...open, ...faults.map((what) => ({ who: `client ${client}`, what, look }))];
}

function judgeLeft({ client, report }: ClientRun): Violation[] {
  const who = `client ${client}`;
  const held = (report?.held ?? []).flatMap((each, index) =>
    Object.entries(each)
      .filter(([, count]) => count !== 0)
      .map(([name, count]) => `after all calls had been stopped (${index + 1}), ${name} was ${count}, not 0`),
  );
  const timers = report?.timers ? [`after the last call there were ${report.timers} timers`] : [];
  return [
    ...held.map((what) => ({ who, what, look: 'what ends a call in src/client' })),
    ...timers.map((what) => ({ who, what, look: 'src/internal/time' })),
  ];
}
