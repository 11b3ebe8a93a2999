import { kinds } from './kinds/index';
import { measure } from './measure';
import { onPurpose } from './on-purpose';

// An error's stack costs more than the call that it ends, and is not what is looked for here.
Error.stackTraceLimit = 0;

// Measures the kinds that main.ts asks for, one after the other.
process.on('message', async (name: string) => {
  const kind = [...kinds, ...onPurpose].find((each) => each.name === name)!;
  process.send!(await measure(kind));
});
