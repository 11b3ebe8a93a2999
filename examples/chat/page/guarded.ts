import {
  coalesceTime,
  estimateRequest,
  isFinalChunk,
  perHour,
  ResilientClient,
  slidingWindow,
  textOf,
} from 'rxjs-resilience';
import type { Message } from './message';
import type { Chunk, Provider } from './provider';
import type { Settings } from './settings';

/** A chunk, and which draft of the answer it belongs to: a new draft replaces what was typed before. */
export interface DraftChunk extends Chunk {
  readonly draft: number;
}

export type AfterCut = 'error' | 'restart' | 'continue';

export function newClient({ requests, tokens, window, concurrent, budget, retries, ...times }: Settings) {
  const windowOf = (limit: number) => slidingWindow({ limit, window });
  return new ResilientClient({
    retryBackoff: { maxRetries: retries, baseDelay: times.delay },
    rateLimit: { limits: { requests: windowOf(requests), tokens: windowOf(tokens) }, maxConcurrent: concurrent },
    circuitBreak: { failureThreshold: times.failures, recoveryTimeout: times.recovery, successOn: 'first-value' },
    tokenBudget: { limits: perHour(budget) },
    timeout: { first: times.first, each: times.each },
    defaults: { isFinal: isFinalChunk, isContent: (chunk) => textOf(chunk) !== '' },
  });
}

export type Client = ReturnType<typeof newClient>;

/** Asks through the client; what comes goes to the message in few pieces, so that the page is drawn seldom. */
export function askGuarded(client: Client, provider: Provider, message: Message, afterValues: AfterCut) {
  const messages = message.toSend;
  return client
    .call(
      async (signal, { number, delivered, sync }) => {
        const text = (delivered as readonly DraftChunk[]).map(textOf).join('');
        const { headers, chunks } = await provider.open(message.goingOn(messages, text), signal);
        sync(headers);
        const [first] = delivered as readonly DraftChunk[];
        return chunks.pipeThrough(inDraft(first?.draft ?? number));
      },
      {
        key: message.id, // no policy is keyed: only so that events tell whose they are
        tokens: estimateRequest(provider.requestOf(messages)),
        afterValues,
        onStatus: (status) => message.setStatus(status),
      },
    )
    .pipe(coalesceTime(50));
}

function inDraft(draft: number): TransformStream<Chunk, DraftChunk> {
  return new TransformStream({ transform: (chunk, controller) => controller.enqueue({ ...chunk, draft }) });
}
