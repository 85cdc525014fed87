import {
  type Action,
  CodriverError,
  Landmark,
  type Place,
  Proposal,
  type Proposal as ProposalType,
  type Trigger,
} from '../domain/index.ts';

/**
 * Proposals on one line, as docs/utterances.md has them: `TURN LEFT at @NEXT_SIGNAL ; STOP COMFORT @200M`.
 * What evaluation sets and training templates are written in, and what failures are listed in.
 */

/** A quoted name, or a run of anything but blanks. */
const WORD = /@?"(?:[^"\\]|\\.)*"|\S+/gu;

/** A line as a Proposal. BAD_ARGUMENT says what is wrong with it. */
export function parseNotation(line: string): ProposalType {
  const words = line.match(WORD) ?? [];
  const [decision, topic, ...rest] = words;
  const proposal =
    decision === 'CLARIFY' || decision === 'REFUSE' || decision === 'INFORM'
      ? rest.length === 0
        ? { decision, topic }
        : undefined
      : { decision: 'EXECUTE', actions: split(words).map((action) => parseAction(action, line)) };
  const checked = Proposal.safeParse(proposal);
  if (!checked.success) throw bad(line, 'it is no proposal of the vocabulary');
  return checked.data;
}

function split(words: readonly string[]): string[][] {
  const actions: string[][] = [[]];
  for (const word of words) {
    if (word === ';') actions.push([]);
    else actions.at(-1)?.push(word);
  }
  return actions;
}

function bad(line: string, why: string): CodriverError {
  return new CodriverError('BAD_ARGUMENT', `"${line}" can not be read: ${why}.`, {
    remedy: 'See docs/utterances.md for the notation.',
  });
}

function unquoted(word: string, line: string): string {
  try {
    return JSON.parse(word) as string;
  } catch {
    throw bad(line, `${word} is no name in quotes`);
  }
}

function parsePlace(word: string, line: string): unknown {
  const name = word.slice(1);
  if (name.startsWith('"')) return { poi: unquoted(name, line) };
  const distance = /^(\d+)(M|KM)$/.exec(name);
  if (distance !== null) return { ahead: { value: Number(distance[1]), unit: distance[2] } };
  if (Landmark.safeParse(name).success) return { landmark: name };
  throw bad(line, `${word} is no place`);
}

function parseTrigger(words: readonly string[], line: string): unknown {
  const [type, what, ...rest] = words;
  if (rest.length > 0 || what === undefined) throw bad(line, 'the trigger is not one word and a name');
  if (type === 'at') return { type: 'AT', place: parsePlace(what, line) };
  return type === 'after' ? { type: 'AFTER', event: what } : { type: 'WHEN', condition: what };
}

/** `60KMH`, `3S`, `50M` … as value and unit. */
function amount(word: string | undefined): { value: number; unit: string } | undefined {
  const match = /^(\d+)([A-Z]+)$/.exec(word ?? '');
  return match === null ? undefined : { value: Number(match[1]), unit: match[2] as string };
}

function parseAction(all: readonly string[], line: string): unknown {
  const at = all.findIndex((word) => word === 'at' || word === 'after' || word === 'when');
  const words = at < 0 ? all : all.slice(0, at);
  const trigger = at < 0 ? {} : { trigger: parseTrigger(all.slice(at), line) };
  const [kind, ...rest] = words;
  const first = rest[0];
  const id = rest.find((word) => word.startsWith('#'));
  const referent = id === undefined ? {} : { referent: id.slice(1) };
  const where = rest.find((word) => word.startsWith('@'));
  const place = where === undefined ? {} : { place: parsePlace(where, line) };
  const plain = rest.filter((word) => !word.startsWith('#') && !word.startsWith('@'));
  const expected: Record<string, () => { used: number; action: object }> = {
    SET_SPEED: () => ({ used: 1, action: speed(first) }),
    KEEP_DISTANCE: () => ({ used: 1, action: { gap: amount(first), ...referent } }),
    CHANGE_LANE: () => ({
      used: plain.length > 1 ? 2 : 1,
      action: { direction: first, count: Number(plain[1] ?? 1) },
    }),
    TURN: () => ({ used: 1, action: { direction: first } }),
    OVERTAKE: () => ({ used: 0, action: referent }),
    FOLLOW: () => ({ used: 0, action: referent }),
    YIELD: () => ({ used: 0, action: referent }),
    PULL_OVER: () => ({
      used: plain.length,
      action: { ...(plain[0] === undefined ? {} : { side: plain[0] }), ...place },
    }),
    STOP: () => ({ used: 1, action: { urgency: plain[0], ...place } }),
    RESUME: () => ({ used: 0, action: {} }),
    PARK: () => ({ used: 0, action: place }),
    ROUTE_TO: () => ({ used: 1, action: named(first, 'destination', 'category', line) }),
    AVOID: () => ({ used: 1, action: named(first, 'road', 'feature', line) }),
    SIGNAL: () => ({ used: 1, action: { signal: first } }),
    TELL: () => ({ used: 1, action: { phrase: plain[0], ...referent } }),
    CANCEL: () => ({ used: 1, action: { which: first } }),
  };
  const parsed = expected[kind ?? '']?.();
  if (parsed === undefined) throw bad(line, `${kind ?? 'nothing'} is no kind of action`);
  if (plain.length !== parsed.used) throw bad(line, `${kind} has ${plain.length} words after it`);
  // An object or a place that the kind has no use for would be lost without a word.
  const has = rest.length - plain.length;
  const used = Number('referent' in parsed.action) + Number('place' in parsed.action);
  if (has !== used) throw bad(line, `${kind} takes no more objects or places; for a trigger write "at"`);
  return { kind, ...parsed.action, ...trigger };
}

function speed(word: string | undefined): object {
  if (word === 'FASTER' || word === 'SLOWER') return { change: word };
  if (word === 'RESTORE') return { restore: true };
  if (word?.startsWith('x')) return { percent: Math.round(Number(word.slice(1)) * 100) };
  return { target: amount(word) };
}

function named(word: string | undefined, name: string, kind: string, line: string): object {
  return word?.startsWith('"') ? { [name]: unquoted(word, line) } : { [kind]: word };
}

const placeText = (place: Place): string => {
  if ('landmark' in place) return `@${place.landmark}`;
  return 'ahead' in place ? `@${place.ahead.value}${place.ahead.unit}` : `@${JSON.stringify(place.poi)}`;
};

function triggerText(trigger: Trigger): string {
  switch (trigger.type) {
    case 'NOW':
      return '';
    case 'AT':
      return `at ${placeText(trigger.place)}`;
    case 'AFTER':
      return `after ${trigger.event}`;
    case 'WHEN':
      return `when ${trigger.condition}`;
  }
}

function parameters(action: Action): (string | number | undefined)[] {
  switch (action.kind) {
    case 'SET_SPEED':
      if ('target' in action) return [`${action.target.value}${action.target.unit}`];
      if ('change' in action) return [action.change];
      return 'percent' in action ? [`x${action.percent / 100}`] : ['RESTORE'];
    case 'KEEP_DISTANCE':
      return [`${action.gap.value}${action.gap.unit}`];
    case 'CHANGE_LANE':
      return [action.direction, action.count === 1 ? undefined : action.count];
    case 'TURN':
      return [action.direction];
    case 'PULL_OVER':
      return [action.side];
    case 'STOP':
      return [action.urgency];
    case 'ROUTE_TO':
      return ['destination' in action ? JSON.stringify(action.destination) : action.category];
    case 'AVOID':
      return ['road' in action ? JSON.stringify(action.road) : action.feature];
    case 'SIGNAL':
      return [action.signal];
    case 'TELL':
      return [action.phrase];
    case 'CANCEL':
      return [action.which];
    default:
      return [];
  }
}

function actionText(action: Action): string {
  return [
    action.kind,
    ...parameters(action),
    'place' in action && action.place !== undefined ? placeText(action.place) : undefined,
    'referent' in action && action.referent !== undefined ? `#${action.referent}` : undefined,
    action.trigger === undefined ? undefined : triggerText(action.trigger),
  ]
    .filter((part) => part !== undefined && part !== '')
    .join(' ');
}

/** A Proposal as such a line; the way back of {@link parseNotation}. */
export function notation(proposal: ProposalType): string {
  return proposal.decision === 'EXECUTE'
    ? proposal.actions.map(actionText).join(' ; ')
    : `${proposal.decision} ${proposal.topic}`;
}
