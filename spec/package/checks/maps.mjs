import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** Whether debuggers and editors find the TypeScript source of what they show. */
export function maps({ library }) {
  return [
    {
      name: 'every source map and declaration map leads to a file in the tarball',
      remedy: 'look at "files" in package.json, at dts.sourcemap in tsdown.config.ts, and build anew',
      run: () => {
        const complaints = complaintsAbout(library);
        if (complaints.length > 0) {
          throw new Error([...complaints.slice(0, 5), `${complaints.length} in all`].join('\n'));
        }
      },
    },
  ];
}

function complaintsAbout(library) {
  const names = readdirSync(join(library, 'dist'), { recursive: true }).map((name) => join(library, 'dist', name));
  const code = names.filter((name) => /\.c?[jt]s$/.test(name));
  const written = names.filter((name) => name.endsWith('.map'));
  const none = written.length < code.length / 2 ? [`${written.length} maps for ${code.length} files`] : [];
  const complaints = [...code.flatMap(withoutMap), ...written.flatMap(withoutSource)];
  return [...none, ...complaints.map((path) => relative(library, path))];
}

/** The map that a file names, if there is none. */
function withoutMap(file) {
  const map = /^\/\/# sourceMappingURL=(.+)$/m.exec(readFileSync(file, 'utf8'))?.[1];
  return map === undefined || existsSync(join(dirname(file), map)) ? [] : [`${file} names ${map}, which is missing`];
}

/** The sources that a map names, and that are neither in it nor in the package. */
function withoutSource(map) {
  const { sources, sourcesContent } = JSON.parse(readFileSync(map, 'utf8'));
  const isThere = (source, index) => sourcesContent?.[index] || existsSync(resolve(dirname(map), source));
  return sources.filter((source, index) => !isThere(source, index)).map((source) => `${map} names ${source}`);
}
