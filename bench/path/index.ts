import { ReferencePlanner, servePlanner } from '../../sim/planner/index.ts';
import { street } from '../../sim/scenarios/index.ts';
import { encodeJpeg, StreetCamera } from '../../sim/world/camera.ts';
import { StreetWorld } from '../../sim/world/index.ts';
import { Assistant } from '../../src/assistant/index.ts';
import { Config, type Frame, type Utterance, WallClock } from '../../src/domain/index.ts';
import { loadLanguageModel } from '../../src/llm/index.ts';
import { resolveModel } from '../../src/models/index.ts';
import { PlannerLink } from '../../src/planner/index.ts';
import type { BenchRow } from '../row.ts';

const UTTERANCES = 1000;
const GAP_MS = 20;
const FRAME_EVERY_MS = 100;

/**
 * Message to gRPC answer of a reflex stop, over a real socket, while the model decodes without pause
 * and a 720p camera is decoded ten times a second.
 */
export async function run(_options: { json: boolean; rounds?: number }): Promise<BenchRow[]> {
  const clock = new WallClock();
  const config = Config.parse({});
  const planner = new ReferencePlanner({
    map: street.map,
    start: street.start,
    route: street.route,
    clock,
    driveSide: 'LEFT',
  });
  const server = await servePlanner({ planner, address: '127.0.0.1:0', clock });
  const link = new PlannerLink({ address: server.address, clock, heartbeatMs: 500, deadlineMs: 1000 });
  await link.connect();
  const model = await loadLanguageModel({ file: await resolveModel('smollm2-135m-instruct') });
  const assistant = new Assistant({
    config,
    clock,
    mode: 'LIVE',
    sink: link,
    model: null,
    plates: null,
    journal: () => {},
  });
  const camera = new StreetCamera({
    world: new StreetWorld({ scenario: street, clock }),
    widthPx: 1280,
    heightPx: 720,
  });
  const data = await encodeJpeg(camera.render(planner.pose(), street.startNs));

  let running = true;
  const decoding = (async () => {
    while (running) await model.generate({ prompt: 'Once upon a time', maxTokens: 64 });
  })();
  const playing = (async () => {
    while (running) {
      const frame: Frame = {
        stampNs: clock.nowNs(),
        frameId: 'camera',
        camera: '/camera',
        encoding: 'jpeg',
        widthPx: 1280,
        heightPx: 720,
        data,
      };
      await assistant.onFrame(frame);
      await sleep(FRAME_EVERY_MS);
    }
  })();
  const latenciesMs: number[] = [];
  for (let index = 0; index < UTTERANCES; index++) {
    const startedMs = performance.now();
    await assistant.onUtterance(stop(index, clock.nowNs()));
    latenciesMs.push(performance.now() - startedMs);
    await sleep(GAP_MS);
  }
  running = false;
  await Promise.all([decoding, playing]);
  await link.close();
  await server.close();
  await model.close();
  const sorted = latenciesMs.sort((a, b) => a - b);
  const row = (metric: string, fraction: number): BenchRow => ({
    bench: 'path',
    case: 'reflex',
    metric,
    value: sorted[Math.floor(sorted.length * fraction)] ?? Number.NaN,
    unit: 'ms',
    peer: '',
    ratio: Number.NaN,
    rounds: UTTERANCES,
  });
  return [row('p50_ms', 0.5), row('p99_ms', 0.99)];
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function stop(index: number, stampNs: bigint): Utterance {
  return {
    id: `u${index}`,
    stampNs,
    text: index % 2 === 0 ? '止まって' : 'stop',
    language: index % 2 === 0 ? 'ja' : 'en',
    confidence: 0.95,
    alternatives: [],
    seat: 'FRONT_RIGHT',
    authority: 'DRIVER_OR_OWNER',
    live: true,
  };
}
