import { createHash } from 'node:crypto';
import { CheckStatus } from '@stryker-mutator/api/check';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';

const { SAMPLE_SIZE, SAMPLE_SEED } = process.env;

/** Draws so many of a room's mutants by chance; the same seed draws the same ones. The others are not tried. */
class Sample {
  async init() {}

  /** All at once: one by one nobody could say which of them are drawn. */
  async group(mutants) {
    return [mutants.map(({ id }) => id)];
  }

  async check(mutants) {
    const drawn = new Set(mutants.toSorted((a, b) => (lot(a) < lot(b) ? -1 : 1)).slice(0, Number(SAMPLE_SIZE)));
    const left = { status: CheckStatus.CompileError, reason: 'not drawn' };
    return Object.fromEntries(
      mutants.map((each) => [each.id, drawn.has(each) ? { status: CheckStatus.Passed } : left]),
    );
  }
}

function lot({ fileName, location, replacement }) {
  const name = fileName.slice(fileName.lastIndexOf('/src/'));
  return createHash('sha1')
    .update(JSON.stringify([SAMPLE_SEED, name, location, replacement]))
    .digest('hex');
}

/** Tells of each mutant that lives as soon as it is known: a run takes long. */
class Survivors {
  onMutantTested({ status, fileName, location, mutatorName, replacement }) {
    if (status === 'Survived' || status === 'NoCoverage') {
      const name = fileName.slice(fileName.lastIndexOf('/src/') + 1);
      console.log(
        `lives: ${name}:${location.start.line} ${mutatorName} ${replacement.replace(/\s+/g, ' ').slice(0, 80)}`,
      );
    }
  }
}

export const strykerPlugins = [
  declareClassPlugin(PluginKind.Checker, 'sample', Sample),
  declareClassPlugin(PluginKind.Reporter, 'survivors', Survivors),
];
