import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../../../bench/library.mjs';

/** What may lie at the top of the package: what runs, what it was made of, and what to read. */
const top = [
  ...['AGENTS.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE', 'README.md', 'SECURITY.md', 'bench', 'dist', 'docs'],
  ...['examples', 'llms.txt', 'marbles', 'package.json', 'src'],
];

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
      'the tarball holds what runs, its source, and what to read, and nothing else',
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
      'every relative link of a page, and every picture of a comment, leads to a file in the tarball',
      'add it to "files" in package.json, or do without the link',
      () => brokenLinksIn(library),
    ),
    check(
      'dist imports nothing but rxjs, its optional peers, and what is built into Node',
      'add it to "peerDependencies", or do without it',
      () =>
        importsBelow(join(library, 'dist')).filter(
          (id) => !/^(rxjs$|node:|\.)/.test(id) && id !== '@opentelemetry/api',
        ),
    ),
    check(
      'nothing but dist/opentelemetry imports OpenTelemetry, and nothing imports the AI SDK',
      'types of others are taken by structure',
      () =>
        importersOf(join(library, 'dist'), /^@opentelemetry|^ai$|^@ai-sdk/).filter(
          (name) => !/^opentelemetry.[\w.-]+$/.test(name),
        ),
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
function pathsOf({ main, module, types, exports, bin }) {
  const below = (value) => (typeof value === 'string' ? [value] : Object.values(value).flatMap(below));
  return [main, module, types, ...below(exports), ...below(bin)];
}

/** All modules that the files below a folder import, in code or in types, comments aside. */
function importsBelow(folder) {
  return codeBelow(folder).flatMap((name) => importsOf(join(folder, name)));
}

/** The files below a folder that import a module of a certain name. */
function importersOf(folder, pattern) {
  return codeBelow(folder).filter((name) => importsOf(join(folder, name)).some((id) => pattern.test(id)));
}

function codeBelow(folder) {
  return readdirSync(folder, { recursive: true }).filter((name) => /\.c?[jt]s$/.test(name));
}

function importsOf(file) {
  const code = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  const found = code.matchAll(/(?:\bfrom |\brequire\(|\bimport\(|\bimport )["']([^"']+)["']/g);
  return [...found].map((match) => match[1]);
}

/** Links of pages, and of the comments that editors show, that end nowhere. */
function brokenLinksIn(library) {
  const files = readdirSync(library, { recursive: true }).filter((name) => /(\.md|llms\.txt|\.d\.c?ts)$/.test(name));
  return files
    .filter((name) => !name.startsWith('node_modules'))
    .flatMap((name) => {
      const text = readFileSync(join(library, name), 'utf8');
      const found = text.matchAll(
        name.includes('.d.') ? /\]\((\.\.[^)#\s]+)/g : /\]\(([^)#\s]+)|(?:srcset|src)="([^"]+)"/g,
      );
      const links = [...found]
        .map(([, link, image]) => decodeURI(link ?? image))
        .filter((link) => !/^[a-z]+:/.test(link));
      return links.filter((link) => !existsSync(join(library, dirname(name), link))).map((link) => `${name}: ${link}`);
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
