/**
 * Text from outside as data: one JSON string, so that quotes and line breaks in it end nothing. `<|` is
 * escaped too: even read with control tokens, no sign or speaker can open a turn of the conversation.
 */
export function quoteData(text: string): string {
  return JSON.stringify(text)
    .replaceAll('<|', '\\u003c|')
    .replace(/[\u007f-\u009f\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Shortened to at most `limit` characters, with … where something is missing. Whole characters only. */
export function shortened(text: string, limit: number): string {
  const characters = Array.from(text);
  return characters.length <= limit ? text : `${characters.slice(0, Math.max(0, limit - 1)).join('')}…`;
}
