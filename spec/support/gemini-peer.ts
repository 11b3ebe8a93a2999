import { GoogleGenAI } from '@google/genai';
import type { Answer } from './fault-server';
import { event, type Peer } from './peer';

const chunk = (text: string, candidatesTokenCount: number, finishReason?: string) =>
  event({
    candidates: [{ index: 0, content: { role: 'model', parts: [{ text }] }, finishReason }],
    usageMetadata: { promptTokenCount: 9, candidatesTokenCount, totalTokenCount: 9 + candidatesTokenCount },
  });

/** An error as Gemini sends it: what matters is in its details, and there are no headers. */
export const geminiRefusal = (code: number, status: string, ...details: readonly object[]): Answer => ({
  status: code,
  json: { error: { code, message: `The request failed: ${status}`, status, details } },
});

export const retryInfo = (retryDelay: string) => ({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay });

export const quotaFailure = (quotaId: string) => ({
  '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
  violations: [{ quotaMetric: 'generativelanguage.googleapis.com/generate_requests', quotaId }],
});

export const perMinuteQuota = quotaFailure('GenerateRequestsPerMinutePerProjectPerModel');
export const perDayQuota = quotaFailure('GenerateRequestsPerDayPerProjectPerModel-FreeTier');

export const gemini: Peer = {
  name: 'google genai',
  open: (url, { timeout } = {}) => {
    const httpOptions = { baseUrl: url, ...(timeout === undefined ? {} : { timeout }) };
    const { models } = new GoogleGenAI({ apiKey: 'test', httpOptions });
    return (abortSignal) =>
      models.generateContentStream({
        model: 'gemini-2.5-flash',
        contents: 'Say hello',
        ...(abortSignal === undefined ? {} : { config: { abortSignal } }),
      });
  },
  pieces: [chunk('Hello', 1), chunk(' world', 2), chunk('', 2, 'STOP')],
  start: { pieces: 1, values: 1 },
  refusals: {
    throttled: geminiRefusal(429, 'RESOURCE_EXHAUSTED', perMinuteQuota, retryInfo('0.04s')),
    exhausted: geminiRefusal(429, 'RESOURCE_EXHAUSTED', perDayQuota, retryInfo('34.4s')),
    overloaded: geminiRefusal(503, 'UNAVAILABLE'),
    invalid: geminiRefusal(400, 'INVALID_ARGUMENT'),
  },
};
