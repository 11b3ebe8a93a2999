import type { LimitState } from 'rxjs-resilience';
import type { Announcer } from './announcer';
import { byId, make, setText } from './dom';
import type { Client } from './guarded';
import type { Settings } from './settings';

/** A bar that says how much of a limit is used. */
class Meter {
  readonly #text = make('span', { class: 'value' });
  readonly #bar = make('span', { class: 'bar' });
  readonly #meter: HTMLElement;

  constructor(
    parent: HTMLElement,
    private readonly label: string,
  ) {
    const roles = { class: 'track', role: 'meter', 'aria-label': label, 'aria-valuemin': '0' };
    this.#meter = make('div', roles, this.#bar);
    parent.append(make('div', { class: 'meter' }, make('span', {}, label), this.#text, this.#meter));
  }

  draw({ limit, used }: Pick<LimitState, 'limit' | 'used'>, reserved = 0): void {
    const taken = Math.round(used + reserved);
    const share = Math.min(1, taken / limit);
    setText(this.#text, `${taken.toLocaleString('en')} of ${limit.toLocaleString('en')}`);
    this.#bar.style.transform = `scaleX(${share})`;
    this.#meter.dataset.level = share >= 0.95 ? 'full' : share >= 0.7 ? 'high' : 'low';
    this.#meter.setAttribute('aria-valuemax', String(limit));
    this.#meter.setAttribute('aria-valuenow', String(Math.min(taken, limit)));
    this.#meter.setAttribute('aria-valuetext', `${this.label}: ${taken} of ${limit}`);
  }
}

/** The limits of the client, as it says that they stand. */
export function showMeters(client: Client, { window }: Settings): void {
  const parent = byId('meters');
  const span = window > 59_000 && window < 65_000 ? 'minute' : `${window / 1_000} s`;
  const requests = new Meter(parent, `Requests per ${span}`);
  const tokens = new Meter(parent, `Tokens per ${span}`);
  const budget = new Meter(parent, 'Token budget (1 h)');
  client.state$.subscribe(() => {
    const { limits } = client.limiter.state;
    requests.draw(limits.requests[0]!);
    tokens.draw(limits.tokens[0]!);
    const [hour] = client.budget.state.limits;
    budget.draw(hour!, hour!.reserved);
  });
}

/** What the breaker does; `tick` counts down. */
export function showBreaker(client: Client, announcer: Announcer): { tick(): void; readonly isLive: boolean } {
  const panel = byId('breaker');
  const text = byId('breaker-text');
  const draw = () => {
    const { status, openUntil, failures } = client.breaker.state;
    panel.dataset.status = status;
    const left = openUntil === undefined ? 0 : Math.max(0, openUntil - Date.now()) / 1_000;
    const count = failures === 0 ? 'no failures in a row' : `${failures} in a row failed`;
    const words = {
      closed: `closed: calls pass, ${count}`,
      open: `open: calls are refused for ${left.toFixed(1)} s more`,
      'half-open': 'half-open: the next call is the probe',
      isolated: 'isolated: calls are refused',
    };
    setText(text, words[status]);
  };
  client.breaker.state$.subscribe(draw);
  client.breaker.events$.subscribe(({ type }) => {
    if (type === 'opened' || type === 'half-opened' || type === 'closed') {
      announcer.say(`Breaker ${type}`);
    }
  });
  return {
    tick: draw,
    get isLive() {
      return client.breaker.state.status === 'open';
    },
  };
}
