// The main entry, from CommonJS.
const { of } = require('rxjs');
const { CircuitOpenError, perSecond, RateLimiter, rateLimit } = require('rxjs-resilience');

const limiter = new RateLimiter({ limits: perSecond(5) });
of('it works')
  .pipe(rateLimit(limiter))
  .subscribe((text) => console.log(text));
if (!(new CircuitOpenError({}) instanceof CircuitOpenError)) {
  throw new Error('errors are not recognised');
}
