import { perMinute, ResilientClient } from 'rxjs-resilience';
import { poisson, simulate } from 'rxjs-resilience/lab';

/** What the sliders of the lab say. */
export interface LabSettings {
  readonly perSecond: number;
  readonly quota: number;
  readonly latency: number;
  readonly faults: number;
  readonly maxWait: number;
  readonly limiter: boolean;
  readonly breaker: boolean;
  readonly retry: boolean;
}

const scope = self as unknown as { onmessage: unknown; postMessage(message: unknown): void };

scope.onmessage = async ({ data }: { data: LabSettings }) => {
  const { perSecond, quota, latency, faults, maxWait, limiter, breaker, retry } = data;
  const report = await simulate({
    duration: 3_600_000,
    arrivals: poisson(perSecond),
    request: (random) => ({ input: 500, output: Math.ceil(300 * random()) }),
    provider: {
      limits: perMinute(quota),
      latency: (random) => latency * (0.5 + random()),
      faults: { serverError: faults / 100 },
    },
    client: (scheduler) =>
      new ResilientClient({
        ...(retry && { retryBackoff: {} }),
        ...(limiter && { rateLimit: { limits: perMinute(quota), maxWait: maxWait * 1_000 } }),
        ...(breaker && { circuitBreak: {} }),
        scheduler,
      }),
    onProgress: ({ now, duration }) => scope.postMessage({ progress: Math.min(1, now / duration) }),
  });
  scope.postMessage({ report: report.toJSON(), table: report.toTable() });
};
