import type { ClientRun } from '../client-process';
import type { Evidence, Violation } from './evidence';

/** Nothing is left when all is over: nothing in flight, no timer, no connection, no process. */
export function judgeEnds({ runs, sockets }: Evidence): Violation[] {
  const open = sockets === 0 ? [] : [`${sockets} connections were open a second after the clients had gone`];
  return [
    ...open.map((what) => ({ who: 'server', what, look: '#stop in src/stream/from-stream.ts' })),
    ...runs.flatMap((run) => [...judgeExit(run), ...judgeLeft(run)]),
  ];
}

function judgeExit({ client, report, exit, leftOpen }: ClientRun): Violation[] {
  const who = `client ${client}`;
  const open = leftOpen.map(({ call, attempt, fault }) => ({
    who: call,
    what: `attempt ${attempt} (${fault}) was open a second after the last call had ended`,
    look: '#stop in src/stream/from-stream.ts',
  }));
  const faults = [
    ...(report === undefined ? ['sent no report'] : report.uncaught.map((error) => `nobody caught ${error}`)),
    ...(exit === 0
      ? []
      : [exit === 'killed' ? 'did not end by itself and was killed' : `ended with exit code ${exit}`]),
  ];
  return [...open, ...faults.map((what) => ({ who, what, look: 'timers that are left, and errors in callbacks' }))];
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
    ...held.map((what) => ({ who, what, look: 'CallGuard and Approach in src/client' })),
    ...timers.map((what) => ({ who, what, look: 'whoever sets an Alarm' })),
  ];
}
