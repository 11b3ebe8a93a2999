// node bundle.mjs <bundler> <program>…: bundles each program, and prints the file that was made of it. What is named with
// an @ is no program but a package that is not bundled.
import { bundlers } from './bundlers.mjs';

const [name, ...words] = process.argv.slice(2);
const programs = words.filter((word) => !word.startsWith('@'));
const external = words.filter((word) => word.startsWith('@')).map((word) => word.slice(1));
const { bundle, ending } = bundlers[name];
for (const program of programs) {
  const file = `bundles/${name}-${program.replaceAll('.', '-')}${ending}`;
  await bundle(program, file, external);
  console.log(file);
}
