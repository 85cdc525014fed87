import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { repositoryRoot } from '../support/require.ts';

/** Environment of one test's graph: others do not see it. */
export function graphEnvironment(): NodeJS.ProcessEnv {
  const domain = 10 + ((process.pid * 7 + domains++) % 90);
  return { ...process.env, ROS_DOMAIN_ID: String(domain), ROS_AUTOMATIC_DISCOVERY_RANGE: 'LOCALHOST' };
}

let domains = 0;

/** Every process that was started and may still run. */
const children = new Set<ChildProcess>();

function started(child: ChildProcess): ChildProcess {
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** Ends what a failed test left running, which would keep the test file from ending. Call it when a suite is over. */
export function endLeftovers(): void {
  for (const child of children) child.kill('SIGKILL');
}

type Json = Record<string, unknown>;

/** A message as the peer got it. */
export interface Heard {
  readonly topic: string;
  readonly message: Json;
}

export interface PeerQos {
  readonly best_effort?: boolean;
  readonly latched?: boolean;
  readonly depth?: number;
}

/** rclpy in a process of its own (`peer.py`). */
export class Peer {
  readonly heard: Heard[] = [];
  readonly #process: ChildProcess;
  readonly #answers = new Map<number, (answer: Json) => void>();
  readonly #ready: Promise<void>;
  #commands = 0;
  stderr = '';

  constructor(env: NodeJS.ProcessEnv, prefix: readonly string[] = []) {
    const command = [
      ...prefix,
      path.join(repositoryRoot, '.ros', 'python'),
      path.join(import.meta.dirname, 'peer.py'),
    ];
    this.#process = started(
      spawn(command[0] as string, command.slice(1), { env, stdio: ['pipe', 'pipe', 'pipe'] }),
    );
    this.#process.stderr?.on('data', (text: Buffer) => {
      this.stderr += text.toString();
    });
    let ready = (): void => {};
    this.#ready = new Promise((resolve) => {
      ready = resolve;
    });
    createInterface({ input: this.#process.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const event = JSON.parse(line) as Json;
      if (event.event === 'ready') ready();
      else if (event.event === 'message') this.heard.push(event as unknown as Heard);
      else this.#answers.get(event.id as number)?.(event);
    });
  }

  /** Sends a command of `peer.py`; fails with what rclpy said. */
  async do(command: string, fields: Json): Promise<Json> {
    await this.#ready;
    const id = this.#commands++;
    const answer = new Promise<Json>((resolve) => this.#answers.set(id, resolve));
    this.#process.stdin?.write(`${JSON.stringify({ id, do: command, ...fields })}\n`);
    const gone = new Promise<Json>((resolve) =>
      this.#process.once('exit', () => resolve({ error: `rclpy ended: ${this.stderr}` })),
    );
    const found = await Promise.race([answer, gone]);
    if (typeof found.error === 'string') throw new Error(found.error);
    return found;
  }

  async subscribe(topic: string, type: string, qos: PeerQos = {}): Promise<void> {
    await this.do('subscribe', { topic, type, qos });
  }

  /** Publishes once somebody has subscribed. */
  async publish(topic: string, type: string, message: Json, qos: PeerQos = {}): Promise<void> {
    await this.met(topic, type, qos);
    await this.do('publish', { topic, type, message, qos });
  }

  /** Waits until a publisher has met a subscriber. */
  async met(topic: string, type: string, qos: PeerQos = {}): Promise<void> {
    await until(`a subscriber of ${topic}`, async () => {
      const { subscribers } = await this.do('advertise', { topic, type, qos });
      return (subscribers as number) > 0 ? true : undefined;
    });
  }

  async call(service: string, type: string, request: Json): Promise<Json> {
    return (await this.do('call', { service, type, request })).response as Json;
  }

  /** The first message on a topic that fits, waited for. */
  async hear(
    topic: string,
    fits: (message: Json) => boolean = () => true,
    timeoutMs = 10_000,
  ): Promise<Json> {
    return until(
      `a message on ${topic}`,
      async () => this.heard.find((one) => one.topic === topic && fits(one.message))?.message,
      timeoutMs,
    );
  }

  /** Ends it as a crash does. */
  kill(): void {
    this.#process.kill('SIGKILL');
  }

  async close(): Promise<void> {
    this.#process.stdin?.end();
    await ended(this.#process, 5000);
  }
}

/** A codriver command in a process of its own, through the launcher that a user runs. */
export class Codriver {
  readonly process: ChildProcess;
  stdout = '';
  stderr = '';

  constructor(args: readonly string[], env: NodeJS.ProcessEnv, prefix: readonly string[] = []) {
    const command = [...prefix, path.join(repositoryRoot, 'bin', 'codriver'), ...args];
    this.process = started(
      spawn(command[0] as string, command.slice(1), { env, stdio: ['ignore', 'pipe', 'pipe'] }),
    );
    this.process.stdout?.on('data', (text: Buffer) => {
      this.stdout += text.toString();
    });
    this.process.stderr?.on('data', (text: Buffer) => {
      this.stderr += text.toString();
    });
  }

  /** Waits until standard output or error has this. */
  async says(text: string | RegExp, timeoutMs = 20_000): Promise<void> {
    await until(
      `codriver to say ${text}`,
      async () => {
        const said = `${this.stdout}\n${this.stderr}`;
        if (typeof text === 'string' ? said.includes(text) : text.test(said)) return true;
        if (this.process.exitCode !== null || this.process.signalCode !== null)
          throw new Error(`codriver ended with ${this.process.exitCode}: ${said}`);
        return undefined;
      },
      timeoutMs,
      () => `${this.stdout}\n${this.stderr}`,
    );
  }

  /** Ends it as Ctrl-C does. @returns exit code */
  async close(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    this.process.kill(signal);
    return ended(this.process, 10_000);
  }
}

/** Asks until there is an answer. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  timeoutMs = 10_000,
  seen: () => string = () => '',
): Promise<T> {
  const startMs = performance.now();
  for (;;) {
    const found = await ask();
    if (found !== undefined) return found;
    if (performance.now() - startMs > timeoutMs)
      throw new Error(`waited for ${what} ${timeoutMs} ms\n${seen()}`);
    await sleep(20);
  }
}

async function ended(child: ChildProcess, timeoutMs: number): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exit = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const late = sleep(timeoutMs, 'late' as const, { ref: false });
  const found = await Promise.race([exit, late]);
  if (found === 'late') {
    child.kill('SIGKILL');
    throw new Error(`process ${child.pid} did not end`);
  }
  return found;
}
