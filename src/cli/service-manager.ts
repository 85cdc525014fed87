import { spawn } from 'node:child_process';

/**
 * Tells systemd how a service of `Type=notify` is (sd_notify(3)), through its own `systemd-notify`: Node has no datagram
 * sockets of Unix. Does nothing outside of systemd. The unit needs `NotifyAccess=all`.
 */
export class ServiceManager {
  readonly #env: NodeJS.ProcessEnv;
  #watchdog: NodeJS.Timeout | undefined;

  constructor(env: NodeJS.ProcessEnv = process.env) {
    this.#env = env;
  }

  /** It works from now on; and as long as this process's event loop turns, the watchdog is kept quiet. */
  ready(status: string): void {
    this.#tell(['--ready', `--status=${status}`]);
    const watchdogMs = Number(this.#env.WATCHDOG_USEC ?? 0) / 1000;
    if (watchdogMs > 0 && this.#watchdog === undefined)
      this.#watchdog = setInterval(() => this.#tell(['WATCHDOG=1']), watchdogMs / 2);
  }

  /** One line for `systemctl status`. */
  status(text: string): void {
    this.#tell([`--status=${text}`]);
  }

  stopping(): void {
    clearInterval(this.#watchdog);
    this.#tell(['STOPPING=1']);
  }

  #tell(words: readonly string[]): void {
    if (this.#env.NOTIFY_SOCKET === undefined) return;
    spawn('systemd-notify', words, { env: this.#env, stdio: 'ignore' }).on('error', () => {});
  }
}
