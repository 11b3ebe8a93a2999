import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../bench/library.mjs';

/** What may lie at the top of the package: what runs, what it was made of, and what to read. */
const top = ['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'package.json', 'src'];

/** Whether everything that is promised is in the tarball, and nothing else. */
export function contents({ library, manifest }) {
  const check = (name, remedy, complaints) => ({
    name,
    remedy,
    run: () => {
      const found = complaints();
      if (found.length > 0) {
        throw new Error(found.join('\n'));
      }
    },
  });
  return [
    check(
      'the tarball holds dist, src, README, LICENSE and CHANGELOG, and nothing else',
      'look at "files" in package.json',
      () =>
        differences(
          top,
          readdirSync(library)
            .filter((name) => name !== 'node_modules')
            .sort(),
        ),
    ),
    check(
      'every file that package.json names is in the tarball',
      'look at "main", "module", "types" and "exports" in package.json, and at what tsdown.config.ts writes',
      () => pathsOf(manifest).filter((path) => !existsSync(join(library, path))),
    ),
    check(
      'dist imports nothing but rxjs and what is built into Node',
      'add it to "peerDependencies", or do without it',
      () => importsBelow(join(library, 'dist')).filter((id) => !/^(rxjs$|node:|\.)/.test(id)),
    ),
    check(
      'the oldest Node that package.json allows is one on which the marbles run, and this one is allowed',
      'bring "engines" in package.json in line with spec/soak/places/main.mjs',
      () => complaintsAboutEngines(manifest.engines.node),
    ),
    check(
      'the version is the one at the top of the changelog',
      'do not change either by hand: npm run change, then npm run release:version',
      () => differences([manifest.version], [latestIn(join(library, 'CHANGELOG.md'))]),
    ),
  ];
}

function differences(expected, found) {
  const missing = expected.filter((each) => !found.includes(each)).map((each) => `${each} is missing`);
  return [...missing, ...found.filter((each) => !expected.includes(each)).map((each) => `${each} is too much`)];
}

/** All relative paths in a part of package.json. */
function pathsOf({ main, module, types, exports }) {
  const below = (value) => (typeof value === 'string' ? [value] : Object.values(value).flatMap(below));
  return [main, module, types, ...below(exports)];
}

/** All modules that the files below a folder import, in code or in types, comments aside. */
function importsBelow(folder) {
  const files = readdirSync(folder, { recursive: true }).filter((name) => /\.c?[jt]s$/.test(name));
  return files.flatMap((name) => {
    const code = readFileSync(join(folder, name), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
    const found = code.matchAll(/(?:\bfrom |\brequire\(|\bimport\(|\bimport )["']([^"']+)["']/g);
    return [...found].map((match) => match[1]);
  });
}

function complaintsAboutEngines(range) {
  const [, major, minor] = /^>=(\d+)\.(\d+)$/.exec(range) ?? [];
  const tested = /majors = \['(\d+)'/.exec(readFileSync(join(root, 'spec/soak/places/main.mjs'), 'utf8'))?.[1];
  const [ownMajor, ownMinor] = process.versions.node.split('.').map(Number);
  const isAllowed = ownMajor > Number(major) || (ownMajor === Number(major) && ownMinor >= Number(minor));
  return major === tested && isAllowed ? [] : [`"engines" says ${range}, the oldest that is tested is ${tested}`];
}

function latestIn(changelog) {
  return /^## (\S+)/m.exec(readFileSync(changelog, 'utf8'))?.[1];
}
