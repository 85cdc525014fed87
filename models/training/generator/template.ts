import { CodriverError } from '../../../src/domain/index.ts';
import type { Voice } from '../../../src/evaluation/talk.ts';
import type { Random } from './random.ts';

/** A piece of a template: plain text, a slot, alternatives, or a sequence. */
type Piece =
  | { readonly text: string }
  | { readonly slot: string }
  | { readonly choice: readonly Piece[]; readonly optional: boolean }
  | { readonly sequence: readonly Piece[] };

/** One utterance of a template and what it means. */
export interface TemplateTurn {
  readonly voice: Voice;
  /** What was heard, best reading first. */
  readonly readings: readonly Piece[];
  /** In the notation of docs/utterances.md, with slots. */
  readonly meaning: string;
}

/** One line of a template file: a talk whose last turn is to be answered. */
export interface Template {
  /** `FILE:LINE`, for messages and for the split. */
  readonly id: string;
  /** The line itself. */
  readonly line: string;
  readonly turns: readonly TemplateTurn[];
  /** Every slot of the line. */
  readonly slots: ReadonlySet<string>;
}

/** Reads template files. BAD_ARGUMENT names the line that can not be read. */
export function parseTemplates(name: string, text: string): Template[] {
  const templates: Template[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const id = `${name}:${index + 1}`;
    const slots = new Set([...trimmed.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string));
    templates.push({
      id,
      line: trimmed,
      turns: trimmed.split('>>').map((turn) => parseTurn(turn, id)),
      slots,
    });
  }
  return templates;
}

function parseTurn(turn: string, id: string): TemplateTurn {
  const at = turn.lastIndexOf('=>');
  if (at < 0) throw unreadable(id, 'there is no "=>"');
  const said = turn.slice(0, at).trim();
  const voice = /^(radio|outside):\s*/.exec(said);
  return {
    voice: (voice?.[1] ?? 'say') as TemplateTurn['voice'],
    readings: said
      .slice(voice?.[0].length ?? 0)
      .split('~')
      .map((reading) => parsePieces(reading.trim(), id)),
    meaning: turn.slice(at + 2).trim(),
  };
}

function unreadable(id: string, why: string): CodriverError {
  return new CodriverError('BAD_ARGUMENT', `The template ${id} can not be read: ${why}.`, {
    remedy: 'models/training/README.md has the syntax.',
  });
}

function parsePieces(text: string, id: string): Piece {
  let at = 0;
  const sequence = (ends: string): Piece => {
    const pieces: Piece[] = [];
    let plain = '';
    const flush = (): void => {
      if (plain !== '') pieces.push({ text: plain });
      plain = '';
    };
    while (at < text.length && !ends.includes(text[at] as string)) {
      const c = text[at++] as string;
      if (c === '{') {
        flush();
        const end = text.indexOf('}', at);
        if (end < 0) throw unreadable(id, 'a slot does not end');
        pieces.push({ slot: text.slice(at, end) });
        at = end + 1;
      } else if (c === '(' || c === '[') {
        flush();
        const close = c === '(' ? ')' : ']';
        const choice: Piece[] = [];
        do choice.push(sequence(`|${close}`));
        while (text[at++] === '|');
        if (text[at - 1] !== close) throw unreadable(id, `a "${c}" does not end`);
        pieces.push({ choice, optional: c === '[' });
      } else plain += c;
    }
    flush();
    return { sequence: pieces };
  };
  return sequence('');
}

/** Whether a template has one of the slots, or one that is numbered besides (`{poi2}`). */
export function hasSlot({ slots }: Template, names: readonly string[]): boolean {
  return [...slots].some((slot) => names.includes(slot.replace(/\d+$/, '')));
}

/** The text of a piece; `fill` gives a slot's words and sees what follows it. */
export function render(piece: Piece, random: Random, fill: (slot: string) => string): string {
  if ('text' in piece) return piece.text;
  if ('slot' in piece) return fill(piece.slot);
  if ('sequence' in piece) return piece.sequence.map((part) => render(part, random, fill)).join('');
  if (piece.optional && random.chance(0.5)) return '';
  return render(random.pick(piece.choice), random, fill);
}
