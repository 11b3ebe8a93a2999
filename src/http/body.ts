import { show } from '../internal/options';
import { brandProgrammingError } from '../provider';
import { type BodyFormat, checkContentType } from './content-type';
import { ResponseError } from './response-error';

type Pieces = ReadableStreamDefaultReader<Uint8Array>;

/** Bytes of an error's body that are kept. */
const mostOfError = 65_536;

/** The body of a response, which may not be there yet. It can be left at any time, also while a piece is awaited. */
export class Body {
  readonly #response: Promise<Response>;
  #pieces: Pieces | undefined;
  #isOver = false;

  constructor(response: Response | PromiseLike<Response>) {
    this.#response = Promise.resolve(response);
    this.#response.catch(() => undefined); // the reader is told
  }

  /**
   * Waits for the response.
   *
   * @throws ResponseError for a status that is no success, and TypeError for another content type than `as` means, and for
   * a body that somebody else reads or has read.
   */
  async open(as: BodyFormat): Promise<void> {
    const response = await this.#response.catch((error: unknown) => {
      if (!this.#isOver) {
        throw error;
      }
    });
    if (!this.#isOver) {
      checkResponse(response);
      const { body, bodyUsed } = response;
      this.#pieces = body?.locked ? undefined : body?.getReader();
      if (!response.ok) {
        throw await this.#failed(response);
      }
      if (bodyUsed || (body !== null && this.#pieces === undefined)) {
        throw readBefore();
      }
      checkContentType(as, response.headers);
    }
  }

  /** Whether everything was read, or it was left. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The next piece; undefined at the end, and once it was left. */
  async next(): Promise<Uint8Array | undefined> {
    return (await this.#pieces?.read())?.value;
  }

  /** Cancels what is still to come: the server sees the connection close. */
  leave(): void {
    if (!this.#isOver) {
      this.#isOver = true;
      const cancelling =
        this.#pieces === undefined ? this.#response.then((response) => response.body?.cancel()) : this.#pieces.cancel();
      cancelling.catch(() => undefined); // nobody reads any more
    }
  }

  async #failed({ status, statusText, headers }: Response): Promise<ResponseError> {
    const decoder = new TextDecoder();
    let body = '';
    try {
      let left = mostOfError;
      while (left > 0) {
        const piece = await this.next();
        if (piece === undefined) {
          break;
        }
        body += decoder.decode(piece.subarray(0, left), { stream: true });
        left -= piece.length;
      }
    } catch {
      // The connection broke: what has come says more than that.
    }
    return new ResponseError({ status, statusText, headers, body });
  }
}

function checkResponse(response: unknown): asserts response is Response {
  const { headers, status } = Object(response) as Partial<Response>;
  if (typeof headers?.get !== 'function' || typeof status !== 'number') {
    const mistake = new TypeError(`eventsOf: response must be a Response or a promise of one, got ${show(response)}`);
    throw brandProgrammingError(mistake);
  }
}

/** What is thrown for a response that was read before. */
export function readBefore(): TypeError {
  const what = 'eventsOf: the response was read before';
  return brandProgrammingError(
    new TypeError(`${what}; call fetch inside of open, so that each attempt has one of its own`),
  );
}
