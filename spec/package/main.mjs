// npm run package: packs the library as it would be published, installs it in an empty folder, and uses it in every way in
// which strangers will. Needs the registry, or what an earlier run left in npm's cache.
import { availableParallelism } from 'node:os';
import { buildLibrary } from '../../bench/library.mjs';
import { bundles } from './checks/bundles.mjs';
import { contents } from './checks/contents.mjs';
import { definitions } from './checks/definitions.mjs';
import { linters } from './checks/linters.mjs';
import { maps } from './checks/maps.mjs';
import { programs } from './checks/programs.mjs';
import { shaking } from './checks/shaking.mjs';
import { types } from './checks/types.mjs';
import { carryOut, passes } from './report.mjs';
import { packedAndInstalled } from './user.mjs';

const begun = performance.now();
let user;
const isInstalled = await passes({
  name: 'is built, packed, and installed in an empty folder',
  remedy: 'npm run build must succeed, and npm must reach its registry',
  run: async () => {
    buildLibrary();
    user = await packedAndInstalled();
  },
});
if (isInstalled) {
  // Those that take longest come first, so that none is left alone at the end.
  const groups = [bundles, shaking, linters, types, definitions, programs, maps, contents];
  const checks = groups.flatMap((group) => group(user));
  const failures = await carryOut(checks, Math.min(4, availableParallelism()));
  const seconds = ((performance.now() - begun) / 1_000).toFixed(0);
  console.log(`${checks.length - failures} of ${checks.length} checks passed, in ${seconds} s`);
  process.exitCode = failures === 0 ? 0 : 1;
} else {
  process.exitCode = 1;
}
