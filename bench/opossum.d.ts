// opossum comes without types.
declare module 'opossum' {
  export default class Opossum<T> {
    constructor(action: () => Promise<T>, options: { readonly timeout: number | false });
    fire(): Promise<T>;
  }
}
