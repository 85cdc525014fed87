import { InferenceSession } from 'onnxruntime-node';

/** How a session is created. */
export interface SessionSettings {
  /** Threads that compute one operator together; at least 1. */
  readonly threads: number;
  /** Buffers of external weights by the `location` that the model names. */
  readonly externalData?: readonly { readonly path: string; readonly data: Uint8Array }[];
  /** Microseconds a thread waits awake for its next share of work; default 0. Keep it below a millisecond. */
  readonly spinUs?: number;
  /**
   * False: what a run takes is given back to the system at its end. Default: each session keeps what its largest run took,
   * which is right for one session and adds up over many.
   */
  readonly keepsMemory?: boolean;
  /**
   * Writes the model as it is after optimisation to this path; beside it, in a file named `external`, every initializer of
   * 128 bytes or more, and what the operators prepacked of them.
   */
  readonly savePrepackedTo?: { readonly model: string; readonly external: string };
}

/**
 * Options every session here is created with. Unbounded spinning is off: with it, two sessions on two cores
 * are two to four times slower, and the reflex path would lose its core to an idle thread.
 */
export function sessionOptions(settings: SessionSettings): InferenceSession.SessionOptions {
  const { savePrepackedTo, keepsMemory = true } = settings;
  return {
    executionProviders: ['cpu'],
    intraOpNumThreads: settings.threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    enableCpuMemArena: keepsMemory,
    enableMemPattern: keepsMemory,
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    extra: {
      session: {
        // Weights do not go through the arena, which rounds what it takes up to powers of two.
        use_device_allocator_for_initializers: '1',
        intra_op: settings.spinUs
          ? { allow_spinning: '1', spin_duration_us: String(settings.spinUs) }
          : { allow_spinning: '0' },
        inter_op: { allow_spinning: '0' },
        ...(savePrepackedTo && {
          optimized_model_external_initializers_file_name: savePrepackedTo.external,
          // Below this are the shapes that onnxruntime must see in the model itself.
          optimized_model_external_initializers_min_size_in_bytes: '128',
          save_external_prepacked_constant_initializers: '1',
        }),
      },
    },
    ...(savePrepackedTo && { optimizedModelFilePath: savePrepackedTo.model }),
    ...(settings.externalData === undefined ? {} : { externalData: [...settings.externalData] }),
  };
}

/** Creates a CPU session from a file or from the bytes of a ModelProto. Blocks the calling thread. */
export function createSession(
  model: string | Uint8Array,
  settings: SessionSettings,
): Promise<InferenceSession> {
  const options = sessionOptions(settings);
  return typeof model === 'string'
    ? InferenceSession.create(model, options)
    : InferenceSession.create(model, options);
}
