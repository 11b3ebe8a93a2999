/** One prompt, and the answer that the embedded model knows to it; a real provider's answer is not known. */
export interface Prompt {
  readonly question: string;
  readonly answer: string | undefined;
}

const topics = [
  ...['backpressure', 'idempotency', 'exponential backoff', 'jitter', 'a circuit breaker', 'a token bucket'],
  ...[
    'a sliding window',
    'a retry budget',
    'load shedding',
    'a bulkhead',
    'head of line blocking',
    'a thundering herd',
  ],
  ...['a cold Observable', 'a hot Observable', 'a marble diagram', 'a scheduler', 'teardown logic', 'multicasting'],
  ...['a server-sent event', 'chunked encoding', 'a keep-alive connection', 'a half-closed socket', 'a deadline'],
  ...['a lease', 'a heartbeat', 'a graceful shutdown', 'at-least-once delivery', 'exactly-once delivery', 'a quorum'],
  ...['a write-ahead log', 'eventual consistency', 'a vector clock', 'consistent hashing', 'a dead letter queue'],
  ...[
    'tail latency',
    'hedged requests',
    'admission control',
    'a context window',
    'a prompt cache',
    'speculative decoding',
  ],
];

const openings = ['In short', 'Put simply', 'Seen from afar', 'To those who run servers', 'In the words of a textbook'];
const middles = [
  'is what keeps a busy system honest when more work comes in than can be done',
  'is a small idea that pays for itself on the first bad night',
  'turns a failure of one part into a delay of another, which is nearly always the better deal',
  'says how two programs agree although neither can see what the other sees',
];
const closings = [
  'Without it, one slow answer becomes a hundred angry ones.',
  'It costs a few lines, a little memory and some thought about time.',
  'Measure before you tune it, and write down why you chose the numbers.',
];

/** The model's answers: plain ASCII, so that four characters are a token, for the server as for the library. */
function answerOn(topic: string, index: number): string {
  const [opening, middle, closing] = [openings, middles, closings].map((texts) => texts[index % texts.length]);
  const again = middles[(index + 1) % middles.length];
  return `${opening}, ${topic} ${middle}. ${closing} Some say that ${topic} ${again}, and they are right as well.`;
}

export const prompts: readonly Prompt[] = topics.map((topic, index) => ({
  question: `Explain ${topic} in one paragraph.`,
  answer: answerOn(topic, index),
}));

const known = new Map(prompts.map(({ question, answer }) => [question, answer!]));

/** What the embedded model says to a question; of one that it does not know it makes the topic itself. */
export function answerTo(question: string): string {
  return known.get(question) ?? answerOn('that', question.length);
}

/** Asks for the rest of an answer that was cut off. */
export const goOn = 'Continue exactly where you stopped, and repeat nothing.';

export interface Message {
  readonly role: string;
  readonly content?: unknown;
}

/** What the embedded model says to a conversation: the answer to the last question, or the rest of it. */
export function replyTo(messages: readonly Message[]): string {
  const [asked, begun, last] = messages.slice(-3).map(({ content }) => String(content));
  const isCutOff = last === goOn && messages.at(-2)?.role === 'assistant';
  return isCutOff ? answerTo(asked!).slice(begun!.length) : answerTo(String(messages.at(-1)?.content));
}
