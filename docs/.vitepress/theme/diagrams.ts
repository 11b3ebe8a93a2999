import { offersOf, type Play, type Played, play } from '../../../marbles/playing/play';
import type { Playable } from '../../../marbles/playing/playable';
import type { Scenario } from '../../../marbles/scenario';

const files = import.meta.glob<Record<string, unknown>>(
  ['../../../marbles/*.ts', '!**/{index,scenario,record,check,mistakes}.ts'],
  { query: '?play' },
);

/** The operators of a diagram, loaded. */
export interface Diagram {
  readonly offers: ReturnType<typeof offersOf>;
  play(how: Play, width: number): Played;
}

/** A diagram of an operator; each operator is loaded alone. */
export async function diagramOf(operator: string, number: number): Promise<Diagram> {
  const { playables, ...rest } = await files[`../../../marbles/${operator}.ts`]!();
  const scenario = (Object.values(rest).find(Array.isArray) as Scenario[])[number - 1]!;
  const playable = (playables as Playable[])[number - 1]!;
  return {
    offers: offersOf(scenario, playable),
    play: (how, width) => play(scenario, playable, how, width),
  };
}
