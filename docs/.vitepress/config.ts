import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';

const root = fileURLToPath(new URL('../..', import.meta.url));
const docs = join(root, 'docs');

/** The pages of a folder, by their first heading. */
function pagesOf(folder: string): { text: string; link: string }[] {
  const at = join(docs, folder);
  const names = existsSync(at) ? readdirSync(at).filter((name) => name.endsWith('.md')) : [];
  return names.map((name) => {
    const heading = /^# (.*)$/m.exec(readFileSync(join(at, name), 'utf8'))?.[1] ?? name;
    return { text: heading.replaceAll('`', ''), link: `/${folder}/${name === 'README.md' ? '' : name.slice(0, -3)}` };
  });
}

const entry = (room: string) => ({
  find: new RegExp(`^rxjs-resilience${room}$`),
  replacement: join(root, `src${room}/index.ts`),
});

export default defineConfig({
  title: 'rxjs-resilience',
  description: 'Operators that keep streams of LLM calls alive, inside their rate limits and inside their budget.',
  base: process.env.SITE_BASE ?? '/',
  outDir: join(root, 'reports/site'),
  cacheDir: join(root, 'reports/site-cache'),
  rewrites: { 'README.md': 'index.md', 'marbles/README.md': 'marbles/index.md' },
  // What lies outside of docs/ is a link into the repository, not a page.
  ignoreDeadLinks: [
    /\.\.\/marbles$/,
    /\.\.\/(?:\.\.\/)?(?:bench|SECURITY|CONTRIBUTING|examples|README|src|spec)/,
    /^\.\/.*(?:RESULTS|SECURITY|README)/,
  ],
  themeConfig: {
    search: { provider: 'local' },
    nav: [
      { text: 'Guides', link: '/' },
      { text: 'Play', link: '/play/' },
      { text: 'Lab', link: '/play/lab' },
      { text: 'Reference', link: '/reference/index.html', target: '_self' },
    ],
    sidebar: [
      {
        text: 'Play',
        items: [
          { text: 'Diagrams to play with', link: '/play/' },
          { text: 'The lab in the page', link: '/play/lab' },
        ],
      },
      { text: 'Guides', items: pagesOf('guides') },
      { text: 'Diagrams', items: pagesOf('marbles') },
      { text: 'Reference', link: '/reference/index.html', target: '_self' },
    ],
  },
  vite: {
    resolve: {
      alias: [...['/redis', '/http', '/core', '/testing', '/lab', '/ai-sdk', '/opentelemetry', ''].map(entry)],
    },
    worker: { format: 'es' },
  },
});
