// npm run sizes: fails if what users would bundle is larger than it may be. Exact, unlike times.
import { ownSizes } from './bundles.mjs';

const sizes = await ownSizes();
const name = Math.max(...sizes.map((each) => each.name.length));
console.log(`${'in kB, without rxjs'.padEnd(name)}      min     gzip   at most   target`);
for (const { name: bundle, most, target, min, gzip } of sizes) {
  const verdict = gzip <= most ? '' : '  TOO LARGE';
  console.log(
    `${bundle.padEnd(name)} ${kb(min)} ${kb(gzip)}  ${kb(most)} ${target ? kb(target) : ''}${verdict}`.trimEnd(),
  );
}
process.exitCode = sizes.some(({ most, gzip }) => gzip > most) ? 1 : 0;

function kb(size) {
  return size.toFixed(2).padStart(8);
}
