/** What is seen of a lane: its numbers, and what each answer is doing and how long it is. */
interface Seen {
  readonly tally: readonly number[];
  readonly cells: readonly { readonly doing: string; readonly length: number }[];
}

/** What is seen after so many ms. */
export interface Moment {
  readonly at: number;
  readonly lanes: readonly Seen[];
}

const titles = ['Guarded by rxjs-resilience', 'Plain RxJS: retry and timeout'];
const counts = ['whole', 'garbled', 'lost', 'under way', 'wasted requests', '429s'];
const places = [0, 70, 140, 205, 285, 395];
const colours: { readonly [doing: string]: string } = {
  waiting: '#c9cfd9',
  connecting: '#a86a00',
  streaming: '#2f6fe0',
  retry: '#a23fc7',
  whole: '#17804b',
  garbled: '#c8430b',
  lost: '#8c1d18',
};
const legend: { readonly [name: string]: string } = {
  queued: colours.waiting!,
  connecting: colours.connecting!,
  streaming: colours.streaming!,
  'waits to retry': colours.retry!,
  whole: colours.whole!,
  lost: colours.lost!,
  'garbled: typed twice, or cut short': colours.garbled!,
};
const [laneWidth, columns, cellWidth, cellHeight] = [470, 6, 72, 34];
/** How long the end is shown, in ms, and of how many characters an answer is. */
const rest = 3_000;
const whole = 330;

/** A picture that moves: what was seen, again and again; its last moment for those who want nothing to move. */
export function moving(moments: readonly Moment[]): string {
  const end = moments.at(-1)!.at + rest;
  const film = new Film(moments, end);
  const lanes = titles.map((title, lane) => laneOf(film, title, lane)).join('');
  const keys = Object.entries(legend).map(([name, colour], index) => {
    const x = 20 + index * 118;
    return `<rect x="${x}" y="351" width="14" height="10" rx="2" fill="${colour}"/><text class="small" x="${x + 20}" y="360">${name}</text>`;
  });
  const length = Math.round(moments.at(-1)!.at / 1_000);
  const seconds = film.animate('linear', (_, at) => `transform:scaleX(${round(at / end)})`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 -24 980 402" role="img" aria-label="Thirty prompts to a provider that has a bad day, guarded and plain"><style>
text{font:15px system-ui,sans-serif;fill:#1b2230}.title{font-weight:600}.small{font-size:12px;fill:#525c6e}.count{font-size:24px;font-weight:700}
.b{opacity:.3}.b,.t{transform-box:fill-box;transform-origin:left}
*{animation-duration:${end}ms;animation-iteration-count:infinite}
@media(prefers-reduced-motion:reduce){*{animation:none!important}}
${film.styles}</style><rect y="-24" width="980" height="402" rx="8" fill="#fff"/><text class="small" x="20" y="0">30 prompts at once to a provider that throttles, cuts answers off, stalls and fails: ${length} s of it</text>${lanes}${keys.join('')}<rect class="t ${seconds}" x="0" y="374" width="980" height="4" fill="#2057c9"/></svg>\n`;
}

function laneOf(film: Film, title: string, lane: number): string {
  const left = 20 + lane * (laneWidth + 10);
  const heads = counts.map((name, index) => {
    const x = left + places[index]!;
    const colour = colours[name] ?? '#1b2230';
    const texts = film.numbers(lane, index).map((value) => {
      const shown = film.animate('step-end', ({ lanes }) => `opacity:${lanes[lane]!.tally[index] === value ? 1 : 0}`);
      return `<text class="count ${shown}" x="${x}" y="70" style="fill:${colour}">${value}</text>`;
    });
    return `${texts.join('')}<text class="small" x="${x}" y="88">${name}</text>`;
  });
  const cells = Array.from({ length: 30 }, (_, index) => {
    const x = left + (index % columns) * (cellWidth + 4);
    const y = 104 + Math.floor(index / columns) * (cellHeight + 14);
    const box = `x="${x}" y="${y}" width="${cellWidth}" height="${cellHeight + 8}" rx="3"`;
    const cellAt = ({ lanes }: Moment) => lanes[lane]!.cells[index] ?? { doing: 'waiting', length: 0 };
    const edge = film.animate('step-end', (moment) => `stroke:${colours[cellAt(moment).doing] ?? '#000'}`);
    const bar = film.animate('step-end', (moment) => {
      const { doing, length } = cellAt(moment);
      return `fill:${colours[doing] ?? '#000'};transform:scaleX(${round(Math.min(1, length / whole))})`;
    });
    return `<rect class="${edge}" ${box} fill="none" stroke-width="2"/><rect class="b ${bar}" ${box}/>`;
  });
  return `<text class="title" x="${left}" y="36">${title}</text>${heads.join('')}${cells.join('')}`;
}

/** Keyframes, and the attributes with which elements take them. */
class Film {
  styles = '';
  readonly #known = new Map<string, string>();

  constructor(
    private readonly moments: readonly Moment[],
    private readonly end: number,
  ) {}

  /** Every value that a number has had. */
  numbers(lane: number, index: number): number[] {
    return [...new Set(this.moments.map(({ lanes }) => lanes[lane]!.tally[index]!))];
  }

  /** A class that goes through what `style` says of each moment, and stands at the last one by itself. */
  animate(timing: string, style: (moment: Moment, at: number) => string): string {
    const frames: [number, string][] = [];
    for (const moment of this.moments) {
      const said = style(moment, moment.at);
      if (timing === 'linear' || frames.at(-1)?.[1] !== said) {
        frames.push([moment.at, said]);
      }
    }
    const shown =
      timing === 'linear' ? [frames[0]!, [this.end, style(this.moments.at(-1)!, this.end)] as const] : frames;
    const keys = shown.map(([at, said]) => `${round((at / this.end) * 100)}%{${said}}`).join('');
    const last = shown.at(-1)![1];
    const id = this.#known.get(keys) ?? `k${this.#known.size}`;
    if (!this.#known.has(keys)) {
      this.#known.set(keys, id);
      this.styles += `@keyframes ${id}{${keys}}.${id}{${last};animation-name:${id};animation-timing-function:${timing}}\n`;
    }
    return id;
  }
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
