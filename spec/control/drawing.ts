import { fonts } from '../../marbles/drawing/fonts';
import { margin, width } from '../../marbles/drawing/paper';
import { drawing, element, line, text } from '../../marbles/drawing/svg';
import { colour } from '../../marbles/drawing/theme';
import { percentile } from './comparison';
import type { CrowdReport, Second } from './crowd';
import { percent } from './tables';

/** A rule, and what came of it. */
export interface Strip {
  readonly name: string;
  readonly report: CrowdReport;
}

const left = 160;
const right = 640;
const stripHeight = 52;
const rowHeight = 72;
/** Requests in a second that a strip is high; what is more is cut off. */
const highest = 40;

/** What a provider saw second by second, a strip for each rule: what it took, and above that what it refused. */
export function drawStrips(title: string, perSecond: number, strips: readonly Strip[]): string {
  const seconds = strips[0]!.report.seconds.length;
  const top = 70;
  const height = top + strips.length * rowHeight + 44;
  const x = (second: number) => left + ((right - left) * second) / seconds;
  const bottom = top + strips.length * rowHeight - 12;
  const ticks = Array.from({ length: Math.floor(seconds / 20) + 1 }, (_, index) => index * 20);
  return drawing(
    { title, width, height, fonts },
    text(margin, 38, title, { class: 'title', fill: colour('ink') }),
    legend(60),
    ...ticks.map((second) => line(x(second), top, x(second), bottom, { stroke: colour('grid') })),
    ...strips.map((strip, index) => drawnStrip(strip, perSecond, top + index * rowHeight, x)),
    ...ticks.map((second) =>
      text(x(second), bottom + 20, `${second}${second === 0 ? ' s' : ''}`, {
        class: 'small',
        'text-anchor': 'middle',
        fill: colour('muted'),
      }),
    ),
  );
}

function legend(y: number): string {
  const entry = (at: number, fill: string, what: string) =>
    element('rect', { x: at, y: y - 9, width: 10, height: 10, fill }) +
    text(at + 16, y, what, { class: 'small', fill: colour('muted') });
  return [
    entry(left, colour('edge-2'), 'taken in a second'),
    entry(left + 150, colour('error'), 'refused'),
    line(left + 240, y - 4, left + 260, y - 4, { stroke: colour('ink'), 'stroke-dasharray': '3 3' }),
    text(left + 266, y, 'what the provider allows', { class: 'small', fill: colour('muted') }),
  ].join('');
}

function drawnStrip({ name, report }: Strip, perSecond: number, top: number, x: (second: number) => number): string {
  const base = top + stripHeight;
  const y = (requests: number) => base - (stripHeight * Math.min(highest, requests)) / highest;
  const { seconds, waits } = report;
  const taken = steps(seconds, ({ taken }) => y(taken), x, base);
  const all = steps(seconds, (second) => y(second.taken + second.refused), x, base);
  const figures = [
    `${report.sent.toFixed(0)} sent a minute`,
    `${percent(report.refused)} refused`,
    `${percent(report.used)} used, ${percent(report.failed)} failed`,
    `waits ${(percentile(waits, 0.5) / 1_000).toFixed(0)} s, p99 ${(percentile(waits, 0.99) / 1_000).toFixed(0)} s`,
  ];
  return [
    element('path', { d: all, fill: colour('error') }),
    element('path', { d: taken, fill: colour('edge-2') }),
    line(left, y(perSecond), right, y(perSecond), { stroke: colour('ink'), 'stroke-dasharray': '3 3' }),
    line(left, base, right, base, { stroke: colour('muted') }),
    text(left - 14, base - stripHeight / 2 + 4, name, { class: 'mono', 'text-anchor': 'end', fill: colour('ink') }),
    ...figures.map((figure, index) =>
      text(right + 16, top + 8 + index * 15, figure, { class: 'small', fill: colour('muted') }),
    ),
  ].join('');
}

function steps(
  seconds: readonly Second[],
  y: (second: Second) => number,
  x: (second: number) => number,
  base: number,
): string {
  const round = (value: number) => Math.round(value * 10) / 10;
  const tops = seconds.map((second, index) => `V ${round(y(second))} H ${round(x(index + 1))}`);
  return `M ${round(x(0))} ${base} ${tops.join(' ')} V ${base} Z`;
}
