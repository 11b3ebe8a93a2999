import type { AnswerWatch } from '../client/answering';
import type { CallOptions } from '../client/call-options';
import type { Open } from '../client/open';
import { Options, show } from '../internal/options';
import { isPromiseLike } from '../stream/opened';
import type { Opens, RoutedOptions } from './resilient-router-config';

/** What a call wants of the routes. */
export interface Wanted {
  /** The only route that may take it. */
  readonly route: string | undefined;
  /** How it is opened there; undefined if not at all. */
  open(route: string): Open<unknown> | undefined;
  options(route: string): CallOptions<unknown>;
  /** Hears of each attempt before it is opened. */
  readonly watch?: AnswerWatch | undefined;
}

/** Hears what `validate` makes of an answer. */
export type Validated = (result: unknown) => void;

/** Reads what a call was given; throws an error that names the option and shows the value. */
export function wantedOf(open: Opens<string>, options: RoutedOptions<string, unknown>, validated?: Validated): Wanted {
  const isObject = typeof open === 'object' && open !== null;
  if (!isObject && typeof open !== 'function') {
    throw new TypeError(
      `ResilientRouter.call: open must be an object of functions by route, or a function of the route, got ${show(open)}`,
    );
  }
  const own = (route: string) =>
    Object.hasOwn(open, route) ? (open as Record<string, Open<unknown>>)[route] : undefined;
  const openAt = isObject ? own : (open as (route: string) => Open<unknown> | undefined);
  const { route: pinned, options: optionsOf } = routedOptions(options);
  return {
    route: pinned,
    open: (route) => checkedOpen(route, openAt(route)),
    options: validated === undefined ? optionsOf : (route) => telling(optionsOf(route), validated),
  };
}

function routedOptions(options: RoutedOptions<string, unknown>): Pick<Wanted, 'route' | 'options'> {
  if (typeof options === 'function') {
    return { route: undefined, options };
  }
  if (!('route' in options)) {
    return { route: undefined, options: () => options };
  }
  const { route, ...rest } = options;
  new Options('ResilientRouter.call', { route }, ['route']).strings('route');
  return { route, options: () => rest as CallOptions<unknown> };
}

function checkedOpen(route: string, open: unknown): Open<unknown> | undefined {
  if (open !== undefined && typeof open !== 'function') {
    throw new TypeError(
      `ResilientRouter.call: open.${route} must be a function that makes the call, got ${show(open)}`,
    );
  }
  return open as Open<unknown> | undefined;
}

/** Options whose `validate` tells its result. */
function telling(options: CallOptions<unknown>, validated: Validated): CallOptions<unknown> {
  const { validate } = options;
  if (validate === undefined) {
    return options;
  }
  const tell = (result: unknown) => {
    validated(result);
    return result;
  };
  return {
    ...options,
    validate: (values) => {
      const result = validate(values);
      return isPromiseLike(result) ? result.then(tell) : tell(result);
    },
  };
}

/** Options by route, with one who hears each status before their own listener does. */
export function heardBy(
  onStatus: CallOptions<unknown>['onStatus'],
  options: (route: string) => CallOptions<unknown>,
): (route: string) => CallOptions<unknown> {
  return (route) => {
    const own = options(route);
    const both: CallOptions<unknown>['onStatus'] = (status) => {
      onStatus?.(status);
      own.onStatus?.(status);
    };
    return onStatus === undefined ? own : { ...own, onStatus: both };
  };
}
