import { heldOnPurpose, programs } from './programs';

// Runs one program, and says when it is done: from then on nothing may keep the process alive.
await { ...programs, ...heldOnPurpose }[process.argv[2]!]!();
process.stdout.write('done\n');
