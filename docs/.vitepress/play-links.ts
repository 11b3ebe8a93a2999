import { kebab } from '../../marbles/drawing/pages';
import { diagrams } from '../../marbles/index';

/** As much of markdown-it as is used here. */
interface Markdown {
  readonly renderer: { readonly rules: { image?: Rule } };
}
type Rule = (tokens: { attrGet(name: string): string | null }[], index: number, ...rest: never[]) => string;

/** Makes each drawing of a diagram a link to where one plays with it. */
export function playLinks({ renderer: { rules } }: Markdown, base: string): void {
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
