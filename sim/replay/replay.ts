import { Assistant } from '../../src/assistant/index.ts';
import {
  type CodriverError,
  type Config,
  ManualClock,
  type Metrics,
  nsToSeconds,
  type Utterance,
} from '../../src/domain/index.ts';
import { type LogMessage, openLog } from '../../src/io/log/mcap-reader.ts';
import type { LanguageModel } from '../../src/llm/index.ts';
import type { PlatePerception } from '../../src/perception/index.ts';
import type { RunRecorder } from '../drive/run-recorder.ts';
import { ShadowSink } from './shadow-sink.ts';

/** A replay of one log, open-loop. */
export interface ReplayOptions {
  readonly logPath: string;
  readonly config: Config;
  readonly model: { readonly model: LanguageModel; readonly name: string; readonly sha256: string } | null;
  readonly plates: PlatePerception | null;
  readonly recorder: RunRecorder;
  /** Utterances to speak into the log; given its times. */
  readonly script?: (log: { startNs: bigint; endNs: bigint }) => Utterance[];
  /** Seconds of log a second of wall time; undefined is lockstep: as fast as it goes, the same bytes every time. */
  readonly rate?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (fraction: number, note: string) => void;
  readonly metrics?: Metrics;
}

/** How a replay ended. */
export interface ReplayResult {
  readonly messages: number;
  readonly logSeconds: number;
  /** Broken messages that were left out. */
  readonly badMessages: number;
  /** What was wrong with the file, where it is damaged; everything readable was replayed. */
  readonly damage: CodriverError | null;
}

/** Replays a log through the assistant. The planner is a labelled shadow that never enters the scene. */
export async function replayLog(options: ReplayOptions): Promise<ReplayResult> {
  const { config, recorder } = options;
  const problems = { damage: null as CodriverError | null };
  let assistant: Assistant | null = null;
  let badMessages = 0;
  const log = await openLog(options.logPath, {
    topicRoles: config.topics,
    onDamage: (error) => {
      problems.damage = error;
    },
    onBadMessage: (error) => {
      // Each is counted; the first of a topic is told, so that a broken topic does not flood the journal.
      badMessages++;
      assistant?.health('INPUT', 'DEGRADED', error.code, error.message);
    },
  });
  const clock = new ManualClock(log.startNs);
  const utterances = [...(options.script?.(log) ?? [])].sort((a, b) => (a.stampNs < b.stampNs ? -1 : 1));
  assistant = new Assistant({
    config,
    clock,
    mode: options.rate === undefined ? 'LOCKSTEP' : 'LIVE',
    sink: new ShadowSink(clock),
    model: options.model?.model ?? null,
    plates: options.plates,
    journal: recorder.write,
    ...(options.metrics === undefined ? {} : { metrics: options.metrics }),
  });
  recorder.write({
    type: 'run',
    stampNs: log.startNs,
    title: options.logPath.split('/').at(-1) ?? options.logPath,
    mode: options.rate === undefined ? 'LOCKSTEP' : 'LIVE',
    loop: 'OPEN',
    model: options.model === null ? null : { name: options.model.name, sha256: options.model.sha256 },
    utcOffsetMin: 540,
  });
  const wallStartMs = performance.now();
  const spanNs = log.endNs > log.startNs ? log.endNs - log.startNs : 1n;
  let messages = 0;
  try {
    for await (const message of log.messages()) {
      if (options.signal?.aborted) break;
      await speakUntil(message.logTimeNs);
      await moveTo(message.logTimeNs);
      await hand(assistant, message, recorder);
      messages++;
      options.onProgress?.(
        Number(((message.logTimeNs - log.startNs) * 1000n) / spanNs) / 1000,
        `${messages} messages`,
      );
    }
    if (!options.signal?.aborted) {
      await speakUntil(log.endNs);
      // Answers still under way get their declared time.
      await moveTo(clock.nowNs() + BigInt(config.thought.deadlineMs) * 1_000_000n);
    }
    if (problems.damage !== null)
      assistant.health('LOG', 'DEGRADED', problems.damage.code, problems.damage.message);
  } finally {
    assistant.close();
    await log.close();
  }
  return { messages, badMessages, logSeconds: nsToSeconds(spanNs), damage: problems.damage };

  async function moveTo(ns: bigint): Promise<void> {
    if (options.rate !== undefined) {
      const dueMs = (nsToSeconds(ns - log.startNs) * 1000) / options.rate;
      const waitMs = dueMs - (performance.now() - wallStartMs);
      if (waitMs > 1) await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
    clock.advanceTo(ns);
    await assistant?.advance();
  }

  async function speakUntil(ns: bigint): Promise<void> {
    for (let next = utterances[0]; next !== undefined && next.stampNs <= ns; next = utterances[0]) {
      utterances.shift();
      await moveTo(next.stampNs);
      await assistant?.onUtterance(next);
    }
  }
}

async function hand(assistant: Assistant, { message }: LogMessage, recorder: RunRecorder): Promise<void> {
  switch (message.kind) {
    case 'frame':
      await assistant.onFrame(message.frame);
      return recorder.picture(message.frame);
    case 'utterance':
      return assistant.onUtterance(message.utterance);
    case 'signs':
      return assistant.onSigns(message.signs);
    case 'objects':
      return assistant.onObjects(message.objects);
    case 'vehicle':
      return assistant.onVehicle(message.vehicle);
    case 'gnss':
      return assistant.onGnss(message.gnss);
    case 'route':
      return assistant.onRoute(message.route);
    case 'planner':
      // The log's planner is part of the truth; the shadow's word is not.
      return assistant.onPlannerStatus(message.planner);
    default:
      return;
  }
}
