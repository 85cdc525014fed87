/** Where the report's camera pictures come from: already small, such as 480×270, and in order of time. */
export interface PictureSource {
  /** JPEG files with the stamp of the frame they were made from. Called once. */
  pictures(): AsyncIterable<{ stampNs: bigint; camera: string; jpeg: Uint8Array }>;
}
