import { perMinute, ResilientClient } from 'rxjs-resilience';
import { poisson, type SimulateConfig, simulate } from 'rxjs-resilience/lab';
import type { LabSettings } from './lab-settings';

const scope = self as unknown as { onmessage: unknown; postMessage(message: unknown): void };
const minute = 60_000;

scope.onmessage = async ({ data }: { data: LabSettings }) => {
  try {
    const report = await simulate({
      ...configOf(data),
      onProgress: ({ now, duration }) => scope.postMessage({ progress: Math.min(1, now / duration) }),
    });
    scope.postMessage({ report: report.toJSON() });
  } catch (error) {
    scope.postMessage({ problem: error instanceof Error ? error.message : String(error) });
  }
};

function configOf(settings: LabSettings): SimulateConfig {
  const number = (name: string) => Number(settings[name]);
  const limits = { requests: perMinute(number('requests')), tokens: perMinute(number('tokens') * 1_000) };
  const isRush = (t: number) => t >= 20 * minute && t < 30 * minute;
  const isShrunk = (t: number) => t >= 30 * minute && t < 40 * minute;
  const isOutage = (t: number) => t >= 40 * minute && t < (40 + number('outage')) * minute;
  return {
    duration: 60 * minute,
    arrivals: poisson((t) => number('perSecond') * (isRush(t) ? number('rush') : 1)),
    request: (random) => ({
      input: number('input'),
      output: Math.ceil(2 * number('output') * random()),
      ...(settings.greedy ? { tenant: tenantOf(random()) } : {}),
    }),
    provider: {
      limits,
      limitsShare: (elapsed) => (isShrunk(elapsed) ? number('shrunk') / 100 : 1),
      latency: (random) => number('latency') * (0.5 + random()),
      faults: {
        serverError: (elapsed) => (isOutage(elapsed) ? 1 : number('failures') / 100),
        slowFirst: number('slow') / 100,
      },
    },
    price: { input: 3, output: 15 },
    client: (scheduler) =>
      new ResilientClient({
        ...(settings.retry ? { retryBackoff: { maxRetries: number('maxRetries') } } : {}),
        ...(settings.limiter ? { rateLimit: limiterOf(settings, limits) } : {}),
        ...(settings.breaker ? { circuitBreak: {}, whenOpen: settings.wait ? 'wait' : 'error' } : {}),
        ...(settings.first ? { timeout: { first: number('first') * 1_000 } } : {}),
        ...(settings.hedge ? { hedge: { after: number('hedge') * 1_000 } } : {}),
        scheduler,
      }),
  };
}

function limiterOf({ knows, maxWait, pace, fair }: LabSettings, limits: Limits) {
  return {
    ...(knows ? { limits } : { maxConcurrent: 1_000 }),
    ...{ maxWait: Number(maxWait) * 1_000, pace: Boolean(pace), fair: Boolean(fair) },
  };
}

type Limits = { readonly [dimension in 'requests' | 'tokens']: ReturnType<typeof perMinute> };

function tenantOf(share: number): string {
  return share < 0.8 ? 'greedy' : share < 0.9 ? 'second' : 'third';
}
