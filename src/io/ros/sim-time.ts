import type { TimeNs } from '../../domain/index.ts';
import { rosTimeToNs } from '../ros-messages/ros-time.ts';
import type { Hearing, RosNode } from './ros-node.ts';

/**
 * `/clock`, heard as whoever sends it: rclnodejs's own subscription asks for reliability, which `ros2 bag play` and most
 * simulators do not offer.
 */
export class SimTime {
  readonly #hearing: Hearing;
  #nowNs: TimeNs = 0n;

  /** @param onFirst called once, when time has come */
  constructor(node: RosNode, onFirst: () => void) {
    this.#hearing = node.hear({
      topic: '/clock',
      type: 'rosgraph_msgs/msg/Clock',
      qos: { reliability: 'best_effort', durability: 'volatile', depth: 1 },
      onMessage: (cdr) => {
        const ns = clockOf(cdr);
        if (ns === undefined) return;
        const isFirst = this.#nowNs === 0n;
        this.#nowNs = ns;
        if (isFirst && ns !== 0n) onFirst();
      },
    });
  }

  /** 0 until time has come. */
  get nowNs(): TimeNs {
    return this.#nowNs;
  }

  close(): void {
    this.#hearing.close();
  }
}

/** `rosgraph_msgs/msg/Clock`: four bytes of CDR header, seconds, nanoseconds. Undefined for what is cut short. */
export function clockOf(cdr: Uint8Array): TimeNs | undefined {
  if (cdr.length < 12) return undefined;
  const view = new DataView(cdr.buffer, cdr.byteOffset, cdr.byteLength);
  const isLittleEndian = view.getUint8(1) % 2 === 1;
  return rosTimeToNs({ sec: view.getInt32(4, isLittleEndian), nanosec: view.getUint32(8, isLittleEndian) });
}
