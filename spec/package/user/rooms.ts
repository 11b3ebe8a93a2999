// Every entry point, for compilers that do not look at "exports".
import { ResilientClient } from 'rxjs-resilience';
import { resilientMiddleware } from 'rxjs-resilience/ai-sdk';
import { eventsOf } from 'rxjs-resilience/http';
import { observe } from 'rxjs-resilience/opentelemetry';
import { RedisRateLimiter } from 'rxjs-resilience/redis';
import { fakeProvider } from 'rxjs-resilience/testing';

const client = new ResilientClient({ retryBackoff: {} });
const stop: () => void = observe(client);
const version: 'v3' = resilientMiddleware(client).specificationVersion;
console.log(stop, version, eventsOf, RedisRateLimiter, fakeProvider().server.requests);
