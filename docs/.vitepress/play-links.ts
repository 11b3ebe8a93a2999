import { kebab } from '../../marbles/drawing/pages';
import { diagrams } from '../../marbles/index';
import type { Markdown } from './markdown';

/** Makes each drawing of a diagram a link to where one plays with it, and so the links of the page that names them all. */
export function playLinks({ renderer: { rules }, core }: Markdown, base: string): void {
  core.ruler.push('play-links', ({ tokens, env }) => {
    const all = env.relativePath === 'play/index.md' ? tokens.flatMap(({ children }) => children ?? []) : [];
    for (const link of all.filter(({ type }) => type === 'link_open')) {
      const drawn = /marbles\/README\.md#(.*)$/.exec(link.attrGet('href') ?? '')?.[1];
      const operator = Object.keys(diagrams).find((name) => name.toLowerCase() === drawn);
      if (operator !== undefined) {
        link.attrSet('href', `./${kebab(operator)}.md`);
      }
    }
  });
  const usual = rules.image!;
  const operators = Object.keys(diagrams).map(kebab).join('|');
  const drawing = new RegExp(`/?((${operators})-\\d+)\\.svg$`);
  rules.image = (tokens, index, ...rest) => {
    const [, name, operator] = drawing.exec(tokens[index]!.attrGet('src') ?? '') ?? [];
    const image = usual(tokens, index, ...rest);
    return name === undefined
      ? image
      : `<a class="play-link" href="${base}play/${operator}#${name}">${image}Play with it</a>`;
  };
}
