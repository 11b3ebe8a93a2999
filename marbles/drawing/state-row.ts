import { type Paper, type Row, rowLabel } from './paper';
import { element, line, text } from './svg';
import { colour, moodOf } from './theme';

/** What a policy's state is from when on. */
export interface Stage {
  readonly from: number;
  readonly label: string;
}

/** The state of a policy as a band: words in colours, numbers as levels. */
export function stateRow(name: string, stages: readonly Stage[], paper: Paper): Row {
  const most = Math.max(1, ...stages.map(({ label }) => Number(label)));
  const isNumber = stages.every(({ label }) => Number.isFinite(Number(label)));
  const lengthOf = (index: number) => {
    const { timeline, right } = paper;
    return Math.min(timeline.x(stages[index + 1]?.from ?? timeline.end), right) - timeline.x(stages[index]!.from);
  };
  const isTold = ({ label }: Stage, index: number) => label.length * 6.8 + 6 <= lengthOf(index);
  const told = stages.filter(isTold).map(({ label }) => label);
  const legend = [...new Set(stages.map(({ label }) => label).filter((label) => !told.includes(label)))];
  return {
    height: 38 + (legend.length > 0 ? 18 : 0),
    draw: (top) => {
      const bands = stages.map((stage, index) => {
        const x = paper.timeline.x(stage.from);
        const level = isNumber ? Number(stage.label) / most : 1;
        return band(
          x,
          top + 6,
          lengthOf(index),
          level,
          isTold(stage, index) ? stage.label : '',
          isNumber ? 'streaming' : stage.label,
        );
      });
      return rowLabel(name, top + 18, paper) + bands.join('') + drawnLegend(legend, top + 44, paper);
    },
  };
}

function band(x: number, y: number, length: number, level: number, label: string, state: string): string {
  const mood = moodOf(state);
  const [fill, ink] = [colour(mood), colour(`${mood}-ink`)];
  const full = 24;
  const height = Math.max(2, full * level);
  return [
    element('rect', { x, y, width: length, height: full, fill: colour('grid') }),
    element('rect', { x, y: y + full - height, width: length, height, fill }),
    line(x, y, x, y + full, { stroke: colour('card'), 'stroke-width': 1.5 }),
    text(x + length / 2, y + 16, label, { class: 'mono', 'text-anchor': 'middle', fill: ink }),
  ].join('');
}

function drawnLegend(labels: readonly string[], y: number, { timeline }: Paper): string {
  let x = timeline.x(0);
  return labels
    .map((label) => {
      const mood = moodOf(label);
      const [fill, ink] = [colour(mood), colour(`${mood}-ink`)];
      const drawn = [
        element('rect', { x, y: y - 8, width: 10, height: 10, rx: 2, fill, stroke: ink, 'stroke-width': 0.75 }),
        text(x + 15, y + 1, label, { class: 'small', fill: colour('muted') }),
      ];
      x += label.length * 6.6 + 34;
      return drawn.join('');
    })
    .join('');
}
