import { judgeAnswers } from './answers';
import { judgeBreaker } from './breaker';
import { judgeEnds } from './ends';
import { casesOf, type Evidence, type Violation } from './evidence';
import { judgeLimits } from './limits';
import { judgePatience } from './patience';
import { judgeSpending } from './spending';
import { judgeStops } from './stops';

/** All that was not as it should be. */
export function judge(evidence: Evidence): Violation[] {
  const ofClients = casesOf(evidence).flatMap((own) => [
    ...judgeAnswers(own),
    ...judgeStops(own),
    ...judgeLimits(own),
    ...judgeSpending(own),
    ...judgePatience(own),
    ...judgeBreaker(own),
  ]);
  return [...ofClients, ...judgeEnds(evidence)];
}
