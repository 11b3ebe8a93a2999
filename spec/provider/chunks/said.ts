import {
  ChunkReading,
  failureOf,
  isContentChunk,
  isFinalChunk,
  readChunk,
  textOf,
  type Usage,
  usageOf,
} from '../../../src/provider';
import { Allowance, jsonOf } from '../../../src/provider/read';

/** What a value says, without the fields that say nothing. */
export interface Said {
  readonly text?: string;
  readonly reasoning?: string;
  /** Refusals and the arguments of tool calls. */
  readonly other?: string;
  readonly content?: true;
  readonly final?: true;
  readonly usage?: Usage;
  /** The failure's `message`, and what it has of `status`, `code` and `type`. */
  readonly failure?: {
    readonly message: string;
    readonly status?: number;
    readonly code?: string;
    readonly type?: string;
  };
}

/** Asks all that is public, and the record for what is not. */
export function said(value: unknown): Said {
  const reading = new ChunkReading();
  readChunk(value, reading);
  const left = new Allowance();
  const usage = usageOf(value);
  const failure = failureOf(value);
  return {
    ...told('text', textOf(value)),
    ...told('reasoning', reading.reasoning),
    ...told('other', [reading.other, ...(reading.sent ?? []).map((value) => jsonOf(value, left))].join('')),
    ...told('content', isContentChunk(value)),
    ...told('final', isFinalChunk(value)),
    ...(usage && { usage }),
    ...(failure && {
      failure: {
        message: failure.message,
        ...told('status', failure.status),
        ...told('code', failure.code),
        ...told('type', failure.type),
      },
    }),
  };
}

function told(name: string, value: unknown): object {
  return value ? { [name]: value } : {};
}
