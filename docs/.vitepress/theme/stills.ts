import { fonts } from '../../../marbles/drawing/fonts';
import { allColours } from '../../../marbles/drawing/theme';
import type { Option, Setting } from '../../../marbles/playing/option';
import type { Still } from '../../../marbles/playing/still';

export type { Option, Setting, Still };

const files = import.meta.glob<{ stills: readonly Still[] }>(
  ['../../../marbles/*.ts', '!**/{index,scenario,record,check,mistakes}.ts'],
  { query: '?still' },
);

/** A diagram as it is before somebody plays with it. */
export async function stillOf(operator: string, number: number): Promise<Still> {
  const { stills } = await files[`../../../marbles/${operator}.ts`]!();
  putColours();
  return stills[number - 1]!;
}

/** The setting that a word of an address stands for; undefined if the option cannot be that. */
export function settingOf({ start, range, choices }: Option, word: string): Setting | undefined {
  if (choices !== undefined || typeof start === 'boolean') {
    return (choices ?? [false, true]).find((choice) => String(choice) === word);
  }
  const value = Number(word);
  return word !== '' && value >= 0 && value <= range!.max ? value : undefined;
}

/** A setting as it stands in code. */
export function codeOf({ isQuoted }: Option, setting: Setting): string {
  return typeof setting === 'string' || isQuoted ? `'${setting}'` : String(setting);
}

/** Gives the drawings the colours of the page, once. */
function putColours(): void {
  if (document.getElementById('play-colours') === null) {
    const style = document.createElement('style');
    style.id = 'play-colours';
    const card = '--card: var(--vp-c-bg)';
    style.textContent = `.play { ${allColours('light')}; ${card} }\n.dark .play { ${allColours('dark')}; ${card} }\n${fonts.replaceAll(/^\./gm, '.play .')}`;
    document.head.append(style);
  }
}
