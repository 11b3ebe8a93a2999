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
  textOf,
} from 'rxjs-resilience';
import { connect } from './connect';

// npx tsx examples/proxy.ts     curl -N -H 'x-user: ada' -d '{"question": "What is a permit?"}' http://localhost:8080

/** A server that streams answers as plain text, and lets each user spend so many tokens a day. */
export function newProxy(openai: OpenAI, model: string, tokensPerDay: number) {
  const client = new ResilientClient({
    retryBackoff: { baseDelay: 200 },
    rateLimit: { limits: perMinute(500) }, // the account's, for all users together
    tokenBudget: keyed(() => new TokenBudget({ limits: perDay(tokensPerDay) })),
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
      key: String(request.headers['x-user']), // who it is, a real server must have verified
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
  const status = error.name === 'TokenBudgetExceededError' ? 429 : 502;
  response.writeHead(status, seconds > 0 ? { 'retry-after': String(seconds) } : undefined).end(`${error.message}\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { openai, model } = await connect();
  const server = newProxy(openai, model, 1_000).listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
    console.log(`http://localhost:${(server.address() as AddressInfo).port}`);
  });
}
