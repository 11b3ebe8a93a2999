import { guarded } from './guarded';
import { perform } from './perform';
import { plain } from './plain';
import { embedded, live } from './provider';
import { tableOf } from './table';

// npm run demo [-- seed]     the same seed, the same faults
// OPENAI_API_KEY=… [OPENAI_BASE_URL=… OPENAI_MODEL=…] npm run demo     a real provider, no faults

const seed = Number(process.argv[2] ?? Math.floor(Math.random() * 1_000));
if (!Number.isInteger(seed)) {
  throw new TypeError(`The seed must be a whole number, got ${process.argv[2]}`);
}
const provider = process.env.OPENAI_API_KEY === undefined ? await embedded(seed) : live();

console.log(`rxjs-resilience: the same prompts twice, to ${provider.name}\n`);
const before = await perform('plain RxJS', provider, plain);
console.log();
const after = await perform('ResilientClient', provider, guarded);
console.log(`\n${tableOf([before, after])}\n`);
await provider.stop();

const isPerfect = after.answers.every(({ verdict }) => verdict === 'right') && (after.leftOpen ?? 0) === 0;
console.log(isPerfect ? 'Every prompt of the guarded run has its answer, once.' : 'The guarded run has failed.');
process.exitCode = isPerfect ? 0 : 1;
