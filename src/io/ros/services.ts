import { randomUUID } from 'node:crypto';
import {
  type Clock,
  CodriverError,
  type Config,
  IntentStatus,
  Seat,
  toJsonLine,
  Utterance,
  type Verdict,
} from '../../domain/index.ts';
import { detectLanguage } from '../language.ts';
import { toRosMessage } from '../ros-messages/schema-mapping.ts';
import type { Run } from './node-ports.ts';
import type { RclGoalHandle, RclService } from './rcl.ts';
import type { RosNode } from './ros-node.ts';

/** Services and actions of the node, by name. */
export const SERVICES = {
  say: {
    name: '~/say',
    type: 'codriver_msgs/srv/Say',
    about: 'Says something in a passenger’s place, and answers with verdict and reply.',
  },
  command: {
    name: '~/command',
    type: 'codriver_msgs/action/Command',
    about:
      'The same, with the planner’s news of each intent as feedback until all have ended; cancelling withdraws them.',
  },
} as const;

/** What a request of either says. */
export interface SpokenRequest {
  readonly text: string;
  readonly language: string;
  readonly seat: string;
  readonly confidence: number;
}

/** Callers wait so much longer than a thought may take. */
const PATIENCE_MS = 2000;

/** The say service and the command action, while the node is active. */
export class Services {
  readonly #node: RosNode;
  readonly #run: Run;
  readonly #clock: Clock;
  readonly #config: () => Config;
  readonly #say: RclService;
  readonly #command: { destroy(): void };

  constructor(node: RosNode, run: Run, clock: Clock, config: () => Config) {
    this.#node = node;
    this.#run = run;
    this.#clock = clock;
    this.#config = config;
    this.#say = node.native.createService(SERVICES.say.type, SERVICES.say.name, (request, response) => {
      void this.#onSay(request).then((answer) => response.send(answer));
    });
    this.#command = node.serveAction(SERVICES.command.type, SERVICES.command.name, (goal) =>
      this.#onCommand(goal),
    );
  }

  close(): void {
    this.#node.native.destroyService(this.#say);
    this.#command.destroy();
  }

  async #onSay(request: SpokenRequest): Promise<object> {
    try {
      const utterance = spoken(request, this.#config(), this.#clock.nowNs());
      const answer = await within(this.#patienceMs(), this.#run.say(utterance, () => {}).answer);
      return { success: answer !== null, message: '', ...answerFields(utterance.id, answer) };
    } catch (error) {
      return { success: false, message: CodriverError.from(error).toUserText(), ...answerFields('', null) };
    }
  }

  async #onCommand(goal: RclGoalHandle): Promise<object> {
    const fail = (message: string): object => {
      goal.abort();
      return { success: false, message, ...answerFields('', null), intents: [] };
    };
    let utterance: Utterance;
    try {
      utterance = spoken(goal.request, this.#config(), this.#clock.nowNs());
    } catch (error) {
      return fail(CodriverError.from(error).toUserText());
    }
    const saying = this.#run.say(utterance, (status) =>
      goal.publishFeedback({ status: statusMessage(status) }),
    );
    const answer = await within(this.#patienceMs(), saying.answer);
    if (answer === null)
      return fail('Nothing came of it: no verdict within the time that a thought may take.');
    const ended = await this.#untilEnded(goal, saying);
    const success = answer.verdict.outcome === 'EXECUTE' && ended.every(({ phase }) => phase === 'DONE');
    if (goal.isCancelRequested) goal.canceled();
    else if (success) goal.succeed();
    else goal.abort();
    return {
      success,
      message: '',
      ...answerFields(utterance.id, answer),
      intents: ended.map(statusMessage),
    };
  }

  /** Waits for all intents; a goal that is to be cancelled withdraws them first. */
  async #untilEnded(goal: RclGoalHandle, saying: ReturnType<Run['say']>): Promise<readonly IntentStatus[]> {
    let isCancelled = false;
    const looking = setInterval(() => {
      if (isCancelled || !goal.isCancelRequested) return;
      isCancelled = true;
      void saying.cancel();
    }, 50);
    try {
      return await saying.ended;
    } finally {
      clearInterval(looking);
    }
  }

  #patienceMs(): number {
    return this.#config().thought.deadlineMs + PATIENCE_MS;
  }
}

/** A request as an utterance. Authority comes with the seat, and is nobody's without one. Errors: BAD_ARGUMENT. */
export function spoken(request: SpokenRequest, config: Config, stampNs: bigint): Utterance {
  const seat = Seat.safeParse(request.seat === '' ? 'UNKNOWN' : request.seat);
  const parsed = Utterance.safeParse({
    id: `say-${randomUUID()}`,
    stampNs,
    text: request.text,
    language: request.language === '' ? detectLanguage(request.text) : request.language,
    confidence: request.confidence,
    seat: seat.data ?? request.seat,
    authority: (seat.success ? config.seats[seat.data] : undefined) ?? 'UNKNOWN',
  });
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0] as { path: PropertyKey[]; message: string };
  throw new CodriverError('BAD_ARGUMENT', `${path.join('.')} can't be used: ${message}.`, {
    remedy: 'See the comments of codriver_msgs/srv/Say.',
  });
}

function answerFields(
  utteranceId: string,
  answer: { readonly verdict: Verdict; readonly reply: string } | null,
): object {
  return {
    utterance_id: utteranceId,
    outcome: answer?.verdict.outcome ?? '',
    reply: answer?.reply ?? '',
    verdict_json: answer === null ? '' : toJsonLine(answer.verdict),
  };
}

function statusMessage(status: IntentStatus): Record<string, unknown> {
  return toRosMessage(IntentStatus, status, '');
}

/** null where it takes longer. */
async function within<T>(ms: number, promise: Promise<T | null>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
