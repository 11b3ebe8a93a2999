import { figure } from '../tables';
import { type Fairness, idealSpan, type RedisResults, type Throughput, task } from './results';

/** Tables, each with a line that says how it is measured; or only a line, if there was no server. */
export function redisTables(results: RedisResults): { readonly about: string; readonly table?: string[][] }[] {
  if ('missing' in results) {
    return [{ about: `Not measured: ${results.missing}.` }];
  }
  const { server, throughput, fairness } = results;
  return [
    {
      about: `Permits per second and how long one takes, beside INCR: one process, ioredis, a Redis ${server} on the same machine, limits that are never reached; by the clock, in rounds in which all take turns; each figure, the ratio to INCR too, is a median of its own. Permits that are asked for at once share a script.`,
      table: throughputTable(throughput),
    },
    {
      about: `${task.processes} processes with ${task.waiters} waiting calls each, ${task.perSecond} permits per second for all together, bursts of ${task.capacity} where a library knows of bursts; by the clock of the processes, when a call is let through; one run. The target for the most in a second counts by the clock of the server, when it grants, of which a call hears a little later.`,
      table: fairnessTable(fairness),
    },
  ];
}

function throughputTable(rows: readonly Throughput[]): string[][] {
  return [
    ['', 'in flight', 'per second', 'to INCR', 'p50, ms', 'p99, ms'],
    ...rows.map(({ what, inFlight, perSecond, ofIncr, p50, p99 }) => [
      what === 'INCR' ? `_${what}_` : `**${what}**`,
      String(inFlight),
      figure(perSecond),
      `${ofIncr.toFixed(2)}x`,
      p50.toFixed(3),
      p99.toFixed(3),
    ]),
  ];
}

function fairnessTable(rows: readonly Fairness[]): string[][] {
  const ideal = idealSpan.toFixed(1);
  return [
    ['', 'let through', 'most in 1 s', 'in 0.1 s', `span, s (ideal ${ideal})`, 'shares at half time', 'scripts'],
    ...rows.map(({ library, letThrough, mostInSecond, mostInTenth, span, shares, scripts }) => [
      library === 'rxjs-resilience' ? `**${library}**` : library,
      ...[letThrough, mostInSecond, mostInTenth].map(String),
      span.toFixed(2),
      shares.join(' '),
      scripts.toLocaleString('en'),
    ]),
  ];
}
