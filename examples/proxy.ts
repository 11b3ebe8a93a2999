import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import type { OpenAI } from 'openai';
import {
  isFinalChunk,
  keyed,
  perDay,
  perMinute,
  ResilientClient,
  retryAfterOf,
  TokenBudget,
  TokenBudgetExceededError,
  textOf,
} from 'rxjs-resilience';
import { connect } from './connect';

// npx tsx examples/proxy.ts
// curl -N -H 'x-user: ada' -H 'x-org: acme' -d '{"question": "What is a permit?"}' http://localhost:8080

/** Tokens a day. */
export interface Allowances {
  /** Of a user. */
  readonly userOf: (user: string) => number;
  /** Of all users of an organisation together. */
  readonly organisation: number;
}

/** A server that streams answers as plain text, and lets each user, and each organisation, spend so many tokens a day. */
export function newProxy(openai: OpenAI, model: string, { userOf, organisation }: Allowances) {
  const perUser = keyed((user) => new TokenBudget({ name: 'user', limits: perDay(userOf(user)) }), { by: 'user' });
  const perOrganisation = keyed(() => new TokenBudget({ name: 'organisation', limits: perDay(organisation) }), {
    by: 'org',
  });
  const client = new ResilientClient({
    retryBackoff: { baseDelay: 200 },
    rateLimit: { limits: perMinute(500) }, // the account's, for all users together
    tokenBudget: [perUser, perOrganisation], // each must have room, or none is touched
    timeout: { first: 20_000, each: 10_000 },
    defaults: { isFinal: isFinalChunk },
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { question } = (await json(request)) as { question: string };
    const body = {
      model,
      messages: [{ role: 'user' as const, content: question }],
      max_completion_tokens: 200,
      stream: true as const,
      stream_options: { include_usage: true }, // so that the budget is settled to what it really cost
    };
    const chunks = client.call((signal) => openai.chat.completions.create(body, { signal }), {
      // Who it is, a real server must have verified.
      key: { user: String(request.headers['x-user']), org: String(request.headers['x-org']) },
      tokens: { input: Math.ceil(question.length / 4), output: body.max_completion_tokens },
    });
    const subscription = chunks.subscribe({
      next: (chunk) => response.write(textOf(chunk)),
      error: (error) => fail(response, error),
      complete: () => response.end(),
    });
    response.once('close', () => subscription.unsubscribe()); // who hangs up pays for no more tokens
  }

  return createServer((request, response) => {
    answer(request, response).catch(() => response.writeHead(400).end());
  });
}

function fail(response: ServerResponse, error: Error): void {
  if (response.headersSent) {
    response.destroy(); // the user must not take half an answer for a whole one
    return;
  }
  const seconds = Math.ceil((retryAfterOf(error) ?? 0) / 1_000);
  const isSpent = error instanceof TokenBudgetExceededError;
  const whose = isSpent ? { budget: error.policyName, of: error.key } : {};
  response
    .writeHead(isSpent ? 429 : 502, seconds > 0 ? { 'retry-after': String(seconds) } : undefined)
    .end(`${JSON.stringify({ error: error.message, ...whose })}\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { openai, model } = await connect();
  const userOf = (user: string) => (user === 'ada' ? 5_000 : 1_000); // a real server knows what they pay for
  const server = newProxy(openai, model, { userOf, organisation: 8_000 }).listen(
    Number(process.env.PORT ?? 8080),
    '127.0.0.1',
    () => {
      console.log(`http://localhost:${(server.address() as AddressInfo).port}`);
    },
  );
}
