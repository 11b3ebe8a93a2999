/** A bare item of RFC 9651 §3.3. Byte sequences stay as they were written, in base64. */
export type BareItem =
  | { readonly type: 'integer' | 'decimal' | 'date'; readonly value: number }
  | { readonly type: 'string' | 'token' | 'bytes' | 'display'; readonly value: string }
  | { readonly type: 'boolean'; readonly value: boolean };

export type Parameters = ReadonlyMap<string, BareItem>;

/** An item with its parameters (RFC 9651 §3.3), or an inner list of items (§3.1.1). */
export interface Member {
  readonly item: BareItem | readonly Member[];
  readonly parameters: Parameters;
}

/** Servers and clients do not take longer header fields. */
const longestField = 65_536;

/**
 * Parses a structured field that is a List (RFC 9651 §4.2.1), strictly: undefined for anything that is not of the
 * grammar, for then the whole field is to be ignored.
 */
export function parseList(field: string): Member[] | undefined {
  try {
    return field.length > longestField ? undefined : new Parser(field).list();
  } catch {
    return undefined;
  }
}

/** Throws where the text is not of the grammar. */
class Parser {
  #position = 0;

  constructor(private readonly text: string) {}

  list(): Member[] {
    const members: Member[] = [];
    this.#skip(/ */y);
    while (this.#position < this.text.length) {
      members.push(this.#member());
      this.#skip(/[ \t]*/y);
      if (this.#position < this.text.length) {
        this.#expect(/,[ \t]*(?=.)/y);
      }
    }
    return members;
  }

  #member(): Member {
    if (this.#peek() !== '(') {
      return this.#item();
    }
    const items: Member[] = [];
    this.#expect(/\( */y);
    while (this.#peek() !== ')') {
      items.push(this.#item());
      this.#expect(/ +|(?=\))/y);
    }
    this.#expect(/\)/y);
    return { item: items, parameters: this.#parameters() };
  }

  #item(): Member {
    return { item: this.#bareItem(), parameters: this.#parameters() };
  }

  #parameters(): Parameters {
    const parameters = new Map<string, BareItem>();
    while (this.#peek() === ';') {
      this.#expect(/; */y);
      const key = this.#expect(/[a-z*][a-z0-9_.*-]*/y);
      const isGiven = this.#skip(/=/y) !== '';
      parameters.set(key, isGiven ? this.#bareItem() : { type: 'boolean', value: true });
    }
    return parameters;
  }

  #bareItem(): BareItem {
    const first = this.#peek();
    switch (first) {
      case '"':
        return { type: 'string', value: this.#quoted().replace(/\\(["\\])/g, '$1') };
      case ':':
        return { type: 'bytes', value: this.#expect(/:[A-Za-z0-9+/=]*:/y).slice(1, -1) };
      case '?':
        return { type: 'boolean', value: this.#expect(/\?[01]/y) === '?1' };
      case '@':
        return { type: 'date', value: Number(this.#expect(/@-?\d{1,15}(?![\d.])/y).slice(1)) };
      case '%':
        return { type: 'display', value: this.#display() };
    }
    return /[A-Za-z*]/.test(first)
      ? { type: 'token', value: this.#expect(/[A-Za-z*][\w!#$%&'*+.^`|~:/-]*/y) }
      : this.#number();
  }

  #number(): BareItem {
    const text = this.#expect(/-?(?:\d{1,12}\.\d{1,3}|\d{1,15})(?![\d.])/y);
    return { type: text.includes('.') ? 'decimal' : 'integer', value: Number(text) };
  }

  /** What stands between the quotes of a String: printable ASCII, with quotes and backslashes escaped. */
  #quoted(): string {
    return this.#expect(/"(?:[ !#-[\]-~]|\\["\\])*"/y).slice(1, -1);
  }

  /** A Display String: UTF-8, where every byte that is not printable ASCII is escaped in lower-case hex. */
  #display(): string {
    return decodeURIComponent(this.#expect(/%"(?:[ !#$&-~]|%[0-9a-f]{2})*"/y).slice(2, -1));
  }

  #peek(): string {
    return this.text.charAt(this.#position);
  }

  /** Moves on over what matches here, and returns it; '' when nothing does. */
  #skip(pattern: RegExp): string {
    pattern.lastIndex = this.#position;
    const found = pattern.exec(this.text)?.[0] ?? '';
    this.#position += found.length;
    return found;
  }

  #expect(pattern: RegExp): string {
    pattern.lastIndex = this.#position;
    const found = pattern.exec(this.text)?.[0];
    if (found === undefined) {
      throw new SyntaxError(`Malformed at ${this.#position}`);
    }
    this.#position += found.length;
    return found;
  }
}
