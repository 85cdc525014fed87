import fc from 'fast-check';
import { ClarifyTopic, InformTopic, PoiCategory, Proposal, RefuseTopic } from '../../src/domain/index.ts';

const side = fc.constantFrom('LEFT', 'RIGHT');
/** Names as people and maps have them, and as nobody has them: quotes, semicolons, keywords, other scripts. */
const name = fc.oneof(
  fc.constantFrom('みどりマート', 'Blue Anchor', 'at the "Crown" ; STOP', '#1 @home', 'back\\slash'),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
);
/** Ids are written bare, so they have no blanks. */
const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/);
const place = fc.oneof(
  fc.record({
    landmark: fc.constantFrom(
      'HERE',
      'NEXT_CORNER',
      'NEXT_SIGNAL',
      'NEXT_JUNCTION',
      'SECOND_JUNCTION',
      'DESTINATION',
    ),
  }),
  fc.record({
    ahead: fc.record({ value: fc.integer({ min: 0, max: 9999 }), unit: fc.constantFrom('M', 'KM') }),
  }),
  fc.record({ poi: name }),
);
const trigger = fc.oneof(
  fc.record({
    type: fc.constant('AFTER'),
    event: fc.constantFrom('PREVIOUS_ACTION', 'JUNCTION', 'OBJECT_PASSED', 'STOPPED'),
  }),
  fc.record({ type: fc.constant('AT'), place }),
  fc.record({
    type: fc.constant('WHEN'),
    condition: fc.constantFrom('ROAD_CLEAR', 'LIGHT_GREEN', 'LIGHT_RED', 'TRAFFIC_SLOWS'),
  }),
);

type Fields = Record<string, fc.Arbitrary<unknown>>;
const form = (kind: string, needed: Fields, optional: Fields = {}): fc.Arbitrary<object> => {
  const fields: Fields = { kind: fc.constant(kind), ...needed, ...optional, trigger };
  return fc.record(fields, { requiredKeys: ['kind', ...Object.keys(needed)] });
};

const action = fc.oneof(
  form('SET_SPEED', {
    target: fc.record({ value: fc.integer({ min: 0, max: 200 }), unit: fc.constantFrom('KMH', 'MPH') }),
  }),
  form('SET_SPEED', { change: fc.constantFrom('FASTER', 'SLOWER') }),
  form('SET_SPEED', { percent: fc.constantFrom(10, 20, 30, 40, 50, 60, 70, 80, 90) }),
  form('SET_SPEED', { restore: fc.constant(true) }),
  form(
    'KEEP_DISTANCE',
    { gap: fc.record({ value: fc.integer({ min: 1, max: 200 }), unit: fc.constantFrom('M', 'S') }) },
    { referent: id },
  ),
  form('CHANGE_LANE', { direction: side, count: fc.integer({ min: 1, max: 3 }) }),
  form('TURN', { direction: fc.constantFrom('LEFT', 'RIGHT', 'STRAIGHT', 'U_TURN') }),
  form('OVERTAKE', {}, { referent: id }),
  form('FOLLOW', {}, { referent: id }),
  form('YIELD', {}, { referent: id }),
  form('PULL_OVER', {}, { side, place }),
  form('STOP', { urgency: fc.constantFrom('COMFORT', 'PROMPT', 'EMERGENCY') }, { place }),
  form('RESUME', {}),
  form('PARK', {}, { place }),
  form('ROUTE_TO', { destination: name }),
  form('ROUTE_TO', { category: fc.constantFrom(...PoiCategory.options) }),
  form('AVOID', { road: name }),
  form('AVOID', { feature: fc.constantFrom('HIGHWAY', 'TOLL', 'NARROW_ROAD', 'TRAFFIC_JAM') }),
  form('SIGNAL', { signal: fc.constantFrom('HAZARD', 'HORN', 'HEADLIGHT') }),
  form(
    'TELL',
    {
      phrase: fc.constantFrom('THANK_YOU', 'GO_AHEAD', 'PLEASE_WAIT', 'WE_ARE_STOPPING', 'TICKET_PLEASE'),
    },
    { referent: id },
  ),
  form('CANCEL', { which: fc.constantFrom('LAST', 'ALL') }),
);

/** Every form of every action with every trigger, and every topic of the other decisions. */
export const arbitraryProposal: fc.Arbitrary<Proposal> = fc
  .oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        decision: fc.constant('EXECUTE'),
        actions: fc.array(action, { minLength: 1, maxLength: 4 }),
      }),
    },
    fc.record({
      decision: fc.constant('CLARIFY'),
      topic: fc.constantFrom(...ClarifyTopic.options),
    }),
    fc.record({ decision: fc.constant('REFUSE'), topic: fc.constantFrom(...RefuseTopic.options) }),
    fc.record({ decision: fc.constant('INFORM'), topic: fc.constantFrom(...InformTopic.options) }),
  )
  .map((value) => Proposal.parse(value));
