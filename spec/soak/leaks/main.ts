// Makes 100,000 calls of each kind and looks for what they left behind, and at programs that must exit by themselves.
// With a word, only at the kinds in whose names it is: npm run leaks -- tokenBudget
import { availableParallelism } from 'node:os';
import { kinds } from './kinds';
import type { Finding } from './measure';
import { onPurpose } from './on-purpose';
import { measureAll, wrongExit } from './processes';
import { heldOnPurpose, programs } from './programs';

const processes = availableParallelism();
const word = process.argv[2] ?? '';
const wanted = kinds.filter(({ name }) => name.includes(word)).map(({ name }) => name);
const wrong: string[] = wanted.length === 0 ? [`There is no kind with ${word} in its name`] : [];

function tell({ name, calls, bytes, timers, listeners, leaks }: Finding): void {
  printRow(name, calls, bytes.toFixed(1), timers, listeners);
  if (leaks.length > 0) {
    wrong.push(`${name}: ${leaks.join(', ')}`);
  }
}

/** What leaks on purpose must be found by what it leaks. */
function tellOfPurpose({ name, leaks }: Finding): void {
  const { foundBy } = onPurpose.find((each) => each.name === name)!;
  if (!leaks.some((leak) => foundBy.test(leak))) {
    wrong.push(`${name}: leaks on purpose, and was not found`);
  }
}

/** Several at a time, because a program takes longer to start than to run. */
async function lookAtExits(): Promise<void> {
  const rest = [...Object.keys(heldOnPurpose), ...Object.keys(programs)];
  const look = async () => {
    for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
      const reason = await wrongExit(name);
      if (!Object.hasOwn(heldOnPurpose, name) && reason !== undefined) {
        wrong.push(`a program that uses ${name} ${reason}`);
      } else if (Object.hasOwn(heldOnPurpose, name) && reason === undefined) {
        wrong.push(`a program that is held on purpose by ${name} was not found`);
      }
    }
  };
  await Promise.all(Array.from({ length: processes }, look));
}

function printRow(name: string, ...cells: readonly (string | number)[]): void {
  console.log(name.padEnd(45) + cells.map((cell) => `${cell}`.padStart(16)).join(''));
}

printRow('kind', 'calls', 'bytes per call', 'timers left', 'listeners left');
await measureAll(wanted, processes, tell);
await measureAll(
  onPurpose.map(({ name }) => name),
  processes,
  tellOfPurpose,
);
await lookAtExits();

const count = `${wanted.length} kinds, ${Object.keys(programs).length} programs`;
const seconds = performance.now() / 1_000;
console.log(`\n${count} and ${onPurpose.length + 1} leaks on purpose in ${seconds.toFixed(0)} s`);
for (const each of wrong) {
  console.log(`✗ ${each}`);
}
console.log(wrong.length === 0 ? '✓ nothing is left behind' : `${wrong.length} found`);
process.exitCode = wrong.length === 0 ? 0 : 1;
