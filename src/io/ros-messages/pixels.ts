/** A raw picture as cameras and drivers store it. */
export interface RawPixels {
  readonly widthPx: number;
  readonly heightPx: number;
  /** As in ROS's `image_encodings.hpp` and Foxglove's RawImage. */
  readonly encoding: string;
  /** Bytes from one row to the next, at least a row's; of the Y plane for NV12 and NV21. */
  readonly stepBytes: number;
  /** Of 16-bit values. */
  readonly bigEndian: boolean;
  readonly data: Uint8Array;
}

/** One way to store pixels. */
interface Layout {
  /** Least bytes of a row. */
  readonly rowBytes: (widthPx: number) => number;
  /** Rows of `step` bytes, where not one a row of pixels. */
  readonly rows?: (heightPx: number) => number;
  readonly convert: (raw: RawPixels, rgb: Uint8Array) => void;
}

/** Larger pictures are refused before memory is taken for them. */
const MAX_PIXELS = 64_000_000;

/**
 * Raw pixels as packed RGB, in memory of their own.
 *
 * - `8UC1` is grey and `8UC3` is BGR, as OpenCV has it; of 16-bit grey the upper 8 bits count;
 * - YUV is BT.601 with limited range, as OpenCV and ffmpeg take it where nothing says otherwise;
 * - Bayer patterns are interpolated bilinearly, mirrored at the edges.
 *
 * @throws Error for another encoding, no pixels, more than 64 megapixels, or data shorter than its size says
 */
export function toRgb8(raw: RawPixels): Uint8Array {
  const { widthPx, heightPx, encoding, stepBytes, data } = raw;
  const layout = LAYOUTS[encoding.toLowerCase()];
  if (layout === undefined) {
    throw new Error(`encoding "${encoding}" is not one of ${Object.keys(LAYOUTS).join(', ')}`);
  }
  if (!(widthPx > 0 && heightPx > 0 && widthPx * heightPx <= MAX_PIXELS)) {
    throw new Error(`${widthPx} × ${heightPx} pixels are no picture of up to ${MAX_PIXELS / 1e6} megapixels`);
  }
  const rowBytes = layout.rowBytes(widthPx);
  const rows = layout.rows?.(heightPx) ?? heightPx;
  // Of the last row only the pixels are needed: some drivers leave its padding out.
  if (stepBytes < rowBytes || data.length < (rows - 1) * stepBytes + rowBytes) {
    throw new Error(
      `${data.length} bytes with step ${stepBytes} do not hold ${widthPx} × ${heightPx} ${encoding}`,
    );
  }
  const rgb = new Uint8Array(widthPx * heightPx * 3);
  layout.convert(raw, rgb);
  return rgb;
}

/** Interleaved 8-bit channels, of which three are red, green and blue. */
function interleaved(channels: number, red: number, green: number, blue: number): Layout {
  return {
    rowBytes: (widthPx) => widthPx * channels,
    convert({ widthPx, heightPx, stepBytes, data }, rgb) {
      let to = 0;
      for (let row = 0; row < heightPx; row++) {
        let from = row * stepBytes;
        for (let column = 0; column < widthPx; column++) {
          rgb[to] = data[from + red]!;
          rgb[to + 1] = data[from + green]!;
          rgb[to + 2] = data[from + blue]!;
          to += 3;
          from += channels;
        }
      }
    },
  };
}

const RGB8: Layout = {
  rowBytes: (widthPx) => widthPx * 3,
  convert({ widthPx, heightPx, stepBytes, data }, rgb) {
    const rowBytes = widthPx * 3;
    for (let row = 0; row < heightPx; row++) {
      const from = row * stepBytes;
      rgb.set(data.subarray(from, from + rowBytes), row * rowBytes);
    }
  },
};

const GREY16: Layout = {
  rowBytes: (widthPx) => widthPx * 2,
  convert({ widthPx, heightPx, stepBytes, bigEndian, data }, rgb) {
    let to = 0;
    for (let row = 0; row < heightPx; row++) {
      let from = row * stepBytes + (bigEndian ? 0 : 1);
      for (let column = 0; column < widthPx; column++) {
        const grey = data[from]!;
        rgb[to] = grey;
        rgb[to + 1] = grey;
        rgb[to + 2] = grey;
        to += 3;
        from += 2;
      }
    }
  },
};

const clamped = new Uint8ClampedArray(3);

/** One pixel of BT.601 with limited range: Y 16–235, U and V 16–240 around 128. */
function writeYuv(rgb: Uint8Array, to: number, y: number, u: number, v: number): void {
  const luma = 1.164383 * (y - 16);
  clamped[0] = luma + 1.596027 * (v - 128);
  clamped[1] = luma - 0.391762 * (u - 128) - 0.812968 * (v - 128);
  clamped[2] = luma + 2.017232 * (u - 128);
  rgb[to] = clamped[0]!;
  rgb[to + 1] = clamped[1]!;
  rgb[to + 2] = clamped[2]!;
}

/** 4 bytes for 2 pixels, which share their U and V. */
function yuv422(y0: number, u: number, y1: number, v: number): Layout {
  return {
    rowBytes: (widthPx) => Math.ceil(widthPx / 2) * 4,
    convert({ widthPx, heightPx, stepBytes, data }, rgb) {
      let to = 0;
      for (let row = 0; row < heightPx; row++) {
        let from = row * stepBytes;
        for (let column = 0; column < widthPx; column++) {
          const second = (column & 1) === 1;
          writeYuv(rgb, to, data[from + (second ? y1 : y0)]!, data[from + u]!, data[from + v]!);
          to += 3;
          if (second) from += 4;
        }
      }
    },
  };
}

/** A plane of Y and, at half the resolution both ways, one of U and V in turn. */
function semiPlanar(u: number, v: number): Layout {
  return {
    rowBytes: (widthPx) => widthPx + (widthPx & 1),
    rows: (heightPx) => heightPx + Math.ceil(heightPx / 2),
    convert({ widthPx, heightPx, stepBytes, data }, rgb) {
      let to = 0;
      for (let row = 0; row < heightPx; row++) {
        const luma = row * stepBytes;
        const chroma = (heightPx + (row >> 1)) * stepBytes;
        for (let column = 0; column < widthPx; column++) {
          const pair = chroma + (column & ~1);
          writeYuv(rgb, to, data[luma + column]!, data[pair + u]!, data[pair + v]!);
          to += 3;
        }
      }
    },
  };
}

/** A mosaic of 2 × 2 pixels, whose red one is at this row and column. */
function bayer(redRow: number, redColumn: number): Layout {
  return {
    rowBytes: (widthPx) => widthPx,
    convert({ widthPx, heightPx, stepBytes, data }, rgb) {
      if (widthPx < 2 || heightPx < 2) throw new Error('a Bayer mosaic has at least 2 × 2 pixels');
      let to = 0;
      for (let row = 0; row < heightPx; row++) {
        const here = row * stepBytes;
        // Mirrored about the outermost pixels, so that neighbours keep their colours.
        const above = (row === 0 ? 1 : row - 1) * stepBytes;
        const below = (row === heightPx - 1 ? row - 1 : row + 1) * stepBytes;
        const redInRow = ((row ^ redRow) & 1) === 0;
        for (let column = 0; column < widthPx; column++) {
          const left = column === 0 ? 1 : column - 1;
          const right = column === widthPx - 1 ? column - 1 : column + 1;
          const own = data[here + column]!;
          if ((((column ^ redColumn) & 1) === 0) !== redInRow) {
            const across = (data[here + left]! + data[here + right]! + 1) >> 1;
            const along = (data[above + column]! + data[below + column]! + 1) >> 1;
            rgb[to] = redInRow ? across : along;
            rgb[to + 1] = own;
            rgb[to + 2] = redInRow ? along : across;
          } else {
            const green =
              (data[here + left]! +
                data[here + right]! +
                data[above + column]! +
                data[below + column]! +
                2) >>
              2;
            const opposite =
              (data[above + left]! + data[above + right]! + data[below + left]! + data[below + right]! + 2) >>
              2;
            rgb[to] = redInRow ? own : opposite;
            rgb[to + 1] = green;
            rgb[to + 2] = redInRow ? opposite : own;
          }
          to += 3;
        }
      }
    },
  };
}

const GREY8 = interleaved(1, 0, 0, 0);
const BGR8 = interleaved(3, 2, 1, 0);
const UYVY = yuv422(1, 0, 3, 2);
const YUYV = yuv422(0, 1, 2, 3);

const LAYOUTS: Readonly<Record<string, Layout>> = {
  rgb8: RGB8,
  rgba8: interleaved(4, 0, 1, 2),
  bgr8: BGR8,
  bgra8: interleaved(4, 2, 1, 0),
  mono8: GREY8,
  mono16: GREY16,
  '8uc1': GREY8,
  '8uc3': BGR8,
  yuv422: UYVY,
  uyvy: UYVY,
  yuv422_yuy2: YUYV,
  yuyv: YUYV,
  nv12: semiPlanar(0, 1),
  nv21: semiPlanar(1, 0),
  bayer_rggb8: bayer(0, 0),
  bayer_bggr8: bayer(1, 1),
  bayer_gbrg8: bayer(1, 0),
  bayer_grbg8: bayer(0, 1),
};
