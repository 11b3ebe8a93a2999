// Measures what our guards cost, beside other libraries, and writes RESULTS.md and the plots in docs/bench/.
// npm run bench                      everything, some fifteen minutes
// npm run bench -- retry             only the jobs in whose names a word is; prints and writes nothing
// npm run bench -- retry --quick     shorter, to see where things are
// npm run bench -- --again           measures once more, to see how far two runs are apart
// npm run bench -- stack --profile   where the time of our cases goes
// npm run bench -- retry --keep      renews what these jobs wrote, and leaves the rest as it was
import { measured, ownSizes } from './bundles.mjs';
import { prepare } from './prepare.mjs';

const { run } = await import(await prepare());
await run(process.argv.slice(2), { ownSizes, measured });
