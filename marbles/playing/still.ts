import { drawForPage } from '../drawing/draw';
import { kebab } from '../drawing/pages';
import { diagrams } from '../index';
import { record } from '../record';
import { inWords } from './in-words';
import { type Play, usualPlay } from './lines';
import type { Playable } from './playable';

/** A diagram as it is before somebody plays with it: what a page shows while it has not loaded the operators. */
export interface Still extends Playable {
  readonly start: Play;
  readonly svg: string;
  readonly words: string;
}

/** Pixels of the column of text on a wide page. */
const width = 624;

/** The diagrams of a file as they are. */
export function stillsOf(operator: string, playables: readonly Playable[]): Still[] {
  const scenarios = Object.entries(diagrams).find(([name]) => kebab(name) === operator)![1];
  return scenarios.map((scenario, index) => {
    const recording = record(scenario);
    const playable = playables[index]!;
    return {
      ...playable,
      start: usualPlay(scenario, playable),
      svg: drawForPage(recording, width),
      words: inWords(recording),
    };
  });
}
