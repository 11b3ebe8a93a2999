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

export const strykerPlugins = [declareClassPlugin(PluginKind.Checker, 'sample', Sample)];
