import type { Paper, Row } from './paper';
import { line, text } from './svg';
import { colour } from './theme';

/** The time below everything. */
export function axisRow({ timeline, right }: Paper): Row {
  return {
    height: 34,
    draw: (top) => {
      const ticks = timeline.ticks.map((time, index) => {
        const x = timeline.x(time);
        const unit = index === 0 ? ' ms' : '';
        return (
          line(x, top + 6, x, top + 11, { stroke: colour('muted') }) +
          text(x, top + 25, `${time}${unit}`, { class: 'small', 'text-anchor': 'middle', fill: colour('muted') })
        );
      });
      return (
        line(timeline.x(0), top + 6, right, top + 6, { stroke: colour('muted'), 'stroke-width': 1 }) + ticks.join('')
      );
    },
  };
}
