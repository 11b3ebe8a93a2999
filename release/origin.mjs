// npm run release:origin <url>: says where this repository is, in package.json, and in the links of the README, which are
// read on the page of a registry, too. Can be run again with another url.
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** The manifest with `repository`, `homepage` and `bugs`. */
export function manifestOf(manifest, url) {
  const { homepage, bugs, repository, ...rest } = manifest;
  const entries = Object.entries(rest);
  const place = entries.findIndex(([name]) => name === 'license') + 1;
  const added = {
    repository: { type: 'git', url: `git+${url}.git` },
    homepage: `${url}#readme`,
    bugs: `${url}/issues`,
  };
  return Object.fromEntries([...entries.slice(0, place), ...Object.entries(added), ...entries.slice(place)]);
}

/** The README with absolute links: to pages, and to the files of pictures. Links of an earlier url become relative first. */
export function readmeOf(readme, url, earlier) {
  const relative =
    earlier === undefined ? readme : readme.replaceAll(new RegExp(`${literal(earlier)}/(blob|raw)/HEAD/`, 'g'), '');
  return relative
    .replaceAll(
      /(!?)(\[[^[\]]*\]\()(?![a-z]+:|#)([^)\s]+)/g,
      (_, image, text, path) => `${image}${text}${linkTo(url, path)}`,
    )
    .replaceAll(/((?:srcset|src)=")(?![a-z]+:)([^"]+)/g, (_, attribute, path) => `${attribute}${linkTo(url, path)}`);
}

/** The url as it stands in links, without an ending. Throws for what is no url of a repository. */
export function originOf(text) {
  const url = text?.replace(/\/$/, '').replace(/\.git$/, '');
  if (!/^https:\/\/[\w.-]+(\/[\w.-]+){2,}$/.test(url)) {
    throw new Error(`release:origin: url must be like https://github.com/owner/name, got ${text}`);
  }
  return url;
}

/** Where the repository is by its manifest. */
export function earlierOf({ repository }) {
  return repository?.url.replace(/^git\+|\.git$/g, '');
}

function linkTo(url, path) {
  return `${url}/${/\.(?:svg|png)$/.test(path) ? 'raw' : 'blob'}/HEAD/${path}`;
}

function literal(text) {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const url = originOf(process.argv[2]);
    const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
    writeFileSync('README.md', readmeOf(readFileSync('README.md', 'utf8'), url, earlierOf(manifest)));
    writeFileSync('package.json', `${JSON.stringify(manifestOf(manifest, url), null, 2)}\n`);
    console.log(`package.json and README.md name ${url}`);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
