import { lengthOf, readEach, type Shape, shapeOf, textIn } from './shape';

/** The failure that a value reports. */
export interface Failure {
  /** The provider's words: a text, an error, or an object with `message`, `code`, `type`, `status`. */
  readonly words: unknown;
  /** What is known of it beside its words. */
  readonly code?: string | undefined;
  readonly status?: number | undefined;
  /** It is not in an answer, but instead of one: nothing was billed. */
  readonly isResponse?: true;
}

/** How providers write the usage of a call. */
export type UsageFormat = 'openai' | 'anthropic' | 'gemini' | 'bedrock' | 'cohere' | 'ollama';

/** What one value says. One record can be used for all values of a call, one after the other. */
export class ChunkReading {
  /** Whether the value has the shape of a known provider's chunk. */
  isKnown = false;
  /** Whether it says that the answer is at its end. */
  isFinal = false;
  /** Whether it carries something that is no text: a tool call, audio, an image, a citation. */
  hasOutput = false;
  /** Text for the reader. */
  text = '';
  /** What the model thought. */
  reasoning = '';
  /** What else it wrote: refusals and the arguments of tool calls. */
  other = '';
  /** Arguments of tool calls that are no texts: they are sent as JSON. */
  sent: object[] | undefined = undefined;
  failure: Failure | undefined = undefined;
  /** What it reports of its usage; `usageIn` reads that. */
  report: Shape | undefined = undefined;
  /** How that is written. */
  usageFormat: UsageFormat = 'openai';
  /** Whether the usage is that of the whole call. */
  isUsageFinal = false;

  clear(): void {
    this.isKnown = false;
    this.isFinal = false;
    this.hasOutput = false;
    this.text = '';
    this.reasoning = '';
    this.other = '';
    this.sent = undefined;
    this.failure = undefined;
    this.report = undefined;
  }

  /** Whether it carries anything of an answer. */
  get hasContent(): boolean {
    return this.text !== '' || this.hasOutput || this.reasoning !== '' || this.other !== '' || this.sent !== undefined;
  }

  /** Every value is content but a known provider's chunk that carries nothing. */
  get isContent(): boolean {
    return !this.isKnown || this.hasContent;
  }

  /** Takes what it reports of its usage, if that is something. */
  takeUsage(format: UsageFormat, report: unknown, isFinal: boolean): void {
    this.report = shapeOf(report);
    this.usageFormat = format;
    this.isUsageFinal = isFinal;
  }

  /** Takes the arguments of a tool call: a text, or what is sent as JSON. */
  takeArguments(value: unknown): void {
    if (typeof value === 'string') {
      this.other += value;
    } else if (typeof value === 'object' && value !== null) {
      this.sent ??= [];
      this.sent.push(value);
    }
  }

  /** Takes thoughts: a text, or a list of parts with texts. */
  takeThoughts(value: unknown): void {
    if (typeof value === 'string') {
      this.reasoning += value;
      return;
    }
    readEach(value, takeThought, this);
  }

  /** Takes content: a text, or a list of parts as Anthropic, Cohere, LangChain, Mistral and OpenAI write them. */
  takeContent(content: unknown): void {
    if (typeof content === 'string') {
      this.text += content;
      return;
    }
    const length = lengthOf(content);
    for (let index = 0; index < length; index++) {
      const part = (content as readonly unknown[])[index];
      if (typeof part === 'string') {
        this.text += part;
      } else if (typeof part === 'object' && part !== null) {
        this.takePart(part as Shape);
      }
    }
  }

  private takePart(part: Shape): void {
    switch (part.type) {
      case undefined:
      case 'text':
      case 'output_text':
        this.takeContent(part.text);
        break;
      case 'thinking':
      case 'reasoning':
      case 'reasoning_text':
        this.takeThoughts(part.thinking ?? part.reasoning ?? part.text);
        break;
      case 'refusal':
        this.takeArguments(part.refusal);
        break;
      default:
        this.takeArguments(part.input);
        this.hasOutput = true;
    }
  }

  /** Takes a list of tool calls, as OpenAI and those write them who answer like it. */
  takeToolCalls(calls: unknown): void {
    readEach(calls, takeToolCall, this);
  }
}

function takeThought(part: Shape, reading: ChunkReading): void {
  reading.reasoning += textIn(part.text);
}

function takeToolCall(call: Shape, reading: ChunkReading): void {
  reading.hasOutput = true;
  const called = shapeOf(call.function);
  reading.takeArguments(called === undefined ? (shapeOf(call.custom)?.input ?? call.args) : called.arguments);
}
