import { anyOf, QUOTES, type ReflexGrammar } from './grammar.ts';

/** What may come before: fillers, addresses, alarm, haste. */
const LEAD = anyOf(
  'uh+|um+|er+|hmm+|ah+|oh|hey|hi|hello|ok|okay|alright|all right|well|so|no|whoa|woah|(?:oh )?my god|god|jesus|damn',
  'please|pls|just|(?:right )?now|quick|quickly|hurry|wait(?: a minute)?|listen|come on|sorry|excuse me|i said|actually',
  'watch out|look out|careful|danger|car|driver|codriver|co driver|sir|and',
);

/** What may come after. */
const TAIL = anyOf(
  'please|pls|now|right now|immediately|at once|quick|quickly|hurry|asap|ok|okay|thanks|thank you|will you|would you|for god s sake|for me|codriver|driver|right away|this instant',
);

const ASK = anyOf(
  '(?:can|could|will|would) you(?: please| just| kindly)*',
  'i (?:want|need) you to(?: please)?',
  'i d like you to(?: please)?',
  'you (?:have to|must|need to)',
  'do',
);

const CAR = '(?:the|this|my|our) (?:car|vehicle)';

const STOP = anyOf(
  `stop(?: ${CAR}| the car right)?(?: (?:right )?here)?`,
  'halt(?: the (?:car|vehicle))?',
  'stop (?:moving|driving)',
  `(?:come|bring ${CAR}) to a (?:complete |full )?(?:stop|halt)`,
  'brake|brakes|hit the brakes|apply the brakes|step on the brakes?',
);

const BIT = '(?:(?:just )?(?:a (?:little|bit|little bit|tad)|some))';
const SLOW = anyOf(
  `slow(?: it| ${CAR})? down(?: ${BIT}| more)?`,
  `slow down`,
  `(?:${BIT} |much )?slower`,
  `(?:go|drive|ride) (?:${BIT} )?(?:slower|more slowly|slow)`,
  `(?:reduce|lower|decrease|drop) (?:the |your |our )?speed(?: ${BIT})?`,
  'decelerate|ease off|not so fast',
);

const EMERGENCY = anyOf(
  '(?:(?:do|make|perform) an )?emergency (?:stop|brake|braking|halt)',
  'brake now|slam (?:on )?the brakes',
);

const ORDER = '(?:command|order|request|instruction|one|thing)';
const CANCEL = anyOf(
  `cancel(?: (?:that|it|this|the last ${ORDER}|my last ${ORDER}|that last ${ORDER}|that ${ORDER}|last ${ORDER}))?`,
  'never ?mind(?: (?:that|about that|about it|it))?',
  `forget (?:it|that|about it|about that|the last ${ORDER}|what i said|i said that|i said anything)`,
  'scratch that|undo that|undo|belay that|disregard that|ignore that|disregard|take that back',
  `(?:disregard|ignore|undo) (?:my|the|that) last ${ORDER}`,
);
const CANCEL_ALL = anyOf(
  'cancel (?:everything|all|all of (?:it|that|them)|all (?:my |the |your )?(?:commands|orders|requests|instructions))',
  'forget everything(?: i said)?',
);

/** A whole utterance: what is wanted, perhaps said again. Repeats are bounded against long backtracking. */
const grammar = (core: string): RegExp =>
  new RegExp(`^(?:${LEAD} ){0,6}(?:${ASK} )?${core}(?: (?:${LEAD} ){0,2}${core}){0,5}(?: ${TAIL}){0,4}$`);

/**
 * English: lower case, punctuation and apostrophes as blanks. A question mark is accepted only
 * after a request ("could you stop?").
 */
function normalize(text: string): string | null {
  if (QUOTES.test(text)) return null;
  const plain = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[.,!;:…—–'’‘()*-]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const inner = plain.replace(/\s*\?+$/, '');
  if (inner.includes('?')) return null;
  if (inner !== plain && !/\b(?:can|could|will|would) you\b/.test(inner)) return null;
  return inner;
}

/** The English reflex. */
export const ENGLISH: ReflexGrammar = {
  normalize,
  patterns: {
    EMERGENCY_STOP: grammar(EMERGENCY),
    STOP: grammar(STOP),
    SLOW_DOWN: grammar(SLOW),
    CANCEL_ALL: grammar(CANCEL_ALL),
    CANCEL_LAST: grammar(CANCEL),
  },
};
