import type { AnswerWatch } from '../client/answering';
import type { CallOptions } from '../client/call-options';
import { heardByBoth } from '../client/heard-by-both';
import type { Open } from '../client/open';
import { Options, show } from '../internal/options';
import { isPromiseLike } from '../stream/opened';
import type { Opens, RoutedOptions } from './resilient-router-config';

/** Hears what `validate` makes of an answer. */
export type Validated = (result: unknown) => void;

type OpensByName = { readonly [route: string]: Open<unknown> | undefined };

/** What a call wants of the routes. Throws an error that names the option and shows the value. */
export class Wanted {
  /** The only route that may take it. */
  readonly route: string | undefined;
  private readonly given: CallOptions<unknown> | ((route: string) => CallOptions<unknown>);

  /**
   * @param validated Hears what `validate` returned.
   * @param watch Hears of each attempt before it is opened.
   */
  constructor(
    private readonly opens: Opens<string>,
    options: RoutedOptions<string, unknown>,
    private readonly validated?: Validated,
    readonly watch?: AnswerWatch,
  ) {
    if ((typeof opens !== 'object' || opens === null) && typeof opens !== 'function') {
      throw new TypeError(
        `ResilientRouter.call: open must be an object of functions by route, or a function of the route, got ${show(opens)}`,
      );
    }
    if (typeof options !== 'function' && 'route' in options) {
      const { route, ...rest } = options;
      new Options('ResilientRouter.call', { route }, ['route']).strings('route');
      this.route = route;
      this.given = rest as CallOptions<unknown>;
    } else {
      this.given = options;
    }
  }

  /** Whether each route may have options of its own. */
  get isByRoute(): boolean {
    return typeof this.given === 'function';
  }

  /** How it is opened there; undefined if not at all. */
  open(route: string): Open<unknown> | undefined {
    const { opens } = this;
    if (typeof opens === 'function') {
      return checkedOpen(route, opens(route));
    }
    return Object.hasOwn(opens, route) ? checkedOpen(route, (opens as OpensByName)[route]) : undefined;
  }

  options(route: string): CallOptions<unknown> {
    const { given, validated } = this;
    const options = typeof given === 'function' ? given(route) : given;
    return validated === undefined ? options : telling(options, validated);
  }
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
    return onStatus === undefined ? own : { ...own, onStatus: heardByBoth(onStatus, own.onStatus) };
  };
}
