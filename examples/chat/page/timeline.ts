import { make, setText } from './dom';
import type { Lane } from './lane';
import { type Doing, doings, isEnd } from './spans';

const namespace = 'http://www.w3.org/2000/svg';
/** ms that fit into the picture, when it is full and at first. */
const longest = 60_000;
const shortest = 10_000;
/** Rows are no higher than a part of so many. */
const fewestRows = 12;
/** The latest answers, a row each. */
const mostRows = 30;

/** ms on the wall clock. */
export interface Period {
  readonly from: number;
  readonly to: number;
  /** When time begins to count. */
  readonly zero: number;
}

/** The time in which something happened in these lanes, up to now if anything goes on. */
export function periodOf(lanes: readonly Lane[], now: number): Period {
  const spans = lanes.flatMap(({ messages }) => messages.slice(-mostRows).flatMap(({ spans: { all } }) => all));
  const isLive = spans.some(({ to }) => to === undefined);
  const end = isLive ? now : Math.max(0, ...spans.map(({ to = now }) => to));
  const zero = Math.min(end, ...spans.map(({ from }) => from));
  const from = Math.max(zero, end - longest);
  return { from, to: Math.max(end, from + shortest), zero };
}

/** Draws what calls did: a row each, a path for all that did the same. */
export class Timeline {
  readonly element: HTMLElement;
  readonly #svg = document.createElementNS(namespace, 'svg');
  readonly #axis = make('div', { class: 'axis', 'aria-hidden': 'true' });
  readonly #paths = new Map<Doing, SVGPathElement>();

  constructor(label: string) {
    this.#svg.setAttribute('role', 'img');
    this.#svg.setAttribute('aria-label', label);
    this.#svg.setAttribute('preserveAspectRatio', 'none');
    for (const doing of doings) {
      const path = document.createElementNS(namespace, 'path');
      path.setAttribute('class', doing);
      this.#paths.set(doing, path);
      this.#svg.append(path);
    }
    this.element = make('div', { class: 'timeline' }, this.#svg, this.#axis);
  }

  draw({ messages }: Lane, { from: begin, to: end, zero }: Period, now: number): void {
    const shown = messages.slice(-mostRows);
    const drawn = new Map<Doing, string>(doings.map((doing) => [doing, '']));
    const least = (end - begin) / 100; // that an end can be seen
    for (const [row, { spans }] of shown.entries()) {
      for (const { doing, from, to = now } of spans.all) {
        const [left, right] = [Math.max(0, from - begin), isEnd(doing) ? from - begin + least : to - begin];
        if (right > left) {
          drawn.set(doing, `${drawn.get(doing)}M${left} ${row + 0.1}h${right - left}v.8h${left - right}z`);
        }
      }
    }
    this.#svg.setAttribute('viewBox', `0 0 ${(end - begin) * 1.01} ${Math.max(fewestRows, shown.length)}`);
    for (const [doing, path] of this.#paths) {
      path.setAttribute('d', drawn.get(doing)!);
    }
    this.#label(begin - zero, end - zero);
  }

  /** Seconds since the first call. */
  #label(begin: number, end: number): void {
    const step = [1, 2, 5, 10].find((seconds) => (end - begin) / seconds <= 6_000) ?? 20;
    const first = Math.ceil(begin / 1_000 / step);
    const count = Math.floor(end / 1_000 / step) - first + 1;
    while (this.#axis.childElementCount > count) {
      this.#axis.lastElementChild!.remove();
    }
    while (this.#axis.childElementCount < count) {
      this.#axis.append(make('span'));
    }
    for (const [index, label] of [...this.#axis.children].entries()) {
      const seconds = (first + index) * step;
      setText(label, `${seconds} s`);
      (label as HTMLElement).style.left = `${((seconds * 1_000 - begin) / (end - begin) / 1.01) * 100}%`;
    }
  }
}
