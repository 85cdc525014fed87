import { Assistant, type NamedModel, runEntry } from '../../src/assistant/index.ts';
import {
  type Config,
  type Frame,
  type JournalEntry,
  ManualClock,
  secondsToNs,
} from '../../src/domain/index.ts';
import { openRecording, RECORDING_TOPICS, type Recording } from '../../src/io/log/recording.ts';
import type { PlatePerception } from '../../src/perception/index.ts';
import { PlannerLink } from '../../src/planner/index.ts';
import { ReferencePlanner, servePlanner } from '../planner/index.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { encodeJpeg, StreetCamera } from '../world/camera.ts';
import { StreetWorld } from '../world/index.ts';
import type { RunRecorder } from './run-recorder.ts';

/** A drive through a scenario, in closed loop and lockstep. */
export interface StreetDriveOptions {
  readonly scenario: Scenario;
  readonly config: Config;
  readonly model: NamedModel | null;
  readonly plates: PlatePerception | null;
  readonly recorder: RunRecorder;
  /** Where to record to: an MCAP where it ends in .mcap, else a new rosbag2 folder. */
  readonly logPath?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (fraction: number) => void;
  /** Seconds of the scenario to drive; default all. */
  readonly durationS?: number;
  /** Called when the clock reaches each step; lets a test break things midway. */
  readonly onStep?: (elapsedS: number, planner: { close(): Promise<void> }) => Promise<void> | void;
}

/** The world and the planner move at 20 Hz; the camera and everything that is sent at 10 Hz. */
const STEP_S = 0.05;
const STEPS_A_FRAME = 2;
const CAMERA = RECORDING_TOPICS.camera;

/** Drives a scenario: world → camera and topics → assistant → gRPC → reference planner → world. */
export async function driveStreet(options: StreetDriveOptions): Promise<void> {
  const { scenario, config, recorder } = options;
  const clock = new ManualClock(scenario.startNs);
  const planner = new ReferencePlanner({
    map: scenario.map,
    start: scenario.start,
    route: scenario.route,
    clock,
    driveSide: config.region.driveSide,
  });
  const server = await servePlanner({ planner, address: '127.0.0.1:0', clock });
  const link = new PlannerLink({
    address: server.address,
    clock,
    // No timers and no streams of their own in lockstep: everything happens in step().
    heartbeatMs: 0,
    deadlineMs: config.planner.deadlineMs,
  });
  const log = options.logPath === undefined ? null : await openRecording(options.logPath);
  const world = new StreetWorld({ scenario, clock });
  const camera = new StreetCamera({ world, widthPx: 1280, heightPx: 720 });
  const assistant = new Assistant({
    config,
    clock,
    mode: 'LOCKSTEP',
    sink: link,
    model: options.model?.model ?? null,
    plates: options.plates,
    journal,
  });
  journal(
    runEntry({
      stampNs: clock.nowNs(),
      title: scenario.title.en,
      mode: 'LOCKSTEP',
      loop: 'CLOSED',
      model: options.model,
      timeZone: config.region.timeZone,
    }),
  );
  link.onUndelivered((intent) => assistant.onUndelivered(intent));
  let plannerUp = true;
  try {
    await link.connect();
    const durationS = options.durationS ?? scenario.durationS;
    const steps = Math.round(durationS / STEP_S);
    for (let step = 0; step <= steps && !options.signal?.aborted; step++) {
      const elapsedS = step * STEP_S;
      const beforeNs = clock.nowNs();
      clock.advanceTo(scenario.startNs + secondsToNs(elapsedS));
      const nowNs = clock.nowNs();
      await options.onStep?.(elapsedS, server);
      const ego = { pose: planner.pose(), position: planner.position(), route: planner.route() };
      world.step(STEP_S, ego);
      planner.tick(STEP_S, {
        obstacles: world.obstacles(ego),
        signal: world.signal(ego),
        legalLimitMps: null,
      });
      await assistant.advance();
      if (step % STEPS_A_FRAME === 0) {
        plannerUp = await hearPlanner({ link, assistant, log, nowNs }, plannerUp);
        await look();
      }
      for (const utterance of world.utterancesDue(beforeNs, nowNs, planner.position())) {
        await log?.write(RECORDING_TOPICS.utterance, { kind: 'utterance', utterance }, nowNs);
        await assistant.onUtterance(utterance);
      }
      options.onProgress?.(step / steps);
    }
  } finally {
    assistant.close();
    await link.close();
    await server.close();
    await log?.close();
  }

  function journal(entry: JournalEntry): void {
    recorder.write(entry);
    // Queued in the writer's order; a failure surfaces at the next awaited write or at close.
    log?.write(RECORDING_TOPICS.journal, entry, entry.stampNs).catch(() => {});
  }

  async function look(): Promise<void> {
    const stampNs = clock.nowNs();
    const pose = planner.pose();
    const vehicle = planner.vehicle();
    const image = camera.render(pose, stampNs);
    const frame: Frame = {
      stampNs,
      frameId: 'camera_front_optical',
      camera: CAMERA,
      encoding: 'jpeg',
      widthPx: image.widthPx,
      heightPx: image.heightPx,
      data: await encodeJpeg(image),
    };
    const objects = world.trackedObjects(pose, stampNs);
    const detections = { ...world.signDetections(pose, stampNs), camera: CAMERA };
    await log?.write(RECORDING_TOPICS.vehicle, { kind: 'vehicle', vehicle }, stampNs);
    await log?.write(CAMERA, { kind: 'frame', frame }, stampNs);
    await log?.write(RECORDING_TOPICS.objects, { kind: 'objects', objects }, stampNs);
    await log?.write(RECORDING_TOPICS.signs, { kind: 'signs', signs: detections }, stampNs);
    assistant.onVehicle(vehicle);
    assistant.onObjects(objects);
    await assistant.onFrame(frame);
    await assistant.onSigns(detections);
    await recorder.picture(frame);
  }
}

interface PlannerEar {
  readonly link: PlannerLink;
  readonly assistant: Assistant;
  readonly log: Recording | null;
  readonly nowNs: bigint;
}

/** Asks the planner for its status over gRPC; a planner that is gone is told once, and the drive goes on. */
async function hearPlanner({ link, assistant, log, nowNs }: PlannerEar, wasUp: boolean): Promise<boolean> {
  let heard: Awaited<ReturnType<PlannerLink['step']>>;
  try {
    heard = await link.step();
  } catch {
    if (wasUp)
      assistant.health(
        'PLANNER',
        'LOST',
        'PLANNER_UNREACHABLE',
        'The planner does not answer; the car drives on by its own plan.',
      );
    return false;
  }
  const { status, route } = heard;
  await log?.write(RECORDING_TOPICS.planner, { kind: 'planner', planner: status }, nowNs);
  await log?.write(RECORDING_TOPICS.route, { kind: 'route', route }, nowNs);
  if (!wasUp) assistant.health('PLANNER', 'OK', 'PLANNER_BACK', 'The planner answers again.');
  assistant.onRoute(route);
  assistant.onPlannerStatus(status);
  return true;
}
