import { byId, setText } from './dom';
import type { Doing, Row, TimelineRecord } from './record';

const namespace = 'http://www.w3.org/2000/svg';
const rowHeight = 12;
const gap = 4;
const labelWidth = 34;
/** ms that fit into the picture, when it is full and at first. */
const longest = 30_000;
const shortest = 8_000;
const marks: { readonly [doing in Doing]?: string } = { refused: '⊘', failed: '✕', stopped: '■', done: '✓' };

/** Draws what calls did in the last half minute; time stands still while nothing happens. */
export class Timeline {
  readonly #svg = byId<SVGSVGElement>('timeline');
  readonly #summary = byId('timeline-summary');

  constructor(private readonly record: TimelineRecord) {}

  draw(now: number): void {
    const width = Math.max(240, this.#svg.clientWidth);
    const rows = latest(this.record.rows, this.#rowsThatFit);
    const begin = Math.min(now, ...rows.map(({ spans }) => spans[0]!.from));
    const shown = Math.min(longest, Math.max(shortest, now - begin));
    this.#svg.setAttribute('viewBox', `0 0 ${width} ${this.#svg.clientHeight || 200}`);
    const scale = (width - labelWidth - 14) / shown;
    const xOf = (time: number) => labelWidth + Math.max(0, (time - now + shown) * scale);
    this.#svg.replaceChildren(
      ...rows.flatMap((row, index) => drawRow(row, index * (rowHeight + gap), xOf, now - shown, now)),
    );
    setText(this.#summary, summaryOf(rows));
  }

  get #rowsThatFit(): number {
    return Math.max(1, Math.floor((this.#svg.clientHeight || 200) / (rowHeight + gap)));
  }
}

/** The rows to which something has happened last, in the order in which they began. */
function latest(rows: readonly Row[], count: number): Row[] {
  const changed = (row: Row) => row.spans.at(-1)!.from;
  const chosen = new Set([...rows].sort((one, other) => changed(other) - changed(one)).slice(0, count));
  return rows.filter((row) => chosen.has(row));
}

function drawRow(
  { label, spans }: Row,
  y: number,
  xOf: (time: number) => number,
  since: number,
  now: number,
): SVGElement[] {
  const text = shape('text', { x: 0, y: y + rowHeight - 2, class: 'label' });
  text.textContent = label;
  const seen = spans.filter(({ to = now }) => to >= since);
  return [text, ...seen.map(({ doing, from, to = now }) => drawSpan(doing, xOf(from), xOf(to), y))];
}

function drawSpan(doing: Doing, from: number, to: number, y: number): SVGElement {
  const mark = marks[doing];
  if (mark === undefined) {
    return shape('rect', { x: from, y, width: Math.max(1, to - from), height: rowHeight, rx: 2, class: doing });
  }
  const text = shape('text', { x: from + 2, y: y + rowHeight - 2, class: `mark ${doing}` });
  text.textContent = mark;
  return text;
}

function shape(name: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const element = document.createElementNS(namespace, name) as SVGElement;
  for (const [attribute, value] of Object.entries(attributes)) {
    element.setAttribute(attribute, typeof value === 'number' ? String(Math.round(value * 10) / 10) : value);
  }
  return element;
}

/** The picture in words, for those who cannot see it. */
function summaryOf(rows: readonly Row[]): string {
  const doing = rows.map(({ spans }) => spans.at(-1)?.doing);
  const counts = [...new Set(doing)].map((name) => `${doing.filter((each) => each === name).length} ${name}`);
  return rows.length === 0 ? 'No calls yet.' : `The last ${rows.length} calls: ${counts.join(', ')}.`;
}
