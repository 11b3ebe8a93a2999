import type { Verdict } from '../targets';
import { idealSpan, type RedisResults, task } from './results';

/** What came of the targets for several processes: a row each. */
export function redisVerdicts(results: RedisResults | undefined): Verdict[] {
  if (results === undefined || 'missing' in results) {
    return [];
  }
  const atSixteen = results.throughput.filter(({ inFlight, what }) => inFlight === 16 && what !== 'INCR');
  return [
    ...atSixteen.map(({ what, ofIncr }) => ({
      what: `Redis, permits per second at 16 in flight, ${what}`,
      aim: 'at least 0.7x INCR',
      measured: `${ofIncr.toFixed(2)}x`,
      isMet: ofIncr >= 0.7,
    })),
    ...ofProcesses(results),
  ];
}

function ofProcesses({ fairness }: Exclude<RedisResults, { missing: string }>): Verdict[] {
  const ours = fairness.find(({ library }) => library === 'rxjs-resilience')!;
  const granted = ours.mostGrantedInSecond ?? ours.mostInSecond;
  const most = task.perSecond + task.capacity;
  const longest = idealSpan * 1.02;
  const mean = ours.shares.reduce((sum, share) => sum + share) / ours.shares.length;
  const apart = ((Math.max(...ours.shares) - Math.min(...ours.shares)) / mean) * 100;
  const scripts = ours.scripts / ours.letThrough;
  const rows: [what: string, aim: string, measured: string, isMet: boolean][] = [
    ['most permits granted in any second', `at most ${most}`, `${granted}`, granted <= most],
    ['span', `at most ${longest.toFixed(2)} s`, `${ours.span.toFixed(2)} s`, ours.span <= longest],
    ['shares at half time', 'within 15 % of each other', `${apart.toFixed(1)} %`, apart <= 15],
    ['scripts for each permit', 'at most 1.05', scripts.toFixed(3), scripts <= 1.05],
  ];
  return rows.map(([what, aim, measured, isMet]) => ({
    what: `Redis, ${task.processes} processes: ${what}`,
    aim,
    measured,
    isMet: isMet && ours.letThrough === task.processes * task.waiters,
  }));
}
