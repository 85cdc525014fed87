import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Assistant } from '../../src/assistant/index.ts';
import { modelTiers, tierText, watchTiers } from '../../src/assistant/model-tiers.ts';
import { Config, JournalEntry, ModelTier, WallClock } from '../../src/domain/index.ts';
import type { LanguageModel, ModelPlacement, StreamStatistics } from '../../src/llm/index.ts';
import { makeUtterance } from '../gate/judging.ts';

const block = (number: number, tier: 'cpu' | 'nvme') => ({ name: `blk.${number}`, tier, bytes: 100 });

/** Blocks 0, 2, 3, 4 and the head stay; the others are streamed. */
const PLACEMENT: ModelPlacement = {
  segments: [
    ...Array.from({ length: 12 }, (_, i) => block(i, [0, 2, 3, 4].includes(i) ? 'cpu' : 'nvme')),
    { name: 'head', tier: 'cpu', bytes: 1000 },
  ],
  ring: { slots: 3, bytes: 300 },
};

const NOTHING_READ = { readBytes: 0, readMs: 0, waitedMs: 0 };

describe('the tiers of a model', () => {
  test('a model that is one session is in memory, all of it', () => {
    const tiers = modelTiers({ placement: undefined });
    assert.deepEqual(tiers, [{ tier: 'cpu', segments: 'all' }]);
    assert.deepEqual(tiers.map(tierText), ['cpu: all, as one session']);
  });

  test('each has its segments with neighbours joined, and their bytes; the ring is in memory', () => {
    assert.deepEqual(modelTiers({ placement: PLACEMENT }), [
      { tier: 'cpu', segments: 'blk.0, 2–4, head', weightBytes: 1400, ringBytes: 300 },
      { tier: 'nvme', segments: 'blk.1, 5–11', weightBytes: 800 },
    ]);
  });

  test('memory is told of even where everything is streamed, the disk only where something is', () => {
    const all = (tier: 'cpu' | 'nvme') => ({ ...PLACEMENT, segments: [block(0, tier), block(1, tier)] });
    assert.deepEqual(
      modelTiers({ placement: all('nvme') }).map(({ tier, segments }) => [tier, segments]),
      [
        ['cpu', ''],
        ['nvme', 'blk.0–1'],
      ],
    );
    assert.deepEqual(
      modelTiers({ placement: { ...all('cpu'), ring: { slots: 0, bytes: 0 } } }).map(tierText),
      ['cpu: blk.0–1 (0.2 kB)'],
    );
  });

  test('tiers that are not there yet come before memory and the disk', () => {
    const gpu = { name: 'blk.12', tier: 'gpu:0', bytes: 5 } as unknown as ModelPlacement['segments'][number];
    const placement = { ...PLACEMENT, segments: [...PLACEMENT.segments.toReversed(), gpu] };
    assert.deepEqual(
      modelTiers({ placement }).map(({ tier }) => tier),
      ['gpu:0', 'cpu', 'nvme'],
    );
  });

  test('what is read is what was read within the interval, of the disk only', () => {
    const [cpu, nvme] = modelTiers({
      placement: PLACEMENT,
      streamed: {
        before: { readBytes: 4000, readMs: 50, waitedMs: 7 },
        after: { readBytes: 10_000, readMs: 250, waitedMs: 107 },
        intervalMs: 1500,
      },
    });
    assert.equal(cpu?.read, undefined);
    assert.deepEqual(nvme?.read, {
      intervalMs: 1500,
      bytes: 6000,
      bytesPerS: 4000,
      readMs: 200,
      waitedMs: 100,
    });
    const streamed = { before: NOTHING_READ, after: NOTHING_READ, intervalMs: 0 };
    assert.equal(modelTiers({ placement: PLACEMENT, streamed })[1]?.read?.bytesPerS, 0);
  });

  test('how full memory is counts the whole process, and is said in words', () => {
    const [cpu, nvme] = modelTiers({
      placement: PLACEMENT,
      streamed: {
        before: NOTHING_READ,
        after: { readBytes: 3e9, readMs: 900, waitedMs: 250 },
        intervalMs: 2000,
      },
      memory: { budgetBytes: 800e6, processBytes: 600e6 },
    }).map(tierText);
    assert.equal(cpu, 'cpu: blk.0, 2–4, head (1.4 kB); a ring of 0.3 kB; 600 MB of 800 MB in use (75 %)');
    assert.equal(nvme, 'nvme: blk.1, 5–11 (0.8 kB); read 3.00 GB in 2.00 s, 1.50 GB/s; passes waited 0.25 s');
  });
});

/** Reads 1 MB for every answer; the answer itself is of no use. */
class StreamedModel implements LanguageModel {
  readonly info = { placement: PLACEMENT } as LanguageModel['info'];
  read: StreamStatistics = { readBytes: 5e6, readMs: 100, waitedMs: 10 };
  breaks = false;

  async generate(): ReturnType<LanguageModel['generate']> {
    if (this.breaks) throw new Error('broken');
    const { readBytes, readMs, waitedMs } = this.read;
    this.read = { readBytes: readBytes + 1e6, readMs: readMs + 4, waitedMs: waitedMs + 2 };
    const counts = { promptTokens: 1, cachedTokens: 0, decodedTokens: 1, appendedTokens: 0 };
    return {
      text: '{}',
      tokens: [],
      probabilities: [],
      ...counts,
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

  async statistics(): Promise<StreamStatistics> {
    if (this.breaks) throw new Error('broken');
    return this.read;
  }

  async close(): Promise<void> {}
}

const CONFIG = Config.parse({ thought: { offload: { cpuMem: '8G' } } });

describe('the tiers of a run', () => {
  test('count from where the interval began, against the budget that is configured', async () => {
    const model = new StreamedModel();
    const tiersOfRun = watchTiers(model, CONFIG);
    await model.generate();
    await model.generate();
    const [cpu, nvme] = await tiersOfRun();
    assert.equal(nvme?.read?.bytes, 2e6);
    assert.equal(nvme?.read?.waitedMs, 4);
    assert.equal(cpu?.budget?.bytes, 8e9);
    assert.ok((cpu?.budget?.usedBytes ?? 0) > 10e6);
  });

  test('a model that breaks leaves them without what was read, and no model leaves none', async () => {
    const model = new StreamedModel();
    const tiersOfRun = watchTiers(model, CONFIG);
    model.breaks = true;
    assert.deepEqual(
      (await tiersOfRun()).map(({ tier, read }) => [tier, read]),
      [
        ['cpu', undefined],
        ['nvme', undefined],
      ],
    );
    assert.deepEqual(await watchTiers(null, CONFIG)(), []);
  });
});

describe('health', () => {
  for (const mode of ['LIVE', 'LOCKSTEP'] as const) {
    test(`${mode}: ${mode === 'LIVE' ? 'tells the tiers at the start and after each thought' : 'measures nothing'}`, async () => {
      const journal: JournalEntry[] = [];
      const clock = new WallClock();
      const assistant = new Assistant({
        config: CONFIG,
        clock,
        mode,
        sink: { submit: async ({ id }) => ({ intentId: id, delivered: true, detail: '' }) },
        model: new StreamedModel(),
        plates: null,
        journal: (entry) => void journal.push(JournalEntry.parse(entry)),
      });
      assistant.onVehicle({ stampNs: clock.nowNs(), speedMps: 10, gear: 'DRIVE', mode: 'AUTONOMOUS' });
      await assistant.onUtterance(makeUtterance({ stampNs: clock.nowNs(), text: 'blink for me, would you' }));
      await new Promise((resolve) => setTimeout(resolve, 20));
      assistant.close();
      const told = journal.filter((entry) => entry.type === 'health' && entry.tiers !== undefined);
      if (mode === 'LOCKSTEP') return assert.deepEqual(told, []);
      const reads = told.map(
        (entry) => entry.type === 'health' && entry.tiers?.map((tier) => tier.read?.bytes),
      );
      assert.deepEqual(reads, [
        [undefined, undefined],
        [undefined, 1e6],
      ]);
      const last = told.at(-1);
      assert.ok(last?.type === 'health' && last.component === 'MODEL' && last.state === 'OK');
      assert.match(last.text, /^cpu: blk\.0, 2–4, head .* · nvme: blk\.1, 5–11 .*read 1 MB/);
      assert.ok(last.tiers?.every((tier) => ModelTier.safeParse(tier).success));
    });
  }
});
