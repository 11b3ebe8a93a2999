/**
 * Takes what a model generated: text for the reader, or what else is paid for (reasoning, refusals, arguments of tool
 * calls). It is called for each place where something may stand, with whatever stands there.
 */
export type Take = (kind: 'text' | 'other', found: unknown) => void;
