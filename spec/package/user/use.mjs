// The main entry, as an ES module.
import { of } from 'rxjs';
import { CircuitOpenError, perSecond, RateLimiter, rateLimit } from 'rxjs-resilience';

const limiter = new RateLimiter({ limits: perSecond(5) });
of('it works')
  .pipe(rateLimit(limiter))
  .subscribe((text) => console.log(text));
if (!(new CircuitOpenError({}) instanceof CircuitOpenError)) {
  throw new Error('errors are not recognised');
}
