import { Observable, throwError } from 'rxjs';
import {
  ResilientClient,
  type ResilientClientConfig,
  ResilientRouter,
  type ResilientRouterConfig,
  type ResilientRouterEvent,
  type RouteConfig,
  slidingWindow,
} from '../../src/index';
import { VirtualTime } from '../circuit/virtual-time';

export const down = { status: 503 };
export const locked = { status: 401 };
export const failing = (error: unknown = down) => throwError(() => error);
export const one = (window: number) => ({ limits: slidingWindow({ limit: 1, window }) });

type Config = Omit<ResilientRouterConfig, 'routes'>;
type Routes = {
  readonly [name: string]: ResilientClientConfig & { readonly weight?: number; readonly order?: number };
};

/** A router over real clients in virtual time. */
export function rig(routes: Routes, config: Config = {}) {
  const time = new VirtualTime();
  const clientOf = (own: ResilientClientConfig) => new ResilientClient({ scheduler: time, ...own });
  const routeOf = ({ weight, order, ...own }: Routes[string]): RouteConfig => ({
    client: clientOf(own),
    weight,
    order,
  });
  const named = Object.fromEntries(Object.entries(routes).map(([name, route]) => [name, routeOf(route)]));
  const router = new ResilientRouter({ routes: named, scheduler: time, ...config });
  const way: unknown[] = [];
  router.events$.subscribe((event: ResilientRouterEvent) => {
    if (event.policy === 'router') {
      way.push(event.type === 'routed' ? event.route : [event.from, event.to, event.error]);
    }
  });
  const call = (open: Parameters<typeof router.call>[0], options: object = {}) => {
    const heard: unknown[] = [];
    const subscription = router.call(open, options).subscribe({
      next: (value) => heard.push([time.frame, value]),
      error: (error) => heard.push([time.frame, error]),
      complete: () => heard.push([time.frame, 'complete']),
    });
    return { heard, subscription };
  };
  return { time, router, way, call, clientOf, routeOf };
}

/** Says these words, then fails. */
export const saying = (...words: unknown[]) =>
  new Observable((subscriber) => {
    for (const word of words) {
      subscriber.next(word);
    }
    subscriber.error(down);
  });
