import type { Message, Recording } from '../record';
import { axisRow } from './axis-row';
import { codeOf } from './code';
import { codeRow } from './code-row';
import { laned } from './lanes';
import { left, margin, type Paper, type Row, width } from './paper';
import { type Stage, stateRow } from './state-row';
import { type Strand, strandOfOutput, strandsOfInput } from './strand';
import { streamRow } from './stream-row';
import { drawing, line } from './svg';
import { colour } from './theme';
import { Timeline } from './timeline';
import { titleRow } from './title-row';

/** The fonts of all drawings. */
export const fonts = `
.title { font: 600 16px -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, "DejaVu Sans", sans-serif }
.mono { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace }
.code { font: 11.5px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace }
.small { font: 11px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace }
`;

/**
 * Draws what happened in a scenario as SVG.
 *
 * @param file The file in which the scenario stands, for its code.
 * @param operator What is highlighted in that code.
 */
export function draw(recording: Recording, file: string, operator: string): string {
  const { scenario } = recording;
  const timeline = new Timeline(timesOf(recording), left, width - left - margin - 16);
  const paper: Paper = { timeline, right: timeline.x(timeline.end) };
  const above = Object.keys(scenario.inputs).flatMap((name) => inputRows(recording, name, paper));
  const below = recording.lines.flatMap((each) => {
    if (each.kind === 'subscriptions') {
      return [];
    }
    return each.kind === 'output'
      ? [streamRow(each.name, [strandOfOutput(each, scenario)], paper)]
      : [stateRow(each.name, stagesOf(each.actual as readonly Message[]), paper)];
  });
  const code = codeOf(file, scenario.title, Object.keys(scenario.outputs));
  return assembled(
    scenario.title,
    [titleRow(scenario.title)],
    [above, [codeRow(code, operator)], [...below, axisRow(paper)]],
    timeline,
  );
}

/** Subscriptions that overlap stand on lines of their own. */
function inputRows(recording: Recording, name: string, paper: Paper): Row[] {
  const strands = laned(strandsOfInput(recording, name), ({ from, to }) => [from - 0.5, to + 0.5]);
  const lanes = Math.max(1, ...strands.map(({ lane }) => lane + 1));
  return Array.from({ length: lanes }, (_, index) => {
    const own: Strand[] = strands.filter(({ lane }) => lane === index).map(({ item }) => item);
    return streamRow(index === 0 ? name : '', own, paper);
  });
}

function stagesOf(messages: readonly Message[]): Stage[] {
  return messages.flatMap(({ frame, notification: { kind, value } }) =>
    kind === 'N' ? [{ from: frame, label: String(value) || "''" }] : [],
  );
}

function timesOf({ lines, inputs }: Recording): number[] {
  const sessions = Object.values(inputs).flat();
  const said = lines.flatMap(({ kind, actual }) => (kind === 'subscriptions' ? [] : (actual as readonly Message[])));
  const times = [
    ...sessions.flatMap((log) => [log.subscribedFrame, log.unsubscribedFrame]),
    ...said.map(({ frame }) => frame),
  ];
  return times.filter(Number.isFinite);
}

function assembled(
  title: string,
  head: readonly Row[],
  [above, code, below]: readonly (readonly Row[])[],
  timeline: Timeline,
): string {
  let y = margin;
  const parts: string[] = [];
  const place = (rows: readonly Row[]) => {
    for (const row of rows) {
      parts.push(row.draw(y));
      y += row.height;
    }
  };
  const withGrid = (rows: readonly Row[]) => {
    const height = rows.reduce((sum, row) => sum + row.height, 0);
    parts.push(
      ...timeline.ticks.map((time) =>
        line(timeline.x(time), y, timeline.x(time), y + height, { stroke: colour('grid') }),
      ),
    );
    place(rows);
  };
  place(head);
  withGrid(above!);
  place(code!);
  withGrid(below!);
  const height = y + 12;
  return drawing({ title, width, height, fonts }, ...parts.map((part) => `\n${part}`));
}
