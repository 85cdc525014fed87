import { z } from 'zod';
import { Authority, Seat } from './utterance.ts';

/** What an input topic carries, whatever its name. */
export const TopicRole = z.enum([
  'camera',
  'speech',
  'signs',
  'objects',
  'vehicle',
  'gnss',
  'route',
  'planner',
]);
export type TopicRole = z.infer<typeof TopicRole>;

/** `config/codriver.yaml`. Every field has a default, so an empty file is a valid one. */
export const Config = z.strictObject({
  vehicle: z
    .strictObject({
      /** Abbreviations of the Order on Road Signs that this vehicle falls under (普通, 軽, 大型 …). */
      classes: z.array(z.string()).default(['普通', '普乗', '乗用']),
      /** No intent ever asks for more, whatever the law allows. */
      maxSpeedKmh: z.number().positive().max(200).default(100),
    })
    .prefault({}),
  region: z
    .strictObject({
      country: z.enum(['JP']).default('JP'),
      driveSide: z.enum(['LEFT', 'RIGHT']).default('LEFT'),
      timeZone: z.string().default('Asia/Tokyo'),
      /** Limit where no sign stands and the map knows none; null: unknown, which is no permission. */
      defaultLimitKmh: z.number().positive().nullable().default(null),
    })
    .prefault({}),
  /** Who sits where; a voice from a seat not listed is UNKNOWN. */
  seats: z.partialRecord(Seat, Authority).default({
    FRONT_RIGHT: 'DRIVER_OR_OWNER',
    FRONT_LEFT: 'OCCUPANT',
    REAR_LEFT: 'OCCUPANT',
    REAR_CENTER: 'OCCUPANT',
    REAR_RIGHT: 'OCCUPANT',
  }),
  gate: z
    .strictObject({
      /** Speech below this may only make the car more careful. */
      minSpeechConfidence: z.number().min(0).max(1).default(0.6),
      /** A plate read with less is treated as unread: its sign holds without exception. */
      minPlateConfidence: z.number().min(0).max(1).default(0.6),
      /** How long an intent is valid after its stamp. */
      intentTtlMs: z.int().min(100).max(60_000).default(5_000),
      /** The same for one that waits for its trigger (AFTER, AT, WHEN): the next junction may be a minute away. */
      heldIntentTtlMs: z.int().min(100).max(600_000).default(60_000),
      /** Least time gap to the vehicle in front. */
      minTimeGapS: z.number().min(0.5).max(5).default(1.5),
    })
    .prefault({}),
  thought: z
    .strictObject({
      model: z.string().default('smollm2-135m-instruct'),
      /** LoRA adapter over the model, trained for driving: a name of the catalogue, a folder, or `none`. */
      adapter: z.string().default('driving'),
      /**
       * Whether the model's wishes may go to the planner without a yes. Without an adapter they never do: what an
       * untuned model proposes is shown and judged, and then asked about.
       */
      mayAct: z.boolean().default(true),
      /** Below this the model's decision to act is asked about. docs/model.md says how it was chosen. */
      minConfidence: z.number().min(0).max(1).default(0.9),
      threads: z.int().min(1).max(256).default(2),
      /** Limits of the memory that the model may take; left out: all of it is in memory. */
      offload: z
        .strictObject({
          /** Memory of the whole process, such as `900M` or `1.5GiB`. */
          cpuMem: z.string().optional(),
          /** FlexGen's six percentages, such as `0 50 0 100 0 100`. */
          percent: z.string().optional(),
          /** Folder on a fast disk for streamed weights. */
          nvmeDir: z.string().optional(),
        })
        .prefault({}),
      /** A later answer is dropped. */
      deadlineMs: z.int().min(100).max(120_000).default(8_000),
      /** Longest prompt and longest answer, in tokens. */
      maxPromptTokens: z.int().min(128).max(8192).default(1024),
      maxAnswerTokens: z.int().min(16).max(512).default(160),
      /** Lockstep stamps an answer with these rates instead of measuring: the same bytes on every machine. */
      declared: z
        .strictObject({
          prefillMsPerToken: z.number().positive().default(2),
          decodeMsPerToken: z.number().positive().default(12),
        })
        .prefault({}),
    })
    .prefault({}),
  planner: z
    .strictObject({
      /** `host:port` or `unix:/path`. */
      address: z.string().default('127.0.0.1:50551'),
      heartbeatMs: z.int().min(50).max(10_000).default(500),
      deadlineMs: z.int().min(50).max(10_000).default(1_000),
    })
    .prefault({}),
  /** Topic name → role, for logs whose types do not tell. */
  topics: z.record(z.string(), TopicRole).default({}),
});
export type Config = z.infer<typeof Config>;
