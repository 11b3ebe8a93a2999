import { laned } from './lanes';
import { type Paper, type Row, rowLabel } from './paper';
import type { Mark, Strand } from './strand';
import { element, line, text } from './svg';
import { colour, marbleColours, moodOf } from './theme';

const radius = 11;
const laneHeight = 24;
const labelHeight = 14;

/** A stream: one or more subscriptions on one line. */
export function streamRow(name: string, strands: readonly Strand[], paper: Paper): Row {
  const marks = laned(strands.flatMap((strand) => strand.marks).sort(endsFirst), (mark) => spanOf(mark, paper));
  const labels = laned(
    strands.flatMap((strand) => strand.marks).filter(({ kind, label }) => kind === 'error' && label !== ''),
    (mark) => labelSpan(mark, paper),
  );
  const lanes = Math.max(1, ...marks.map(({ lane }) => lane + 1));
  const labelLanes = Math.max(0, ...labels.map(({ lane }) => lane + 1));
  return {
    height: 36 + (lanes - 1) * laneHeight + labelLanes * labelHeight,
    draw: (top) => {
      const y = top + 18 + (lanes - 1) * laneHeight;
      return [
        rowLabel(name, y, paper),
        line(paper.timeline.x(0), y, paper.right, y, { stroke: colour('grid'), 'stroke-width': 1.5 }),
        ...strands.map((strand) => drawnStrand(strand, y, paper)),
        ...(strands.length === 0 ? [neverSubscribed(y, paper)] : []),
        ...marks.map(({ item, lane }) => drawnMark(item, y - lane * laneHeight, paper)),
        ...labels.map(({ item, lane }) => errorLabel(item, y + 26 + lane * labelHeight, paper)),
      ].join('');
    },
  };
}

/** An end stands on the line; a value of the same ms stands above it. */
function endsFirst(one: Mark, other: Mark): number {
  return Number(one.kind === 'value') - Number(other.kind === 'value') || one.time - other.time;
}

/** Around its time, but not beyond the ends of the line. */
function spanOf(mark: Mark, { timeline, right }: Paper): readonly [from: number, to: number] {
  const width = widthOf(mark);
  const from = Math.min(Math.max(timeline.x(mark.time) - width / 2, timeline.x(0) - radius), right + radius - width);
  return [from, from + width];
}

function labelSpan(mark: Mark, { timeline, right }: Paper): readonly [from: number, to: number] {
  const length = mark.label.length * 6.8;
  const from = Math.min(timeline.x(mark.time) - 6, right - length);
  return [from, from + length + 8];
}

function widthOf({ kind, label }: Mark): number {
  if (kind !== 'value') {
    return kind === 'error' ? 12 : 4;
  }
  return label.length === 1 ? 2 * radius : label.length * 7 + 14;
}

function drawnStrand({ from, to }: Strand, y: number, { timeline, right }: Paper): string {
  const start = timeline.x(from);
  const stop = Math.min(timeline.x(Math.min(to, timeline.end)), right);
  const stroke = { stroke: colour('ink'), 'stroke-width': 1.6, 'stroke-linecap': 'round' };
  const arrow = { d: `M ${stop - 6} ${y - 4} L ${stop} ${y} L ${stop - 6} ${y + 4}`, fill: 'none', ...stroke };
  return [
    line(start, y, stop, y, stroke),
    element('circle', { cx: start, cy: y, r: 3, fill: colour('ink') }),
    to === Number.POSITIVE_INFINITY ? element('path', arrow) : '',
  ].join('');
}

function drawnMark(mark: Mark, y: number, paper: Paper): string {
  const x = paper.timeline.x(mark.time);
  const ends = {
    complete: () =>
      line(x, y - 13, x, y + 13, { stroke: colour('ink'), 'stroke-width': 2.2, 'stroke-linecap': 'round' }),
    unsubscribed: () =>
      line(x, y - 13, x, y + 13, { stroke: colour('cut'), 'stroke-width': 2.2, 'stroke-dasharray': '3.5 2.5' }),
    error: () => {
      const stroke = { stroke: colour('error'), 'stroke-width': 2.4, 'stroke-linecap': 'round' };
      return line(x - 6, y - 6, x + 6, y + 6, stroke) + line(x - 6, y + 6, x + 6, y - 6, stroke);
    },
  };
  return mark.kind === 'value' ? marble(mark, y, paper) : ends[mark.kind]();
}

function marble(mark: Mark, y: number, paper: Paper): string {
  const [from, to] = spanOf(mark, paper);
  const letter = mark.label.replace('[', '').codePointAt(0) ?? 0;
  const [fill, stroke] = moodOf(mark.label) === 'bad' ? [colour('bad'), colour('error')] : marbleColours(letter);
  const shape = { x: from, y: y - radius, width: to - from, height: 2 * radius, rx: radius };
  return [
    element('rect', { ...shape, fill, stroke, 'stroke-width': 1.5 }),
    text((from + to) / 2, y + 4.2, mark.label, { class: 'mono', 'text-anchor': 'middle', fill: colour('ink') }),
  ].join('');
}

function errorLabel(mark: Mark, y: number, paper: Paper): string {
  return text(labelSpan(mark, paper)[0], y, mark.label, { class: 'small', fill: colour('error') });
}

function neverSubscribed(y: number, { timeline, right }: Paper): string {
  return text((timeline.x(0) + right) / 2, y + 4, 'never subscribed', {
    class: 'small',
    'text-anchor': 'middle',
    fill: colour('muted'),
    stroke: colour('card'),
    'stroke-width': 6,
    'paint-order': 'stroke',
  });
}
