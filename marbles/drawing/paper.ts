import { text } from './svg';
import { colour } from './theme';
import type { Timeline } from './timeline';

/** Where a drawing is made. */
export interface Paper {
  readonly timeline: Timeline;
  /** Where lines end that go on beyond the picture. */
  readonly right: number;
  /** Where time begins. */
  readonly left: number;
}

/** A part of a drawing, from one side to the other. */
export interface Row {
  readonly height: number;
  draw(top: number): string;
}

/** All drawings are equally wide, so that they line up on a page. */
export const width = 840;
export const margin = 24;
/** Where time begins in them. */
export const left = 128;

export function rowLabel(name: string, y: number, { left }: Paper): string {
  return text(left - 18, y + 4, name, { class: 'mono', 'text-anchor': 'end', fill: colour('muted') });
}
