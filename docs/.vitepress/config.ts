import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DefaultTheme, defineConfig } from 'vitepress';
import { kebab } from '../../marbles/drawing/pages';
import { diagrams } from '../../marbles/index';
import { playing } from '../../marbles/playing/plugin';
import { writeOperatorPages } from './operator-pages';
import { playLinks } from './play-links';
import { repositoryLinks } from './repository-links';

const base = process.env.SITE_BASE ?? '/';
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

/** An entry of what TypeDoc writes beside the reference. */
interface Navigation {
  readonly title: string;
  readonly path?: string;
  readonly children?: readonly Navigation[];
}

/** The reference, if it is there: `npm run reference` makes it. */
function reference(): DefaultTheme.SidebarItem[] {
  const file = join(docs, 'reference/navigation.json');
  const entries: Navigation[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
  const itemOf = ({ title, path, children = [] }: Navigation): DefaultTheme.SidebarItem => ({
    text: title,
    ...(path ? { link: `/reference/${path.replace(/(?:index)?\.md$/, '')}` } : {}),
    ...(children.length > 0 ? { items: children.map(itemOf), collapsed: true } : {}),
  });
  return entries.map(itemOf);
}

const entry = (room: string) => ({
  find: new RegExp(`^rxjs-resilience${room}$`),
  replacement: join(root, `src${room}/index.ts`),
});

writeOperatorPages(join(docs, 'diagrams'));

export default defineConfig({
  title: 'rxjs-resilience',
  description: 'Operators that keep streams of LLM calls alive, inside their rate limits and inside their budget.',
  base,
  outDir: join(root, 'reports/site'),
  cacheDir: join(root, 'reports/site-cache'),
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  cleanUrls: true,
  metaChunk: true,
  router: { prefetchLinks: false },
  rewrites: { 'README.md': 'index.md', 'marbles/README.md': 'marbles/index.md', 'diagrams/:page.md': 'play/:page.md' },
  markdown: {
    // Those that can be read by everybody.
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    image: { lazyLoading: true },
    config: (markdown) => {
      playLinks(markdown, base);
      repositoryLinks(markdown, join(root, 'package.json'));
    },
  },
  themeConfig: {
    search: {
      provider: 'local',
      options: {
        miniSearch: {
          // Of what is said in several places the explanation comes first, and the signature last.
          searchOptions: {
            boostDocument: (page: string) => (page.includes('/reference/') ? 0.2 : page.includes('/play/') ? 1.5 : 1),
          },
        },
      },
    },
    outline: { level: 2 },
    nav: [
      { text: 'Guides', link: '/' },
      { text: 'Play', link: '/play/' },
      { text: 'Lab', link: '/play/lab' },
      { text: 'Reference', link: '/reference/' },
    ],
    sidebar: {
      '/reference/': reference(),
      '/': [
        {
          text: 'Play',
          items: [
            { text: 'Diagrams to play with', link: '/play/' },
            ...Object.keys(diagrams).map((operator) => ({ text: operator, link: `/play/${kebab(operator)}` })),
            { text: 'The lab in the page', link: '/play/lab' },
          ],
        },
        { text: 'Guides', items: pagesOf('guides') },
        { text: 'Diagrams', items: pagesOf('marbles') },
        { text: 'Reference', link: '/reference/' },
      ],
    },
  },
  vite: {
    plugins: [playing()],
    define: { __VUE_OPTIONS_API__: 'false' },
    resolve: {
      alias: [...['/redis', '/http', '/core', '/testing', '/lab', '/ai-sdk', '/opentelemetry', ''].map(entry)],
    },
    worker: { format: 'es' },
  },
});
