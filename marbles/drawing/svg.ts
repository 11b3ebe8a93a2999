import { colour, styleOfColours } from './theme';

type Attributes = Readonly<Record<string, string | number | undefined>>;

/** An SVG element as text. Attributes that are undefined are left out, numbers are rounded to a tenth. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? Math.round(value * 10) / 10 : escaped(value!)}"`)
    .join('');
  return children.length === 0 ? `<${name}${written}/>` : `<${name}${written}>${children.join('')}</${name}>`;
}

/** A whole drawing, on a card: in the colours that its reader prefers. */
export function drawing(
  { title, width, height, fonts }: { title: string; width: number; height: number; fonts: string },
  ...content: readonly string[]
): string {
  const card = {
    x: 0.5,
    y: 0.5,
    width: width - 1,
    height: height - 1,
    rx: 10,
    fill: colour('card'),
    stroke: colour('border'),
  };
  const drawn = [element('rect', card), ...content];
  return `${element(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', width, height, viewBox: `0 0 ${width} ${height}`, role: 'img' },
    element('title', {}, escaped(title)),
    element('style', {}, fonts, styleOfColours(drawn.join(''))),
    ...drawn,
  )}\n`;
}

/** A drawing without a card, a title and colours of its own, for a page that has them. */
export function bareDrawing(
  { width, height }: { width: number; height: number },
  ...content: readonly string[]
): string {
  return element('svg', { width, height, viewBox: `0 0 ${width} ${height}`, 'aria-hidden': 'true' }, ...content);
}

export function text(x: number, y: number, content: string, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, escaped(content));
}

export function line(x1: number, y1: number, x2: number, y2: number, attributes: Attributes): string {
  return element('line', { x1, y1, x2, y2, ...attributes });
}

export function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
