// The second entry point, as an ES module. It needs a client that the user made; no client is installed here.
import { of } from 'rxjs';
import { perSecond, rateLimit, tokenBudget } from 'rxjs-resilience';
import { LimiterUnavailableError, RedisRateLimiter, RedisTokenBudget } from 'rxjs-resilience/redis';

const asleep = () => new Promise(() => {});
const client = { evalsha: asleep, eval: asleep };
const limiter = new RedisRateLimiter(client, { key: 'a', limits: perSecond(5), deadline: 1 });
const budget = new RedisTokenBudget(client, {
  key: 'a',
  limits: perSecond(5),
  deadline: 1,
  whenUnavailable: 'allow',
});
of('it works')
  .pipe(tokenBudget(budget, { estimate: 1 }))
  .subscribe((text) => {
    of(1)
      .pipe(rateLimit(limiter))
      .subscribe({ error: (error) => console.log(error instanceof LimiterUnavailableError ? text : error) });
  });
