import { ReferencePlanner, servePlanner } from '../../sim/planner/index.ts';
import { street } from '../../sim/scenarios/index.ts';
import { encodeJpeg, StreetCamera } from '../../sim/world/camera.ts';
import { StreetWorld } from '../../sim/world/index.ts';
import { Assistant, type JournalSink } from '../../src/assistant/index.ts';
import { Config, type Frame, type Utterance, WallClock } from '../../src/domain/index.ts';
import type { LanguageModel } from '../../src/llm/index.ts';
import { PlannerLink } from '../../src/planner/index.ts';

const FRAME_EVERY_MS = 100;

/** codriver live, with the reference planner at the other end of a real socket. */
export interface Rig {
  readonly assistant: Assistant;
  readonly clock: WallClock;
  /** Shows a 720p camera picture ten times a second until told to end. */
  playCamera(): { end(): Promise<void> };
  close(): Promise<void>;
}

/** Starts the rig; `model` null is reflex-only. */
export async function openRig(model: LanguageModel | null, journal: JournalSink): Promise<Rig> {
  const clock = new WallClock();
  const { map, start, route } = street;
  const planner = new ReferencePlanner({ map, start, route, clock, driveSide: 'LEFT' });
  const server = await servePlanner({ planner, address: '127.0.0.1:0', clock });
  const link = new PlannerLink({ address: server.address, clock, heartbeatMs: 500, deadlineMs: 1000 });
  await link.connect();
  const assistant = new Assistant({
    config: Config.parse({}),
    clock,
    mode: 'LIVE',
    sink: link,
    model,
    plates: null,
    journal,
  });
  assistant.onVehicle({ ...planner.vehicle(), stampNs: clock.nowNs() });
  assistant.onRoute(planner.routeContext());
  const world = new StreetWorld({ scenario: street, clock });
  const camera = new StreetCamera({ world, widthPx: 1280, heightPx: 720 });
  const data = await encodeJpeg(camera.render(planner.pose(), street.startNs));

  return {
    assistant,
    clock,
    playCamera() {
      let playing = true;
      const done = (async () => {
        while (playing) {
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
      return {
        end: () => {
          playing = false;
          return done;
        },
      };
    },
    async close() {
      assistant.close();
      await link.close();
      await server.close();
    },
  };
}

/** Resolves after `ms` milliseconds. */
export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Said by the owner, heard well. */
export function say(id: string, text: string, language: 'ja' | 'en', stampNs: bigint): Utterance {
  return {
    id,
    stampNs,
    text,
    language,
    confidence: 0.95,
    alternatives: [],
    seat: 'FRONT_RIGHT',
    authority: 'DRIVER_OR_OWNER',
    live: true,
  };
}
