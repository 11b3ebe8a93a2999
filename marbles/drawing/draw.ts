import type { Message, Recording } from '../record';
import { axisRow } from './axis-row';
import type { Token } from './code';
import { codeRow } from './code-row';
import { fonts } from './fonts';
import { laned } from './lanes';
import { left, margin, type Paper, type Row, width } from './paper';
import { type Stage, stateRow } from './state-row';
import { type Strand, strandOfOutput, strandsOfInput } from './strand';
import { streamRow } from './stream-row';
import { bareDrawing, drawing, line } from './svg';
import { colour } from './theme';
import { Timeline } from './timeline';
import { titleRow } from './title-row';

/**
 * Draws what happened in a scenario as SVG.
 *
 * @param code The code of the scenario.
 * @param operator What is highlighted in it.
 */
export function draw(recording: Recording, code: readonly (readonly Token[])[], operator: string): string {
  const { title } = recording.scenario;
  const paper = paperFor(recording, left, width);
  const { above, below } = rowsOf(recording, paper);
  const { parts, height } = placed([[titleRow(title)], above, [codeRow(code, operator)], below], paper.timeline);
  return drawing({ title, width, height, fonts }, ...parts.map((part) => `\n${part}`));
}

/** The same for a page that has the title, the code and the colours itself, as wide as there is room. */
export function drawForPage(recording: Recording, room: number): string {
  const { inputs, outputs, states = {} } = recording.scenario;
  const names = [inputs, outputs, states].flatMap((lines) => Object.keys(lines));
  const paper = paperFor(recording, Math.max(...names.map((name) => 7.4 * name.length)) + 40, room);
  const { above, below } = rowsOf(recording, paper);
  const { parts, height } = placed([[], above, [], below], paper.timeline);
  return bareDrawing({ width: room, height }, ...parts);
}

function paperFor(recording: Recording, from: number, room: number): Paper {
  const timeline = new Timeline(timesOf(recording), from, room - from - margin - 16);
  return { timeline, left: from, right: timeline.x(timeline.end) };
}

/** What goes in, and what comes out. */
function rowsOf(recording: Recording, paper: Paper): { readonly above: Row[]; readonly below: Row[] } {
  const { scenario } = recording;
  const above = Object.keys(scenario.inputs).flatMap((name) => inputRows(recording, name, paper));
  const below = recording.lines.flatMap((each) => {
    if (each.kind === 'subscriptions') {
      return [];
    }
    return each.kind === 'output'
      ? [streamRow(each.name, [strandOfOutput(each, scenario)], paper)]
      : [stateRow(each.name, stagesOf(each.actual as readonly Message[]), paper)];
  });
  return { above, below: [...below, axisRow(paper)] };
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

/** The rows under each other, with a grid behind what goes in and what comes out. */
function placed(
  [head, above, code, below]: readonly (readonly Row[])[],
  timeline: Timeline,
): { readonly parts: readonly string[]; readonly height: number } {
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
  place(head!);
  withGrid(above!);
  place(code!);
  withGrid(below!);
  return { parts, height: y + 12 };
}
