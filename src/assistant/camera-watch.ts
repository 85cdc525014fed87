import { CodriverError, type Frame, NS_PER_S, type RgbImage, type TimeNs } from '../domain/index.ts';
import { decodeFrame } from '../io/images.ts';
import type { UnstampedEntry } from './journal.ts';
import { RecentFrames } from './recent-frames.ts';

interface CameraWatchOptions {
  /**
   * In lockstep every picture is decoded, so that a broken one in a log is found wherever it is. Live, a
   * picture is decoded when somebody looks at it and once a second to see that the camera is well: ten
   * pictures a second are 28 MB of garbage, and collecting it held up reflexes by 10 to 20 ms.
   */
  readonly mode: 'LIVE' | 'LOCKSTEP';
  readonly record: (entry: UnstampedEntry) => void;
}

const CHECK_EVERY_NS = NS_PER_S;

/** A picture and, once somebody looked at it, what it shows. */
interface Latest {
  readonly frame: Frame;
  picture: Promise<RgbImage | undefined> | null;
}

/** Keeps the last pictures, and tells when a camera's pictures are broken and when they are well again. */
export class CameraWatch {
  readonly #options: CameraWatchOptions;
  readonly #broken = new Set<string>();
  readonly #checkedNs = new Map<string, TimeNs>();
  readonly #recent = new RecentFrames();
  #latest: Latest | null = null;
  #frames = 0;

  constructor(options: CameraWatchOptions) {
    this.#options = options;
  }

  /** Takes a camera picture. A broken one is reported once per camera and skipped. */
  async onFrame(frame: Frame): Promise<void> {
    const latest: Latest = { frame, picture: null };
    this.#latest = latest;
    this.#recent.add(frame);
    const { camera, stampNs } = frame;
    const checkedNs = this.#checkedNs.get(camera);
    const due = checkedNs === undefined || stampNs - checkedNs >= CHECK_EVERY_NS || stampNs < checkedNs;
    if (this.#options.mode === 'LIVE' && !due && frame.widthPx > 0 && !this.#broken.has(camera)) {
      this.#note(frame, frame);
      return;
    }
    this.#checkedNs.set(camera, stampNs);
    const image = await this.#look(latest);
    if (image !== undefined) this.#note(frame, image);
  }

  /** The picture taken at exactly this time, by this camera where several were, as long as it is kept and whole. */
  async pictureAt(stampNs: TimeNs, camera: string): Promise<RgbImage | undefined> {
    const frame = this.#recent.at(stampNs, camera);
    if (frame === undefined) return undefined;
    return frame === this.#latest?.frame ? this.#look(this.#latest) : this.#decode(frame);
  }

  /** Decodes a picture, once. */
  #look(latest: Latest): Promise<RgbImage | undefined> {
    latest.picture ??= this.#decode(latest.frame);
    return latest.picture;
  }

  async #decode(frame: Frame): Promise<RgbImage | undefined> {
    const { camera } = frame;
    const health = (state: 'OK' | 'DEGRADED', code: string, text: string): void =>
      this.#options.record({ type: 'health', component: 'CAMERA', state, code, text });
    try {
      const image = await decodeFrame(frame);
      if (this.#broken.delete(camera)) health('OK', 'CAMERA_BACK', `${camera} sends pictures again.`);
      return image;
    } catch (error) {
      if (this.#broken.has(camera)) return undefined;
      this.#broken.add(camera);
      const { code, message } = CodriverError.from(error, 'BAD_IMAGE');
      health('DEGRADED', code, message);
      return undefined;
    }
  }

  #note({ camera }: Frame, { widthPx, heightPx }: { widthPx: number; heightPx: number }): void {
    this.#options.record({ type: 'frame', camera, index: this.#frames++, widthPx, heightPx });
  }
}
