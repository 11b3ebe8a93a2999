import type { LimitState } from 'rxjs-resilience';
import { byId, make, setText } from './dom';
import { inFrame } from './frame';
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

/** What the policies of the client say of themselves. Returns what counts down. */
export function showGuards(client: Client, { window }: Settings): () => void {
  const meters = byId('meters');
  const span = `${Math.round(window / 1_000)} s`;
  const requests = new Meter(meters, `Requests, ${span}`);
  const tokens = new Meter(meters, `Tokens, ${span}`);
  const budget = new Meter(meters, 'Budget, 1 h');
  const paces: number[] = [];
  client.limiter.events$.subscribe((event) => {
    if (event.type === 'paced') {
      paces.push(event.perSecond);
    }
  });
  const draw = () => {
    const { limits, pace } = client.limiter.state;
    requests.draw(limits.requests[0]!);
    tokens.draw(limits.tokens[0]!);
    const [hour] = client.budget.state.limits;
    budget.draw(hour!, hour!.reserved);
    drawBreaker(client);
    drawPace(pace, paces);
  };
  client.state$.subscribe(() => inFrame(draw));
  return () => {
    if (client.breaker.state.status === 'open') {
      inFrame(draw);
    }
  };
}

function drawBreaker({ breaker }: Client): void {
  const { status, openUntil = 0, failures } = breaker.state;
  byId('breaker').dataset.status = status;
  const left = (Math.max(0, openUntil - Date.now()) / 1_000).toFixed(1);
  const words = {
    closed: `closed, ${failures} failures in a row`,
    open: `open: calls wait for ${left} s more`,
    'half-open': 'half-open: one call tries',
    isolated: 'isolated',
  };
  setText(byId('breaker-text'), words[status]);
}

/** The rate that was found to work, and how it was found. */
function drawPace(pace: number | undefined, paces: readonly number[]): void {
  setText(byId('pace-text'), pace === undefined ? 'none needed yet' : `${pace.toFixed(1)} calls/s`);
  const latest = paces.slice(-60);
  const most = Math.max(1, ...latest);
  const points = latest.map((each, index) => `${index},${(1 - each / most) * 10}`);
  byId('pace-line').setAttribute('points', pace === undefined ? '' : points.join(' '));
  byId('pace').setAttribute('viewBox', `0 -1 ${Math.max(1, latest.length - 1)} 12`);
}
