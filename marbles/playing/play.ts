import { drawForPage } from '../drawing/draw';
import { mistakeIn } from '../mistakes';
import { record } from '../record';
import type { Scenario } from '../scenario';
import { inWords } from './in-words';
import { type Play, usualPlay, withLines } from './lines';
import type { Setting } from './option';
import type { Playable } from './playable';

/** What came of it: a drawing, and the same in words. */
export interface Played {
  readonly svg: string;
  readonly words: string;
}

/**
 * Runs the operators of a scenario with other options and draws what happened.
 *
 * @param width Pixels.
 * @throws What an operator says of an option that it does not accept, or of a line that is no marbles.
 */
export function play(scenario: Scenario, playable: Playable, { settings, lines }: Play, width: number): Played {
  for (const [name, line] of Object.entries(lines)) {
    const mistake = mistakeIn(line);
    if (mistake !== undefined) {
      throw new Error(`${name}: ${mistake}`);
    }
  }
  settings.forEach((setting, index) => {
    playable.settings[index] = setting;
  });
  const recording = withSameChance(() => record(withLines(scenario, lines)));
  return { svg: drawForPage(recording, width), words: inWords(recording) };
}

/** What a control offers. */
export interface Offer {
  /** From where on a slider goes. */
  readonly min: number;
  readonly choices: readonly Setting[];
}

/** What each option can be: what the operator does not accept is not offered. */
export function offersOf(scenario: Scenario, playable: Playable): Offer[] {
  const usual = usualPlay(scenario, playable);
  return playable.options.map(({ start, range, choices = [] }, index) => {
    const isAccepted = (setting: Setting) => {
      try {
        const settings = usual.settings.map((each, at) => (at === index ? setting : each));
        play(scenario, playable, { ...usual, settings }, 600);
        return true;
      } catch {
        return setting === start;
      }
    };
    return { min: range === undefined || isAccepted(0) ? 0 : range.step, choices: choices.filter(isAccepted) };
  });
}

/** Chance that is the same at each run: a diagram changes because an option did. */
function withSameChance<T>(work: () => T): T {
  const usual = Math.random;
  let drawn = 0;
  Math.random = () => {
    drawn += 1;
    return (drawn * 0.618_034 + 0.2) % 1;
  };
  try {
    return work();
  } finally {
    Math.random = usual;
  }
}
