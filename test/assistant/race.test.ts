import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Assistant, type Delivery } from '../../src/assistant/index.ts';
import { Config, type Intent, type JournalEntry, type Utterance, WallClock } from '../../src/domain/index.ts';
import type { GenerateRequest, GenerateResult, LanguageModel } from '../../src/llm/index.ts';
import { makeUtterance } from '../gate/judging.ts';

/** Answers "drive on" after a given time, deaf to its abort signal: the worst case of a late answer. */
class LateModel implements LanguageModel {
  readonly info = {} as LanguageModel['info'];
  delayMs = 0;

  async generate(_request: GenerateRequest): Promise<GenerateResult> {
    await sleep(this.delayMs);
    const text = JSON.stringify({ decision: 'EXECUTE', actions: [{ kind: 'SIGNAL', signal: 'HAZARD' }] });
    return {
      text,
      tokens: [],
      probabilities: [],
      promptTokens: 1,
      cachedTokens: 0,
      decodedTokens: 1,
      appendedTokens: 0,
      finish: 'stop',
      prefillMs: 0,
      decodeMs: 0,
      grammarMs: 0,
    };
  }

  async useAdapter(): Promise<null> {
    return null;
  }

  countTokens(text: string): number {
    return Math.ceil(text.length / 4);
  }

  async statistics(): Promise<undefined> {}

  async close(): Promise<void> {}
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const utterance = (id: string, text: string, stampNs: bigint): Utterance =>
  makeUtterance({ id, text, stampNs });

interface Rig {
  readonly assistant: Assistant;
  readonly model: LateModel;
  readonly sent: Intent[];
  readonly journal: JournalEntry[];
  readonly clock: WallClock;
}

function rig(config = Config.parse({ thought: { mayAct: true } })): Rig {
  const clock = new WallClock();
  const model = new LateModel();
  const sent: Intent[] = [];
  const journal: JournalEntry[] = [];
  const sink = {
    async submit(intent: Intent): Promise<Delivery> {
      sent.push(intent);
      return { intentId: intent.id, delivered: true, phase: 'ACCEPTED', reason: 'INTENT', detail: '' };
    },
  };
  const assistant = new Assistant({
    config,
    clock,
    mode: 'LIVE',
    sink,
    model,
    plates: null,
    journal: (entry) => void journal.push(entry),
  });
  assistant.onVehicle({ stampNs: clock.nowNs(), speedMps: 10, gear: 'DRIVE', mode: 'AUTONOMOUS' });
  return { assistant, model, sent, journal, clock };
}

test('a reflex stop against a late answer, 1,000 times: after the stop the answer never executes', async () => {
  const { assistant, model, sent, clock } = rig();
  let seed = 1;
  const random = (): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  let answeredFirst = 0;
  for (let round = 0; round < 1000; round++) {
    assistant.onVehicle({ stampNs: clock.nowNs(), speedMps: 10, gear: 'DRIVE', mode: 'AUTONOMOUS' });
    model.delayMs = random() * 3;
    const before = sent.length;
    await assistant.onUtterance(utterance(`t${round}`, 'blink for me, would you', clock.nowNs()));
    await sleep(random() * 3);
    await assistant.onUtterance(utterance(`s${round}`, 'stop', clock.nowNs()));
    await sleep(4);
    const kinds = sent.slice(before).map((intent) => intent.maneuver.kind);
    assert.equal(kinds.at(-1), 'STOP', `round ${round}: ${kinds.join(' ')}`);
    if (kinds.length > 1) answeredFirst++;
  }
  assert.ok(
    answeredFirst > 100 && answeredFirst < 990,
    `both orders must happen: ${answeredFirst} answers came first`,
  );
});

test('the newest utterance wins', async () => {
  const { assistant, model, sent, journal, clock } = rig();
  model.delayMs = 20;
  await assistant.onUtterance(utterance('first', 'blink', clock.nowNs()));
  await assistant.onUtterance(utterance('second', 'blink again', clock.nowNs()));
  await sleep(60);
  assert.deepEqual(
    sent.map((intent) => intent.originId),
    ['second'],
  );
  const dropped = journal.find((entry) => entry.type === 'verdict' && entry.verdict.originId === 'first');
  assert.equal(dropped?.type === 'verdict' && dropped.verdict.reasons[0]?.code, 'SUPERSEDED');
});

test('an answer after the deadline is dropped as late', async () => {
  const { assistant, model, sent, journal, clock } = rig(
    Config.parse({ thought: { mayAct: true, deadlineMs: 100 } }),
  );
  model.delayMs = 160;
  await assistant.onUtterance(utterance('slow', 'blink', clock.nowNs()));
  await sleep(220);
  assert.deepEqual(sent, []);
  const late = journal.find((entry) => entry.type === 'verdict');
  assert.equal(late?.type === 'verdict' && late.verdict.reasons[0]?.code, 'LATE');
});

test('the passenger hears a sign of life before anything is decided', async () => {
  const { assistant, journal, clock } = rig();
  await assistant.onUtterance(utterance('u', 'blink', clock.nowNs()));
  const stages = journal.flatMap((entry) => (entry.type === 'reply' ? [entry.stage] : []));
  assert.deepEqual(stages.slice(0, 2), ['HEARD', 'THINKING']);
});
