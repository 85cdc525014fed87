import { SignDetections, SignType } from '../../domain/index.ts';
import type { MessageSource } from './domain-message.ts';
import { type MessageTime, saneStampNs } from './ros-time.ts';

interface Header {
  readonly stamp: MessageTime;
  readonly frame_id: string;
}

/** `vision_msgs/msg/Detection2DArray` (4.x) as decoded. */
export interface Detection2DArray {
  readonly header: Header;
  readonly detections: readonly {
    readonly id: string;
    readonly results: readonly {
      readonly hypothesis: { readonly class_id: string; readonly score: number };
    }[];
    readonly bbox: {
      readonly center: { readonly position: { readonly x: number; readonly y: number } };
      readonly size_x: number;
      readonly size_y: number;
    };
  }[];
}

/**
 * Signs from a detector that speaks in standard messages: `class_id` of the best hypothesis is the sign's type
 * (`JP:326-A`), with the figure of a limit behind it where it has one (`JP:323=40`). Detections of anything else are left
 * out. The camera is `frame_id`, since the message has no topic.
 */
export function signsFromDetections(message: Detection2DArray, source: MessageSource): SignDetections {
  const stampNs = saneStampNs(message.header.stamp, source.logTimeNs);
  const camera = message.header.frame_id;
  const signs = message.detections.flatMap(({ id, results, bbox }, index) => {
    const best = results.toSorted((a, b) => b.hypothesis.score - a.hypothesis.score)[0]?.hypothesis;
    const [type = '', value] = best?.class_id.split('=') ?? [];
    if (best === undefined || !SignType.safeParse(type).success) return [];
    const { position } = bbox.center;
    return {
      id: id === '' ? `${stampNs}-${index}` : id,
      stampNs,
      camera,
      type,
      ...(value === undefined ? {} : { value: Number(value) }),
      box: {
        xPx: position.x - bbox.size_x / 2,
        yPx: position.y - bbox.size_y / 2,
        widthPx: bbox.size_x,
        heightPx: bbox.size_y,
      },
      confidence: best.score,
      supplementary: [],
    };
  });
  return SignDetections.parse({ stampNs, camera, signs });
}
