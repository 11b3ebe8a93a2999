/** As much of a token of markdown-it as is used here. */
export interface Token {
  type: string;
  tag: string;
  attrs: [string, string][] | null;
  readonly children: Token[] | null;
  attrGet(name: string): string | null;
  attrSet(name: string, value: string): void;
}

/** A page, parsed. */
export interface Page {
  readonly tokens: readonly Token[];
  readonly env: { readonly relativePath?: string };
}

/** As much of markdown-it as is used here. */
export interface Markdown {
  readonly renderer: { readonly rules: { image?: Rule } };
  readonly core: { readonly ruler: { push(name: string, rule: (page: Page) => void): void } };
}

type Rule = (tokens: Token[], index: number, ...rest: never[]) => string;
