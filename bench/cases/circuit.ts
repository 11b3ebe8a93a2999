import { ConsecutiveBreaker, CountBreaker, circuitBreaker, handleAll, type IBreaker, SamplingBreaker } from 'cockatiel';
import Opossum from 'opossum';
import { CircuitBreaker, type CircuitBreakerConfig, circuitBreak, failureRate } from 'rxjs-resilience';
import type { Body, CallJob } from '../job';
import { awaiting, call, call$, promiseFloor, rxFloor, subscribing } from './support';

export const job: CallJob = {
  kind: 'calls',
  name: 'circuit',
  title: 'Circuit breaker: a call that succeeds',
  about:
    'The breaker is closed and every call succeeds. opossum runs without its timeout, for a timer would be all that is seen.',
  cases: [
    rxFloor,
    { name: 'circuitBreak, consecutive', role: 'ours', make: () => ours({ failureThreshold: 5 }) },
    {
      name: 'circuitBreak, last 100 calls',
      role: 'ours',
      make: () => ours({ trip: failureRate({ threshold: 0.5, minimumCalls: 10, calls: 100 }) }),
    },
    {
      name: 'circuitBreak, last 30 s',
      role: 'ours',
      make: () => ours({ trip: failureRate({ threshold: 0.5, minimumCalls: 10, window: 30_000 }) }),
    },
    promiseFloor,
    {
      name: 'opossum',
      role: 'peer',
      make: () => {
        const breaker = new Opossum(call, { timeout: false });
        return awaiting(() => breaker.fire());
      },
    },
    { name: 'cockatiel, consecutive', role: 'peer', make: () => cockatiel(new ConsecutiveBreaker(5)) },
    {
      name: 'cockatiel, last 100 calls',
      role: 'peer',
      make: () => cockatiel(new CountBreaker({ threshold: 0.5, size: 100 })),
    },
    {
      name: 'cockatiel, last 30 s',
      role: 'peer',
      make: () => cockatiel(new SamplingBreaker({ threshold: 0.5, duration: 30_000 })),
    },
  ],
};

function ours(config: CircuitBreakerConfig): Body {
  return subscribing(call$.pipe(circuitBreak(new CircuitBreaker(config))));
}

function cockatiel(breaker: IBreaker): Body {
  const policy = circuitBreaker(handleAll, { halfOpenAfter: 30_000, breaker });
  return awaiting(() => policy.execute(call));
}
