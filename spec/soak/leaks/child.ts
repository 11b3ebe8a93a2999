import { kinds } from './kinds';
import { measure } from './measure';
import { onPurpose } from './on-purpose';
import { heldOnPurpose, programs } from './programs';

// What main.ts starts. With the name of a program it runs that one, and says when it is done: from then on nothing may
// keep the process alive. Without, it measures the kinds that it is asked for, one after the other.

const program = process.argv[2];
if (program !== undefined) {
  await { ...programs, ...heldOnPurpose }[program]!();
  process.stdout.write('done\n');
} else {
  // An error's stack costs more than the call that it ends, and is not what is looked for here.
  Error.stackTraceLimit = 0;
  process.on('message', async (name: string) => {
    const kind = [...kinds, ...onPurpose].find((each) => each.name === name)!;
    process.send!(await measure(kind));
  });
}
